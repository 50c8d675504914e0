"""JavaScript functions that run in GNOME's shell, for gnome_desktop.py."""

# A mouse that moves where it is told. Its events have to be some time apart, or the shell takes them for one.
CLICK = """(x, y) => {
  const {Clutter, GLib} = imports.gi;
  global.mouse ??= Clutter.get_default_backend().get_default_seat().create_virtual_device(
    Clutter.InputDeviceType.POINTER_DEVICE);
  const after = (ms, act) => GLib.timeout_add(GLib.PRIORITY_DEFAULT, ms, () => { act(); return false; });
  const now = () => GLib.get_monotonic_time();
  global.mouse.notify_absolute_motion(now(), x, y);
  after(100, () => global.mouse.notify_button(now(), Clutter.BUTTON_PRIMARY, Clutter.ButtonState.PRESSED));
  after(180, () => global.mouse.notify_button(now(), Clutter.BUTTON_PRIMARY, Clutter.ButtonState.RELEASED));
  after(300, () => { global.clicks = (global.clicks ?? 0) + 1; });
  return global.clicks ?? 0;
}"""
WINDOWS = """() => global.get_window_actors().map(actor => actor.meta_window).map(window => {
  const {x, y, width, height} = window.get_frame_rect();
  return {title: window.get_title(), pid: window.get_pid(), x, y, width, height};
})"""
RESIZE = """(pid, sizes, every) => {
  const {GLib} = imports.gi;
  const window = global.get_window_actors().map(actor => actor.meta_window).find(one => one.get_pid() === pid);
  GLib.timeout_add(GLib.PRIORITY_DEFAULT, every, () => {
    const {x, y} = window.get_frame_rect(), [width, height] = sizes.shift();
    window.move_resize_frame(false, x, y, width, height);
    return sizes.length > 0;
  });
  return true;
}"""
MOVE = """(pid, x, y) => {
  const window = global.get_window_actors().map(actor => actor.meta_window).find(one => one.get_pid() === pid);
  window.move_frame(true, x, y);
  return true;
}"""
# The place of an item of the panel at the top.
PANEL_ITEM = """name => {
  const item = Main.panel.statusArea[name], [x, y] = item.get_transformed_position();
  return {visible: item.visible, x: x + item.width / 2, y: y + item.height / 2};
}"""
SET_BACKGROUND = """colour => new imports.gi.Gio.Settings({schema_id: 'org.gnome.desktop.background'})
  .set_string('primary-color', colour)"""
# What a lock does: a shell without a display manager has no lock of its own.
LOCK = """locked => {
  const {Gio} = imports.gi;
  global.saver ??= (() => {
    const saver = Gio.DBusExportedObject.wrapJSObject(`<node><interface name="org.gnome.ScreenSaver">
      <method name="GetActive"><arg type="b" direction="out"/></method>
      <signal name="ActiveChanged"><arg type="b"/></signal></interface></node>`, {GetActive: () => global.locked});
    saver.export(Gio.DBus.session, '/org/gnome/ScreenSaver');
    Gio.DBus.session.own_name('org.gnome.ScreenSaver', Gio.BusNameOwnerFlags.NONE, null, null);
    return saver;
  })();
  global.locked = locked;
  global.saver.emit_signal('ActiveChanged', new imports.gi.GLib.Variant('(b)', [locked]));
  const casts = global.backend.get_remote_access_controller();
  locked ? casts.inhibit_remote_access() : casts.uninhibit_remote_access();
  return true;
}"""

# A monitor that is there as long as somebody records it. The shell cannot wait for its own answers.
PLUG_IN = """() => {
  const {Gio} = imports.gi, service = 'org.gnome.Mutter.ScreenCast', bus = Gio.DBus.session;
  const call = (path, name, args, then) => bus.call(service, path, name.slice(0, name.lastIndexOf('.')),
    name.slice(name.lastIndexOf('.') + 1), args, null, Gio.DBusCallFlags.NONE, -1, null,
    (_, answer) => then(bus.call_finish(answer).deepUnpack()[0]));
  const options = new imports.gi.GLib.Variant('(a{sv})', [{}]);
  call('/org/gnome/Mutter/ScreenCast', `${service}.CreateSession`, options, session => {
    global.unplug = () => call(session, `${service}.Session.Stop`, null, () => {});
    call(session, `${service}.Session.RecordVirtual`, options, stream => {
      bus.signal_subscribe(service, `${service}.Stream`, 'PipeWireStreamAdded', stream, null, Gio.DBusSignalFlags.NONE,
        (...heard) => { global.pluggedIn = heard[5].deepUnpack()[0]; });
      call(session, `${service}.Session.Start`, null, () => {});
    });
  });
  return true;
}"""

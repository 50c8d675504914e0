// The part of a panel that programs put their icons into (org.kde.StatusNotifierWatcher on the session bus):
// without one KDE's portal has no place for its own "End". Says a line for each icon: its program's name on
// the bus.
#include <gio/gio.h>

#include <cstdio>
#include <string_view>

namespace {

constexpr auto kName = "org.kde.StatusNotifierWatcher";
constexpr auto kInterface = R"(<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierHostRegistered"/>
</interface></node>)";

void on_call(GDBusConnection* /*bus*/, const gchar* /*sender*/, const gchar* /*path*/,
             const gchar* /*interface*/, const gchar* method, GVariant* arguments,
             GDBusMethodInvocation* call, gpointer /*data*/) {
  const gchar* name = "";
  g_variant_get(arguments, "(&s)", &name);
  if (std::string_view(method) == "RegisterStatusNotifierItem") std::fprintf(stderr, "%s\n", name);
  g_dbus_method_invocation_return_value(call, nullptr);
}

GVariant* on_read(GDBusConnection* /*bus*/, const gchar* /*sender*/, const gchar* /*path*/,
                  const gchar* /*interface*/, const gchar* property, GError** /*error*/, gpointer /*data*/) {
  if (std::string_view(property) == "ProtocolVersion") return g_variant_new_int32(0);
  if (std::string_view(property) == "IsStatusNotifierHostRegistered") return g_variant_new_boolean(TRUE);
  return g_variant_new_strv(nullptr, 0);
}

void on_bus(GDBusConnection* bus, const gchar* /*name*/, gpointer /*data*/) {
  static const GDBusInterfaceVTable kTable{&on_call, &on_read, nullptr, {}};
  GDBusNodeInfo* node = g_dbus_node_info_new_for_xml(kInterface, nullptr);
  g_dbus_connection_register_object(bus, "/StatusNotifierWatcher", node->interfaces[0], &kTable, nullptr,
                                    nullptr, nullptr);
  g_dbus_node_info_unref(node);
}

}  // namespace

int main() {
  g_bus_own_name(G_BUS_TYPE_SESSION, kName, G_BUS_NAME_OWNER_FLAGS_NONE, &on_bus, nullptr, nullptr, nullptr,
                 nullptr);
  g_main_loop_run(g_main_loop_new(nullptr, FALSE));
}

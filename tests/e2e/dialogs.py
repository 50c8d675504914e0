"""Desktops whose own sharing dialog is answered by clicks, as people do."""

from portal import BusServices
from processes import until
from session import Session


class DialogDesktop(Session):
    """A kind of desktop has windows() (each with title, pid, x, y, width, height), click(x, y), DIALOG and BACKEND."""

    DIALOG = ""  # its title
    BACKEND = ""  # its own part of the portal, on the bus

    def __init__(self):
        super().__init__()
        self._services = BusServices(self)

    def windows(self):
        raise NotImplementedError

    def click(self, x, y):
        raise NotImplementedError

    def start_tray(self):
        """Where the desktop says that it shares, and stop_sharing() clicks; before the sharing."""

    def window(self, pid):
        """Where it lies, or None."""
        return next((one for one in self.windows() if one["pid"] == pid and one["width"] > 0), None)

    def show(self, *pipeline, **start):
        """A window with what this GStreamer pipeline gives."""
        window = self.start(["gst-launch-1.0", "-q", *pipeline, "!", "waylandsink"], **start)
        until(lambda: self.window(window.pid), f"the window of process {window.pid}\n{self.story()}")
        return window

    def dialog(self):
        """None: it is not there."""
        return next((one for one in self.windows() if one["title"] == self.DIALOG and one["width"] > 0), None)

    def kill_portal(self, name):
        """BACKEND, or FRONTEND, which programs call. The bus starts it again when it is called."""
        self._services.kill(name)

    def answer(self, *places):
        """Clicks at these places of the dialog, from its top left corner, or from the other sides where negative;
        again until it is gone: at first it does not listen."""

        def gone():
            for x, y in places:
                at = self.dialog()
                if at is None:
                    return True
                self.click(at["x"] + (x if x >= 0 else at["width"] + x), at["y"] + (y if y >= 0 else at["height"] + y))
            return self.dialog() is None

        until(self.dialog, f"the dialog\n{self.story()}")
        until(gone, f"the end of the dialog\n{self.story()}")

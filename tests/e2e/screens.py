"""Tests of the program on a desktop: a new one for each test."""

import namespace
from desktop import Desktop
from support import EndToEnd
from x11_desktop import X11Desktop


class OnDesktop(EndToEnd):
    """`desktop` is up when a test begins; all that start() and its relatives start runs on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        namespace.enter()

    def setUp(self):
        super().setUp()
        self.desktop = self.make_desktop()
        self.addCleanup(self.desktop.close)
        self.desktop.begin()

    def make_desktop(self):
        return Desktop()

    def environment(self, **changes):
        # The settings are the test's own, as everywhere.
        return super().environment(**{**self.desktop.variables, "XDG_CONFIG_HOME": self.folder, **changes})


class OnX11(OnDesktop):
    def make_desktop(self):
        return X11Desktop()

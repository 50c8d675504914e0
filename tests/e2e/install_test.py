"""What `cmake --install` puts on a machine, and what the desktop does with it. The build is whole here, as ctest has it."""

import os
import pathlib
import re
import subprocess

from processes import until
from support import SOURCE, EndToEnd, needs, program

APP = "io.github.pixelpass.pixelpass"
INSTALLED = (
    "bin/pixelpass",
    "share/man/man1/pixelpass.1",
    "share/bash-completion/completions/pixelpass",
    "share/zsh/site-functions/_pixelpass",
    "share/fish/vendor_completions.d/pixelpass.fish",
    f"share/applications/{APP}.desktop",
    f"share/applications/{APP}.view.desktop",
    f"share/icons/hicolor/scalable/apps/{APP}.svg",
    f"share/metainfo/{APP}.metainfo.xml",
    "share/pixelpass/page.html",
    "share/doc/pixelpass/LICENSE",
    "share/doc/pixelpass/copyright",
    "share/doc/pixelpass/CHANGELOG.md",
)

# Stands for each terminal that GLib knows, one without a keyboard: what it is to run is behind -e, --, or nothing.
TERMINAL = """#!/bin/sh
while [ "$1" = -e ] || [ "$1" = -x ] || [ "$1" = -- ]; do shift; done
exec "$@" </dev/null >>"$E2E_SAID" 2>&1
"""


class Installed(EndToEnd):
    def setUp(self):
        super().setUp()
        self.prefix = self.folder / "usr"
        build = pathlib.Path(program()).parent
        needs("cmake")
        subprocess.run(["cmake", "--install", build, "--prefix", self.prefix], check=True, capture_output=True, timeout=60)

    def checked(self, *words):
        result = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=60, check=False)
        self.assertEqual(result.returncode, 0, f"{words}: {result.stdout}")
        return result.stdout


class Install(Installed):
    def test_puts_each_file_in_its_place_and_no_other(self):
        there = {str(path.relative_to(self.prefix)) for path in self.prefix.rglob("*") if not path.is_dir()}
        self.assertEqual(there, set(INSTALLED))

    def test_completions_and_man_page_are_those_of_the_program(self):
        for kind, file in zip(("man", "bash", "zsh", "fish"), INSTALLED[1:]):
            self.assertEqual((self.prefix / file).read_text(encoding="utf-8"), self.run_pixelpass("generate", kind).stdout)

    def test_desktop_files_are_valid(self):
        needs("desktop-file-validate", "desktop-file-utils")
        for file in INSTALLED:
            if file.endswith(".desktop"):
                self.assertEqual(self.checked("desktop-file-validate", self.prefix / file), "")

    def test_metainfo_is_valid_for_appstream(self):
        needs("appstreamcli", "appstream")
        # Since 1.0 it wants a page of the project's, and there is none.
        newer = int(re.search(r"version: (\d+)", self.checked("appstreamcli", "--version"))[1]) >= 1
        allowed = ["--override=url-homepage-missing=info"] if newer else []
        self.checked("appstreamcli", "validate", "--no-net", "--pedantic", *allowed,
                     self.prefix / f"share/metainfo/{APP}.metainfo.xml")

    def test_version_is_the_same_everywhere(self):
        version = self.run_pixelpass("--version").stdout.split()[1]
        metainfo = (self.prefix / f"share/metainfo/{APP}.metainfo.xml").read_text(encoding="utf-8")
        page = (self.prefix / "share/man/man1/pixelpass.1").read_text(encoding="utf-8")
        self.assertIn(f'<release version="{version}"', metainfo)
        self.assertIn(f'"pixelpass {version}"', page)
        self.assertEqual(re.search(r'date="([-\d]+)"', metainfo).group(1), re.search(r'\.TH PIXELPASS 1 "([-\d]+)"', page).group(1))
        self.assertIn(version, (SOURCE / "packaging/CHANGELOG.md").read_text(encoding="utf-8"))


class Link(Installed):
    """A desktop whose settings are in folders of the test's own, and whose terminal is a script."""

    def setUp(self):
        super().setUp()
        needs("update-desktop-database", "desktop-file-utils")
        needs("gio", "libglib2.0-bin")
        applications = self.prefix / "share/applications"
        self.checked("update-desktop-database", applications)
        self.said = self.folder / "said"
        for name in ("xdg-terminal-exec", "gnome-terminal", "mate-terminal", "xfce4-terminal", "xterm"):
            self.tool(name, TERMINAL)
        self.tool("mpv", "#!/bin/sh\ntrap 'kill $!; exit 0' TERM\nsleep 600 &\nwait\n")

    def tool(self, name, text):
        path = self.prefix / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def open(self, link):
        environment = self.environment(
            PATH=f"{self.prefix}/bin:{os.environ['PATH']}", HOME=self.folder, XDG_DATA_HOME=self.prefix / "share",
            XDG_DATA_DIRS=self.folder / "none", XDG_CONFIG_DIRS=self.folder / "none", E2E_SAID=self.said,
            DBUS_SESSION_BUS_ADDRESS="disabled:")
        # In the terminal's place: what it runs ends with the test.
        return self.process("gio", "open", link, env=environment)

    def read(self):
        return self.said.read_text(encoding="utf-8") if self.said.exists() else ""

    def test_opened_by_the_desktop_it_is_watched_in_a_player(self):
        host = self.host()
        # As a browser hands it on.
        self.open(f"pixelpass://{host.ticket()}/")
        host.wait("viewer_joined")

    def test_that_is_no_ticket_leaves_the_reason_on_the_screen(self):
        self.open("pixelpass://--record=x;touch%20y")
        until(lambda: "Enter closes this window" in self.read(), "the last line")
        self.assertRegex(self.read(), "pixelpass: .*ticket")
        self.assertFalse(list(self.folder.glob("**/y")))

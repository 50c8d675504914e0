"""Which suites packaging/deps.sh looks at where nobody names any: found by the apt sources of the machine."""

import functools
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")

DEBIAN = "http://mirror.test/debian"
DEBIAN_SECURITY = "http://security.test/debian-security"
UBUNTU = "http://mirror.test/ubuntu"
UBUNTU_SECURITY = "http://security.test/ubuntu"


class Refusing(http.server.BaseHTTPRequestHandler):
    """Has nothing, and remembers what it was asked for."""

    def __init__(self, asked, *arguments):
        self.asked = asked
        super().__init__(*arguments)

    def do_GET(self):
        self.asked.add(self.path)
        self.send_error(404)

    def log_message(self, *_):
        pass


def all_suites(mirror, security, *releases):
    """Of each release: what it was when it came out, its updates, and its security updates."""
    suites = {(mirror, release + more) for release in releases for more in ("", "-updates", "-backports")}
    return suites | {(security, f"{release}-security") for release in releases}


@unittest.skipIf(shutil.which("apt-get") is None, "needs apt")
class SuitesTest(unittest.TestCase):
    def setUp(self):
        # apt fetches as a user of its own.
        self.folder = pathlib.Path(tempfile.mkdtemp(dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def with_sources(self, **files):
        """The environment of a machine whose apt has these files of sources, and no others."""
        parts = self.folder / "sources.list.d"
        parts.mkdir()
        for name, text in files.items():
            (parts / name.replace("_", ".")).write_text(text, encoding="utf-8")
        config = self.folder / "apt.conf"
        config.write_text(f'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "{parts}";\n', encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        environment.pop("PIXELPASS_DEPS_SOURCES", None)
        return {**environment, "APT_CONFIG": str(config)}

    def run_suite_lines(self, distro, codename, environment, before=""):
        """What sources.sh makes of them on a machine of this release."""
        script = f'. "{ROOT}/packaging/lib.sh"; . "{ROOT}/packaging/sources.sh"; ' \
                 f"distro={distro} distro_codename={codename}; {before} suite_lines"
        return subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environment, text=True, timeout=60,
                              capture_output=True, stdin=subprocess.DEVNULL, check=False)

    def assert_asks(self, expected, distro, codename, keyring=KEYRING, components="main", before="", **files):
        result = self.run_suite_lines(distro, codename, self.with_sources(**files), before)
        self.assertEqual(result.returncode, 0, result.stderr)
        line = re.compile(rf"deb-src \[signed-by={re.escape(str(keyring))}\] (\S+) (\S+) {components}")
        asked = [line.fullmatch(text).groups() for text in result.stdout.splitlines()]
        self.assertEqual(sorted(asked), sorted(expected))  # each once

    @unittest.skipUnless(KEYRING.exists(), "needs debian-archive-keyring")
    def test_debian_is_asked_for_updates_and_security_of_each_release_that_may_have_what_is_needed(self):
        expected = all_suites(DEBIAN, DEBIAN_SECURITY, "trixie", "forky") | {(DEBIAN, "sid")}
        self.assert_asks(expected, "debian", "trixie", machine_sources=(
            f"Types: deb\nURIs: {DEBIAN}\nSuites: trixie trixie-updates\nComponents: main contrib\n\n"
            f"Types: deb\nURIs: {DEBIAN_SECURITY}\nSuites: trixie-security\nComponents: main\n"))

    @unittest.skipUnless(KEYRING.exists(), "needs debian-archive-keyring")
    def test_no_release_is_asked_that_has_nothing_new_enough(self):
        expected = all_suites(DEBIAN, DEBIAN_SECURITY, "trixie", "forky") | {(DEBIAN, "sid")}
        self.assert_asks(expected, "debian", "bookworm", machine_list=(
            f"deb {DEBIAN} bookworm main\ndeb {DEBIAN} bookworm-updates main\n"
            f"deb {DEBIAN_SECURITY} bookworm-security main\n"))

    @unittest.skipUnless(KEYRING.exists(), "needs debian-archive-keyring")
    def test_a_release_s_other_names_lead_to_its_mirror_and_other_programs_sources_do_not(self):
        expected = all_suites(DEBIAN, DEBIAN_SECURITY, "trixie", "forky") | {(DEBIAN, "sid")}
        self.assert_asks(expected, "debian", "trixie", editor_list="deb http://editor.test/apt stable main\n",
                         machine_list=f"deb {DEBIAN} stable main\ndeb {DEBIAN_SECURITY} stable-security main\n")

    @unittest.skipUnless(KEYRING.exists(), "needs debian-archive-keyring")
    def test_the_mirror_of_the_machine_s_own_release_goes_before_another_s_whatever_it_is_called(self):
        own = "http://mirror.test/pub/os"
        expected = all_suites(own, f"{own}-security", "trixie", "forky") | {(own, "sid")}
        self.assert_asks(expected, "debian", "trixie", machine_list=(
            f"deb http://earlier.test/debian bookworm main\ndeb {own} trixie main\n"))

    @unittest.skipUnless(KEYRING.exists(), "needs debian-archive-keyring")
    def test_security_updates_are_looked_for_beside_the_mirror_where_the_machine_has_none(self):
        expected = all_suites(DEBIAN, f"{DEBIAN}-security", "trixie", "forky") | {(DEBIAN, "sid")}
        self.assert_asks(expected, "debian", "trixie", machine_list=f"deb {DEBIAN} trixie main\n")

    def test_ubuntu_is_asked_for_updates_and_security_and_its_universe(self):
        expected = all_suites(UBUNTU, UBUNTU_SECURITY, "questing", "resolute", "devel")
        self.assert_asks(expected, "ubuntu", "noble", keyring="/keys/ubuntu-archive-keyring.gpg",
                         components="main universe", before='find() { printf "/keys/%s\\n" "${3/\\[*/gpg}"; };',
                         machine_list=f"deb {UBUNTU} noble main universe\ndeb {UBUNTU} noble-updates main\n"
                                      f"deb {UBUNTU_SECURITY} noble-security main\n")

    def test_a_machine_without_a_mirror_is_told_so(self):
        result = self.run_suite_lines("debian", "trixie", self.with_sources())
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "")
        self.assertIn("found no mirror of debian", result.stderr)

    @unittest.skipUnless(KEYRING.exists(), "needs debian-archive-keyring")
    def test_the_machine_s_own_suites_are_what_is_fetched(self):
        said = subprocess.run(["bash", "-c", '. /etc/os-release; echo "$ID ${VERSION_CODENAME:-}"'], check=True,
                              capture_output=True, text=True).stdout
        distro, _, codename = said.strip().partition(" ")
        if distro != "debian" or not codename:
            self.skipTest("needs a release of Debian's")
        asked = set()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Refusing, asked))
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{server.server_port}"
        environment = self.with_sources(machine_list=f"deb {site}/debian {codename} main\n"
                                                     f"deb {site}/debian-security {codename}-security main\n")
        environment.update(XDG_CACHE_HOME=str(self.folder / "cache"), PKG_CONFIG_LIBDIR=str(self.folder),
                           TMPDIR=str(self.folder))
        result = subprocess.run([str(ROOT / "packaging/deps.sh")], env=environment, text=True, timeout=120,
                                capture_output=True, stdin=subprocess.DEVNULL, check=False)
        self.assertNotEqual(result.returncode, 0)
        for suite in ("debian/dists/trixie", "debian/dists/trixie-updates", "debian-security/dists/trixie-security"):
            self.assertIn(f"/{suite}/InRelease", asked, result.stderr)
            self.assertIn(f"{suite.rpartition('/')[2]} at {site}/", result.stderr)


if __name__ == "__main__":
    unittest.main()

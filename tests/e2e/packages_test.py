"""packaging/lib.sh installing packages, with stand-ins for apt-get and sudo: what is typed, and what is said when it
fails. Never as root, so that sudo is needed; never anything of the machine's own."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEBIAN = pathlib.Path("/etc/debian_version").exists()

# As sudo does: hands on next to nothing of the environment.
SUDO = 'exec env -i PATH="$PATH" LC_ALL="$LC_ALL" "$@"'
NEVER_ASKS = "frontend=noninteractive"
INTERRUPTED = "E: dpkg was interrupted, you must manually run 'sudo dpkg --configure -a' to correct the problem."


@unittest.skipUnless(DEBIAN and shutil.which("setpriv"), "needs a Debian or Ubuntu, and setpriv of util-linux")
class PackagesTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir="/var/tmp"))
        self.folder.chmod(0o777)  # who runs the script there is nobody
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.copytree(ROOT / "packaging", self.folder / "packaging")
        self.calls = self.folder / "calls"
        self.calls.touch()
        self.calls.chmod(0o666)
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        self.stand_in("sudo", SUDO)
        self.stand_in("dpkg-query", "exit 1")  # nothing is installed

    def stand_in(self, name, script):
        path = self.bin / name
        path.write_text(f'#!/bin/sh\n{script}\n', encoding="utf-8")
        path.chmod(0o755)

    def apt_get(self, script):
        """`script` sees the words in $*, and in $count how often it was called with them before."""
        self.stand_in("apt-get", f'calls={self.calls}\n'
                      'count=$(grep --count --fixed-strings -e "$*" $calls)\n'
                      'echo "apt-get $* frontend=$DEBIAN_FRONTEND" >>$calls\n' + script)

    def without(self, name):
        """A PATH on which there is everything but this."""
        everything = self.folder / "everything"
        everything.mkdir()
        for folder in os.environ["PATH"].split(":"):
            for tool in pathlib.Path(folder).glob("*"):
                link = everything / tool.name
                if tool.name != name and not link.is_symlink():
                    link.symlink_to(tool)
        (self.bin / name).unlink()
        return f"{self.bin}:{everything}"

    def install(self, path=None):
        environment = {"PATH": path or f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        command = ["bash", "-c", f"set -euo pipefail; . {self.folder}/packaging/lib.sh; assume_yes=yes; ensure_packages build"]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        return subprocess.run(command, env=environment, text=True, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60, check=False)

    def said_to_apt(self, word):
        return [line for line in self.calls.read_text(encoding="utf-8").splitlines() if f" {word}" in line]

    def test_apt_asks_nothing_waits_for_its_lock_and_fetches_again(self):
        self.apt_get("exit 0")
        result = self.install()
        self.assertEqual(result.returncode, 0, result.stderr)
        (line,) = self.said_to_apt("install")
        for words in (NEVER_ASKS, "DPkg::Lock::Timeout=300", "Acquire::Retries=3", "--yes", " cmake "):
            self.assertIn(words, line)

    def test_what_failed_is_tried_once_more_with_new_lists(self):
        self.apt_get('case "$*" in *" install "*) [ "$count" -eq 1 ] ;; esac')
        result = self.install()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.said_to_apt("install")), 2)
        self.assertEqual(len(self.said_to_apt("update")), 2)

    def test_what_fails_twice_is_said_with_apts_reason_and_the_command(self):
        self.apt_get('case "$*" in *" install "*) echo "E: Unable to locate package cmake"; exit 100 ;; esac')
        result = self.install()
        self.assertEqual(result.returncode, 75, result.stderr)
        self.assertEqual(len(self.said_to_apt("install")), 2)
        self.assertRegex(result.stderr, "error: could not install: .*Unable to locate package cmake.*Type: sudo .*apt-get")

    def test_a_list_that_cannot_be_had_does_not_matter(self):
        self.apt_get('case "$*" in *update*) exit 100 ;; esac')
        self.assertEqual(self.install().returncode, 0)

    def test_an_interrupted_dpkg_is_said_with_the_command_that_mends_it(self):
        self.apt_get(f'case "$*" in *" install "* | *check*) echo "{INTERRUPTED}" >&2; exit 100 ;; esac')
        result = self.install()
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, "error: .*interrupted.* Type: sudo dpkg --configure -a")
        self.assertEqual(len(self.said_to_apt("install")), 1)

    def test_broken_dependencies_are_said_with_the_command_that_mends_them(self):
        self.apt_get('case "$*" in *" install "* | *check*) '
                     'echo "E: Unmet dependencies. Try \'apt --fix-broken install\' with no packages" >&2; exit 100 ;; esac')
        result = self.install()
        self.assertRegex(result.stderr, "error: .* Type: sudo apt-get --fix-broken install")

    def test_without_sudo_the_command_for_root_is_said(self):
        self.apt_get("exit 0")
        result = self.install(path=self.without("sudo"))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, "there is no sudo here. As root, type: env DEBIAN_FRONTEND=noninteractive apt-get .*cmake")
        self.assertFalse(self.said_to_apt("install"))


if __name__ == "__main__":
    unittest.main()

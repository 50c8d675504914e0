"""packaging/deps.sh against a mirror of the test's own: signed by its own key, on loopback, with stand-ins for
OpenSSL, ngtcp2 and FTXUI that are built in a moment."""

import functools
import http.server
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

from processes import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ("gpg", "apt-ftparchive", "dpkg-source", "apt-get", "cmake", "ninja")

# Each installs a library with the name that cmake/Dependencies.cmake looks for.
OPENSSL = {
    "Configure": '#!/bin/sh\nfor word; do case $word in --prefix=*) echo "${word#--prefix=}" >prefix ;; esac; done\n',
    "Makefile": "build_libs:\n\techo built >libssl.a\n"
    "install_dev:\n\tmkdir -p $(DESTDIR)$$(cat prefix)/lib && cp libssl.a $(DESTDIR)$$(cat prefix)/lib/\n",
}


def with_cmake(name):
    return {"CMakeLists.txt": f"cmake_minimum_required(VERSION 3.18)\nproject({name} NONE)\n"
            f"file(WRITE ${{CMAKE_BINARY_DIR}}/lib{name}.a built)\n"
            f"install(FILES ${{CMAKE_BINARY_DIR}}/lib{name}.a DESTINATION lib)\n"}


NGTCP2 = with_cmake("ngtcp2")
FTXUI = with_cmake("ftxui")
STAND_INS = {"openssl": OPENSSL, "ngtcp2": NGTCP2, "ftxui": FTXUI}
# What pkg-config is asked for of each.
MODULES = {"openssl": ("openssl",), "ngtcp2": ("libngtcp2", "libngtcp2_crypto_ossl"), "ftxui": ("ftxui",)}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Mirror:
    """A folder with dists/ and pool/, served on loopback."""

    def __init__(self, folder):
        self.folder = folder / "mirror"
        self.gnupg = folder / "gnupg"
        self.gnupg.mkdir(mode=0o700)
        self.folder.mkdir()
        self.keyring = folder / "keyring.gpg"
        self.gpg("--quick-generate-key", "test", "ed25519", "sign", "never")
        self.gpg("--output", str(self.keyring), "--export")
        handler = functools.partial(Quiet, directory=str(self.folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        subprocess.run(["gpgconf", "--homedir", str(self.gnupg), "--kill", "all"], check=False)

    def gpg(self, *words):
        subprocess.run(["gpg", "--homedir", str(self.gnupg), "--batch", "--passphrase", "", "--yes", *words],
                       check=True, capture_output=True)

    def add(self, suite, name, version, files):
        """A source package in the pool, to be listed by publish()."""
        upstream = version.rsplit("-", 1)[0]
        pool = self.folder / "pool" / suite
        pool.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as work:
            tree = pathlib.Path(work) / f"{name}-{upstream}"
            (tree / "debian/source").mkdir(parents=True)
            for path, text in files.items():
                (tree / path).write_text(text, encoding="utf-8")
                (tree / path).chmod(0o755)
            subprocess.run(["tar", "-C", work, "-czf", f"{work}/{name}_{upstream}.orig.tar.gz", "--exclude=debian",
                            tree.name], check=True)
            (tree / "debian/source/format").write_text("3.0 (quilt)\n", encoding="utf-8")
            (tree / "debian/control").write_text(
                f"Source: {name}\nMaintainer: T <t@example.org>\nStandards-Version: 4.6.0\n\n"
                f"Package: {name}\nArchitecture: any\nDescription: stand-in\n", encoding="utf-8")
            (tree / "debian/changelog").write_text(
                f"{name} ({version}) unstable; urgency=low\n\n  * Stand-in.\n\n"
                " -- T <t@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n", encoding="utf-8")
            subprocess.run(["dpkg-source", "--build", tree.name], cwd=work, check=True, capture_output=True)
            for file in pathlib.Path(work).glob(f"{name}_*"):
                shutil.copy(file, pool)

    def publish(self, suite, valid_for="1 day", gpg=None):
        """Signs the list of what is in the suite's pool now."""
        dist = self.folder / "dists" / suite
        sources = dist / "main/source"
        sources.mkdir(parents=True, exist_ok=True)
        listed = subprocess.run(["apt-ftparchive", "sources", f"pool/{suite}"], cwd=self.folder, check=True,
                                capture_output=True).stdout
        (sources / "Sources").write_bytes(listed)
        until = subprocess.run(["date", "-u", "+%a, %d %b %Y %H:%M:%S UTC", "-d", valid_for], check=True, capture_output=True, text=True).stdout
        release = subprocess.run(
            ["apt-ftparchive", "-o", f"APT::FTPArchive::Release::Suite={suite}",
             "-o", f"APT::FTPArchive::Release::Codename={suite}", "-o", "APT::FTPArchive::Release::Components=main",
             "release", str(dist)], check=True, capture_output=True, text=True).stdout
        (dist / "Release").write_text(release + f"Valid-Until: {until}", encoding="utf-8")
        (gpg or self.gpg)("--clearsign", "--output", str(dist / "InRelease"), str(dist / "Release"))

    def file(self, suite, pattern):
        (found,) = (self.folder / "pool" / suite).glob(pattern)
        return found


@unittest.skipIf([tool for tool in TOOLS if shutil.which(tool) is None], "needs gnupg, apt-utils and dpkg-dev")
class DepsTest(unittest.TestCase):
    def setUp(self):
        # apt fetches as a user of its own.
        self.folder = pathlib.Path(tempfile.mkdtemp(dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.mirror = Mirror(self.folder)
        self.addCleanup(self.mirror.stop)
        self.suites = []
        self.system = self.folder / "system"
        self.system.mkdir()
        self.system_has(ftxui="6.1.9")  # where a test is about the others
        self.deps = self.folder / "cache/pixelpass/deps"

    def suite(self, name, **versions):
        for package, version in versions.items():
            self.mirror.add(name, package, version, STAND_INS[package])
        self.mirror.publish(name)
        self.list_suite(self.mirror.url, name)

    def system_has(self, **versions):
        """Libraries of the distribution's own, as pkg-config tells of them."""
        for name, version in versions.items():
            for module in MODULES[name]:
                (self.system / f"{module}.pc").write_text(f"Name: {module}\nDescription: stand-in\nVersion: {version}\n",
                                                          encoding="utf-8")

    def list_suite(self, url, name):
        self.suites.append(f"deb-src [check-valid-until=yes check-date=yes signed-by={self.mirror.keyring}] {url} {name} main")

    def start_deps(self, *words, **popen):
        sources = self.folder / "sources.list"
        sources.write_text("\n".join(self.suites) + "\n", encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        environment.update(XDG_CACHE_HOME=str(self.folder / "cache"), PIXELPASS_DEPS_SOURCES=str(sources),
                           PKG_CONFIG_LIBDIR=str(self.system), TMPDIR=str(self.folder))
        return subprocess.Popen([str(ROOT / "packaging/deps.sh"), *words], env=environment, text=True,
                                stdin=subprocess.DEVNULL, **popen)

    def run_deps(self, *words, timeout=120):
        with self.start_deps(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as deps:
            try:
                stdout, stderr = deps.communicate(timeout=timeout)
            finally:
                deps.kill()
        return subprocess.CompletedProcess(deps.args, deps.returncode, stdout, stderr)

    def built(self):
        return sorted(path.name for path in self.deps.iterdir() if path.is_dir() and path.name[0] != ".")

    def test_takes_the_newest_version_of_all_suites(self):
        self.suite("old", openssl="3.5.7-1", ngtcp2="1.22.1-1")
        self.suite("new", openssl="3.6.3-1")
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ngtcp2-1.22.1", "openssl-3.6.3"])
        self.assertIn("taking openssl 3.6.3-1 (new at", result.stderr)

    def test_builds_what_the_system_has_too_old_and_nothing_else(self):
        self.system_has(openssl="3.6.3", ngtcp2="1.24.0", ftxui="5.0.0")
        self.suite("testing", openssl="3.6.3-1", ngtcp2="1.24.0-1", ftxui="6.1.9-2")
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ftxui-6.1.9"])

    def test_builds_one_that_has_become_needed_beside_those_that_are_there(self):
        (self.system / "ftxui.pc").unlink()
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.assertNotEqual(self.run_deps().returncode, 0)
        self.assertEqual(self.built(), ["ngtcp2-1.24.0", "openssl-3.5.7"])
        self.suites.clear()
        self.suite("later", ftxui="6.1.9-2")
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ftxui-6.1.9", "ngtcp2-1.24.0", "openssl-3.5.7"])

    def test_compiles_ftxui_file_by_file_where_its_files_do_not_go_together(self):
        self.system_has(openssl="3.6.3", ngtcp2="1.24.0", ftxui="5.0.0")
        self.mirror.add("stable", "ftxui", "6.1.9-2", {
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.18)\nproject(ftxui C)\n"
            "add_library(ftxui STATIC one.c two.c)\ninstall(TARGETS ftxui DESTINATION lib)\n",
            "one.c": "static int same = 1;\nint one(void) { return same; }\n",
            "two.c": "static int same = 2;\nint two(void) { return same; }\n"})
        self.suite("stable")
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ftxui-6.1.9"])

    def test_goes_on_to_the_next_version_where_the_list_is_ahead_of_the_pool(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.suite("updates", openssl="3.5.9-1")
        self.mirror.file("updates", "openssl_*.dsc").unlink()
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("openssl-3.5.7", self.built())
        self.assertRegex(result.stderr, r"openssl 3\.5\.9-1 \(updates at .*\) cannot be had: .*404")

    def test_takes_no_file_that_is_cut_off(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.suite("updates", openssl="3.5.9-1")
        cut = self.mirror.file("updates", "openssl_*.orig.tar.gz")
        cut.write_bytes(cut.read_bytes()[:-20])
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("openssl-3.5.7", self.built())

    def test_does_without_a_host_that_is_dead_a_list_that_is_out_of_date_and_a_strangers(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.list_suite("http://127.0.0.1:1", "dead")
        self.suite("expired", openssl="3.5.8-1")
        self.mirror.publish("expired", valid_for="1 day ago")
        self.suite("strange", openssl="3.5.9-1")
        stranger_folder = self.folder / "stranger"
        stranger_folder.mkdir()
        stranger = Mirror(stranger_folder)
        self.addCleanup(stranger.stop)
        self.mirror.publish("strange", gpg=stranger.gpg)
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ngtcp2-1.24.0", "openssl-3.5.7"])

    def test_names_every_version_and_why_when_none_is_left(self):
        self.suite("stable", openssl="3.4.0-1", ngtcp2="1.24.0-1")
        self.suite("updates", openssl="3.5.9-1")
        self.mirror.file("updates", "openssl_*.dsc").unlink()
        self.list_suite("http://127.0.0.1:1", "dead")
        result = self.run_deps()
        self.assertEqual(result.returncode, 75, result.stderr)
        self.assertFalse(self.built())
        for words in ("openssl 3.4.0-1", "openssl 3.5.9-1", "404", "dead at http://127.0.0.1:1"):
            self.assertIn(words, result.stderr)

    def test_goes_on_where_an_interrupted_run_was(self):
        self.suite("stable", openssl="3.5.7-1")
        self.assertNotEqual(self.run_deps().returncode, 0)  # no ngtcp2 anywhere
        self.assertEqual(self.built(), ["openssl-3.5.7"])
        self.mirror.file("stable", "openssl_*.dsc").unlink()  # it is not needed any more
        self.suites.clear()
        self.suite("later", ngtcp2="1.24.0-1")
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ngtcp2-1.24.0", "openssl-3.5.7"])

    def test_takes_nothing_half_built_for_done(self):
        broken = dict(OPENSSL, Makefile=OPENSSL["Makefile"].replace("echo built", "kill -9 $$PPID; echo built"))
        self.mirror.add("stable", "openssl", "3.5.7-1", broken)
        self.suite("stable", ngtcp2="1.24.0-1")
        self.assertNotEqual(self.run_deps().returncode, 0)
        self.assertFalse(self.built())

    def assert_falls_back(self, **broken):
        """The newer version, with these files in place of its own, cannot be built: the older one is taken."""
        (name, files), = broken.items()
        versions = {"openssl": ("3.5.7-1", "3.6.3-1"), "ngtcp2": ("1.22.1-1", "1.24.0-1")}[name]
        self.suite("stable", **{"openssl": "3.5.7-1", "ngtcp2": "1.22.1-1", name: versions[0]})
        self.mirror.add("new", name, versions[1], {**STAND_INS[name], **files})
        self.suite("new")
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ngtcp2-1.22.1", "openssl-3.5.7"])
        self.assertRegex(result.stderr, rf"{name} {versions[1]} \(new at .*\) cannot be built: failed: ")

    def test_goes_on_to_the_next_version_where_one_does_not_compile(self):
        self.assert_falls_back(openssl={"Makefile": "build_libs:\n\tfalse\n"})

    def test_goes_on_to_the_next_version_where_one_cannot_be_configured(self):
        self.assert_falls_back(openssl={"Configure": "#!/bin/sh\nexit 1\n"})

    def test_goes_on_to_the_next_version_where_one_cannot_be_installed(self):
        self.assert_falls_back(openssl={"Makefile": "build_libs:\n\ninstall_dev:\n\tfalse\n"})

    def test_goes_on_to_the_next_ngtcp2_where_cmake_refuses_one(self):
        self.assert_falls_back(ngtcp2={"CMakeLists.txt": "message(FATAL_ERROR no)\n"})

    def slow_openssl(self, before, last):
        """Its first part is built by `before`, its last by `last`; the first time it then waits to be killed."""
        waits = f"\tif ! [ -e {self.folder}/waited ]; then touch {self.folder}/waited; sleep 600; fi\n"
        libraries = f"build_libs: libssl.a\none.o:\n\techo one >>{self.folder}/compiled\n\t{before}\n" \
                    f"libssl.a: one.o\n\techo half >libssl.a\n{waits}\t{last}\n"
        install = OPENSSL["Makefile"][OPENSSL["Makefile"].index("install_dev:"):]
        self.mirror.add("stable", "openssl", "3.5.7-1", {**OPENSSL, "Makefile": libraries + install})
        self.suite("stable", ngtcp2="1.24.0-1")

    def kill_while_it_waits(self):
        deps = self.start_deps(start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(deps.wait)
        until(lambda: (self.folder / "waited").exists() or deps.poll() is not None, "the build", deadline=60)
        os.killpg(deps.pid, signal.SIGKILL)
        deps.wait()
        self.assertFalse(self.built())

    def library(self):
        return (self.deps / "openssl-3.5.7/lib/libssl.a").read_text(encoding="utf-8")

    def compiled(self):
        return (self.folder / "compiled").read_text(encoding="utf-8").split()

    def test_goes_on_with_a_build_that_was_cut_off_but_not_with_half_a_file(self):
        self.slow_openssl("touch -d '10 minutes ago' one.o", "echo whole >libssl.a")
        self.kill_while_it_waits()
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.compiled(), ["one"])  # and not again
        self.assertEqual(self.library(), "whole\n")

    def test_begins_anew_where_going_on_does_not_work(self):
        self.slow_openssl("touch -d '10 minutes ago' one.o",
                          f"[ $$(wc -l <{self.folder}/compiled) = 2 ] && echo whole >libssl.a")
        self.kill_while_it_waits()
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.compiled(), ["one", "one"])
        self.assertEqual(self.library(), "whole\n")

    def test_does_not_go_on_with_the_build_of_another_version(self):
        self.slow_openssl("touch -d '10 minutes ago' one.o", "echo whole >libssl.a")
        self.kill_while_it_waits()
        self.suite("security", openssl="3.5.7-1+deb13u1")
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.library(), "built\n")

    def test_builds_a_security_update_of_the_same_version(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.assertEqual(self.run_deps().returncode, 0)
        self.suite("security", openssl="3.5.7-1+deb13u1")
        self.assertEqual(self.run_deps("--update").returncode, 0)
        self.assertEqual((self.deps / "openssl-3.5.7/source-version").read_text(encoding="utf-8"), "3.5.7-1+deb13u1\n")

    def test_starts_at_once_when_all_is_there(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.assertEqual(self.run_deps().returncode, 0)
        self.suites.clear()
        self.list_suite("http://127.0.0.1:1", "dead")
        result = self.run_deps()
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_builds_anew_what_was_built_with_other_options(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.assertEqual(self.run_deps().returncode, 0)
        for version in ("3.5.7", "3.5.9"):  # the second is one that nobody offers any more
            earlier = self.deps / f"openssl-{version}"
            (earlier / "lib").mkdir(parents=True, exist_ok=True)
            (earlier / "lib/libssl.a").write_text("without DTLS\n", encoding="utf-8")
            (earlier / "source-version").write_text(f"{version}-1\n", encoding="utf-8")
            (earlier / "options").unlink(missing_ok=True)
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ngtcp2-1.24.0", "openssl-3.5.7"])
        self.assertEqual(self.library(), "built\n")

    def marked_ngtcp2(self):
        """Of the one that is there now: a file that goes when it is built anew."""
        mark = self.deps / "ngtcp2-1.24.0/of-before"
        mark.touch()
        return mark

    def test_builds_ngtcp2_anew_where_its_openssl_is_another_one(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.assertEqual(self.run_deps().returncode, 0)
        for version in ("3.5.7-1+deb13u1", "3.6.3-1"):
            with self.subTest(version):
                mark = self.marked_ngtcp2()
                self.suite(f"with-{version}", openssl=version)
                result = self.run_deps("--update")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertFalse(mark.exists())
        mark = self.marked_ngtcp2()
        self.assertEqual(self.run_deps("--update").returncode, 0)
        self.assertTrue(mark.exists(), "it was built anew with the same OpenSSL")

    def test_builds_ngtcp2_anew_in_the_same_run_where_its_openssl_was_built_with_other_options(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.assertEqual(self.run_deps().returncode, 0)
        # As a run with those options left them: the second goes with the first.
        openssl, ngtcp2 = (self.deps / name / "options" for name in ("openssl-3.5.7", "ngtcp2-1.24.0"))
        now = openssl.read_text(encoding="utf-8").strip()
        ngtcp2.write_text(ngtcp2.read_text(encoding="utf-8").replace(now, "no-dtls"), encoding="utf-8")
        openssl.write_text("no-dtls\n", encoding="utf-8")
        mark = self.marked_ngtcp2()
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertFalse(mark.exists(), "it is of the OpenSSL of before")
        result = self.run_deps()
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_builds_openssl_alone_where_the_ngtcp2_that_is_there_goes_with_it(self):
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        self.assertEqual(self.run_deps().returncode, 0)
        shutil.rmtree(self.deps / "openssl-3.5.7")
        self.mirror.file("stable", "ngtcp2_*.dsc").unlink()  # it is not needed any more
        mark = self.marked_ngtcp2()
        result = self.run_deps()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.built(), ["ngtcp2-1.24.0", "openssl-3.5.7"])
        self.assertTrue(mark.exists())

    def test_says_that_the_disk_is_full(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        self.suite("stable", openssl="3.5.7-1", ngtcp2="1.24.0-1")
        cache = self.folder / "cache"
        cache.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(cache)], check=True)
        self.addCleanup(subprocess.run, ["umount", str(cache)], check=False)
        big = dict(OPENSSL, padding="x" * (1 << 20))
        self.mirror.add("big", "openssl", "3.5.8-1", big)
        self.mirror.publish("big")
        self.list_suite(self.mirror.url, "big")
        result = self.run_deps()
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("the disk is full", result.stderr)


if __name__ == "__main__":
    unittest.main()

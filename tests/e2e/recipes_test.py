"""The recipes for other distributions, as far as they can be judged here: read by their own tools, and held against the
tables of packages, the version and what is installed. None of them is built."""

import pathlib
import re
import subprocess
import unittest

from install_test import APP, INSTALLED
from support import SOURCE, EndToEnd, needs, program

PACKAGING = SOURCE / "packaging"


def output(*words, **more):
    result = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=60, check=False, **more)
    if result.returncode != 0:
        raise AssertionError(f"{words}: {result.stdout}")
    return result.stdout


def listed(distribution, group):
    """Of packaging/packages, as the scripts read it."""
    script = f". {PACKAGING}/lib.sh; distro={distribution} distro_release=9999; listed_packages {group}"
    return set(output("bash", "-euc", script).split())


class Recipes(EndToEnd):
    def setUp(self):
        super().setUp()
        self.version = self.run_pixelpass("--version").stdout.split()[1]


class PkgBuild(Recipes):
    FILE = PACKAGING / "arch" / "PKGBUILD"

    def array(self, name):
        return set(output("bash", "-euc", f'. {self.FILE}; printf "%s\\n" "${{{name}[@]}}"').splitlines())

    def test_shellcheck_finds_nothing_to_object_to_in_pkgbuild(self):
        needs("shellcheck")
        output("shellcheck", self.FILE)

    def test_pkgbuild_wants_what_the_table_of_arch_has(self):
        self.assertEqual(listed("arch", "build") - self.array("depends") - self.array("makedepends"), set())
        self.assertEqual(listed("arch", "run") - self.array("depends"), set())

    def test_pkgbuild_is_of_this_version(self):
        self.assertEqual(self.array("pkgver"), {self.version})


class Spec(Recipes):
    FILE = PACKAGING / "fedora" / "pixelpass.spec"

    def setUp(self):
        super().setUp()
        needs("rpmspec", "rpm")
        # Fedora's own macros are in none of Debian's packages.
        self.text = output("rpmspec", "--parse", "--define", "_metainfodir %{_datadir}/metainfo",
                           "--define", "_mandir %{_datadir}/man", self.FILE)

    def named(self, key):
        return set(re.findall(rf"(?m)^{key}: +(\S+)", self.text))

    def test_spec_wants_what_the_table_of_fedora_has(self):
        self.assertEqual(listed("fedora", "build") - self.named("BuildRequires"), set())
        self.assertEqual(listed("fedora", "run") - self.named("Requires"), set())

    def test_spec_is_of_this_version(self):
        self.assertEqual(self.named("Version"), {self.version})

    def test_spec_packs_all_that_is_installed(self):
        files = self.text.split("%files")[1].split("%changelog")[0]
        for file in INSTALLED:
            if not file.startswith("share/doc/"):
                self.assertRegex(files, rf"(?m)^/usr/{re.escape(file)}(\*?)$")


class Flatpak(Recipes):
    FILE = PACKAGING / "flatpak" / f"{APP}.yml"

    def setUp(self):
        super().setUp()
        try:
            import yaml
        except ImportError as error:
            raise unittest.SkipTest("no PyYAML: sudo apt install python3-yaml") from error
        self.manifest = yaml.safe_load(self.FILE.read_text(encoding="utf-8"))

    def test_manifest_is_of_the_program_that_is_installed(self):
        self.assertEqual((self.manifest["id"], self.manifest["command"]), (APP, "pixelpass"))
        last = self.manifest["modules"][-1]
        (source,) = last["sources"]
        self.assertEqual((self.FILE.parent / source["path"]).resolve(), SOURCE)

    def test_manifest_has_the_keys_that_flatpak_builder_knows(self):
        self.assertLessEqual(set(self.manifest), {"id", "runtime", "runtime-version", "sdk", "command", "finish-args",
                                                  "cleanup", "modules"})
        self.assertTrue(all(word.startswith("--") for word in self.manifest["finish-args"]))
        for module in self.manifest["modules"]:
            with self.subTest(module["name"]):
                self.assertLessEqual(set(module), {"name", "subdir", "buildsystem", "config-opts", "build-commands", "sources"})
                self.assertIn(module["buildsystem"], ("cmake-ninja", "autotools", "meson", "simple"))
                self.assertEqual("build-commands" in module, module["buildsystem"] == "simple")
                for source in module["sources"]:
                    self.assertIn(source["type"], ("git", "dir"))
                    self.assertTrue(source["type"] == "dir" or source["url"].startswith("https://"))

    def test_manifest_builds_libraries_that_are_new_enough(self):
        needed = dict(re.findall(r"set\(PIXELPASS_MIN_(\w+) ([\d.]+)\)", (SOURCE / "cmake/Dependencies.cmake").read_text(encoding="utf-8")))
        modules = {module["name"]: module for module in self.manifest["modules"]}
        for name, least in needed.items():
            tag = modules[name.lower()]["sources"][0]["tag"]
            version = re.search(r"[\d.]+$", tag).group()
            self.assertGreaterEqual([int(n) for n in version.split(".")], [int(n) for n in least.split(".")], name)


class AppImage(Recipes):
    def test_appimage_holds_what_is_installed(self):
        build = pathlib.Path(program()).parent
        # A build folder's copy: tests share the folder itself.
        copy = self.folder / "build"
        copy.mkdir()
        for file in build.glob("*.cmake"):
            (copy / file.name).symlink_to(file)
        (copy / "src").symlink_to(build / "src")
        output(PACKAGING / "appimage.sh", "--build", copy, "--folder-only")
        there = {str(path.relative_to(copy / "AppDir/usr")) for path in (copy / "AppDir").rglob("*") if not path.is_dir()}
        self.assertEqual(there, set(INSTALLED))

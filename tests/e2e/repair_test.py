"""What a killed pixelpass leaves behind goes; what is anybody else's stays."""

import fcntl
import json
import os
import signal

from processes import until
from session import Session
from support import COULD_NOT_START, DONE, EndToEnd


def tag_of(pid):
    """A process's tag: its number, and when it started (the 22nd field of its stat)."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return f"{pid}-{stat.read().rpartition(')')[2].split()[19]}"


class Repair(EndToEnd):
    def setUp(self):
        super().setUp()
        self.session = Session()
        self.addCleanup(self.session.close)
        self.session.begin()
        self.runtime = self.session.path("XDG_RUNTIME_DIR")

    def environment(self, **changes):
        # Beside no other test's temporary files.
        return super().environment(**{**self.session.variables, "TMPDIR": self.folder, **changes})

    # ---- Litter ----------------------------------------------------------------------------------------

    def add_lingering_node(self, name, tag=None):
        """A sink that stays when who made it has gone."""
        tagged = f"pixelpass.owner = {json.dumps(tag)}" if tag is not None else ""
        self.session.run(
            "pw-cli", "create-node", "adapter",
            "{ factory.name = support.null-audio-sink  media.class = Audio/Sink  object.linger = true"
            f"  audio.position = [ FL FR ]  node.name = {name}  {tagged} }}")
        until(lambda: self.session.node(name), f"the node {name}")

    def add_null_sink(self, name, tag):
        """A module of PulseAudio's interface, with its sink."""
        self.session.run("pactl", "load-module", "module-null-sink", f"sink_name={name}",
                         f"sink_properties=pixelpass.owner={tag}")
        until(lambda: self.session.node(name), f"the sink {name}")

    def dead_tag(self):
        process = self.process("sleep", "1000")
        tag = until(lambda: tag_of(process.pid), "the process")
        process.signal(signal.SIGKILL)
        process.exit_code()
        return tag

    def repair(self, *arguments):
        """Its events."""
        result = self.run_pixelpass("repair", "--json", *arguments)
        self.assertEqual(result.returncode, DONE, result.stdout + result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def litter(self):
        """One of everything; the names of what has to go."""
        dead, alive = self.dead_tag(), tag_of(os.getpid())
        self.add_lingering_node("dead_node", dead)
        self.add_lingering_node("alive_node", alive)
        self.add_lingering_node("foreign_node")
        self.add_lingering_node("later_node", "v2:" + dead)
        # The number of a process that runs, and another start: what had the number before.
        self.add_lingering_node("earlier_node", f"{os.getpid()}-1")
        self.add_null_sink("dead_sink", dead)
        self.add_null_sink("alive_sink", alive)
        self.link("dead_node", "foreign_node", dead)
        self.link("alive_node", "foreign_node", alive)
        folders = self.runtime / "pixelpass"
        for name in (dead, alive, "not-a-tag"):
            (folders / name).mkdir(parents=True)
            (folders / name / "socket").touch()
        (folders / (dead + "0")).symlink_to(self.folder)
        return {"dead_node", "earlier_node", "dead_sink", str(folders / dead)}

    def link(self, source, sink, tag):
        ports = [f"{source}:monitor_FL", f"{sink}:playback_FL"]
        until(lambda: all(port in self.session.run("pw-link", "-o", "-i").decode() for port in ports), f"{ports}")
        self.session.run("pw-link", "--linger", "--props", json.dumps({"pixelpass.owner": tag}), *ports)

    # ---- What there is ---------------------------------------------------------------------------------

    def modules(self):
        """Those that PulseAudio's interface has loaded: number and name."""
        lines = self.session.run("pactl", "list", "short", "modules").decode().splitlines()
        return [line.split("\t")[:2] for line in lines]

    def everything(self):
        """Nodes with their serial numbers, links, modules, folders."""
        nodes = {node["node.name"]: node["object.serial"] for node in self.session.nodes()}
        kind = "PipeWire:Interface:Link"
        links = sorted(one["info"]["props"]["object.serial"] for one in self.session.objects()
                       if one["type"] == kind and one.get("info"))
        folders = sorted(str(path) for path in (self.runtime / "pixelpass").rglob("*"))
        return nodes, links, self.modules(), folders

    # ---- The tests -------------------------------------------------------------------------------------

    def test_a_dry_run_lists_what_would_go_and_changes_nothing(self):
        doomed = self.litter()
        before = self.everything()
        events = self.repair("--dry-run")
        self.assertEqual(self.everything(), before)
        left = {one["name"] for one in events if one["event"] == "left" and one["reason"] == "dry run"}
        self.assertLessEqual(doomed, left)
        self.assertEqual(events[-1]["event"], "repair")
        self.assertEqual((events[-1]["removed"], events[-1]["dry_run"]), (0, True))

    def test_exactly_what_dead_processes_own_goes(self):
        doomed = self.litter()
        nodes, links, modules, folders = self.everything()
        events = self.repair()
        removed = {one["name"] for one in events if one["event"] == "removed" and one["kind"] != "link"}
        self.assertEqual(removed, doomed)
        until(lambda: len(self.modules()) < len(modules), "the module goes with its sink")
        kept_nodes, kept_links, kept_modules, kept_folders = self.everything()
        self.assertEqual(kept_nodes, {name: nodes[name] for name in nodes if name not in doomed})
        self.assertEqual((len(links), len(kept_links)), (2, 1))
        self.assertIn(kept_links[0], links)
        self.assertEqual(len(kept_modules), len(modules) - 1)
        self.assertTrue(all(module in modules for module in kept_modules))
        gone = {path for path in doomed if path.startswith("/")}
        self.assertEqual(set(folders) - set(kept_folders), gone | {path + "/socket" for path in gone})
        reasons = {one["name"]: one["reason"] for one in events if one["event"] == "left"}
        self.assertEqual(reasons["later_node"], "its tag cannot be read")
        self.assertEqual(reasons["alive_sink"], "its pixelpass runs")
        self.assertNotIn("foreign_node", reasons)
        self.assertEqual([one for one in self.repair() if one["event"] == "removed"], [])

    def test_for_people_it_lists_what_went_and_repair_is_an_option_too(self):
        self.add_lingering_node("dead_node", self.dead_tag())
        result = self.run_pixelpass("--repair", "--dry-run")
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))
        self.assert_says(result.stdout, r"would remove node \d+ dead_node \(of process \d+\)", "dry run")
        result = self.run_pixelpass("--repair")
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))
        self.assert_says(result.stdout, r"removed node \d+ dead_node", "removed 1 in all")
        result = self.run_pixelpass("repair")
        self.assertEqual((result.returncode, result.stdout), (DONE, "nothing to remove\n"))

    def test_a_pipewire_that_does_not_answer_is_named(self):
        self.session.parts["pipewire"].signal(signal.SIGSTOP)
        result = self.run_pixelpass("repair")
        self.assert_fails(result, COULD_NOT_START, "PipeWire", "does not answer", "systemctl --user restart pipewire")


class RepairWithoutPipeWire(EndToEnd):
    def test_it_says_what_to_start_and_still_clears_folders(self):
        stale = self.folder / "pixelpass" / "4194305-1"  # no process has a number above 2^22
        stale.mkdir(parents=True)
        result = self.run_pixelpass("repair", env=self.environment(XDG_RUNTIME_DIR=self.folder, TMPDIR=self.folder))
        self.assertEqual(result.returncode, COULD_NOT_START)
        self.assert_says(result.stderr, "PipeWire does not run", "systemctl --user start pipewire", "install")
        self.assert_says(result.stdout, f"removed folder {stale}")
        self.assertFalse(stale.exists())

    def test_what_is_in_use_by_one_that_cannot_be_seen_stays(self):
        """Of another PID namespace, where its number means something: here no process has it."""
        in_runtime = self.folder / "pixelpass" / "4194305-1"
        temporary = self.folder / "pixelpass-4194306-1-aB3dE6"
        for folder in (in_runtime, temporary):
            folder.mkdir(parents=True, mode=0o700)
        env = self.environment(XDG_RUNTIME_DIR=self.folder, TMPDIR=self.folder)
        held = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY) for folder in (in_runtime, temporary)]
        for descriptor in held:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        self.assertNotIn("removed", self.run_pixelpass("repair", env=env).stdout)
        self.assertEqual((in_runtime.exists(), temporary.exists()), (True, True))
        for descriptor in held:
            os.close(descriptor)
        self.run_pixelpass("repair", env=env)
        self.assertEqual((in_runtime.exists(), temporary.exists()), (False, False))

    def test_it_clears_what_a_killed_one_without_a_runtime_folder_left_among_the_temporary_files(self):
        stale, running = (self.folder / f"pixelpass-{tag}-aB3dE6" for tag in ("4194305-1", tag_of(os.getpid())))
        for folder in (stale, running):
            folder.mkdir(mode=0o700)
            (folder / "password").touch()
        result = self.run_pixelpass("repair", env=self.environment(XDG_RUNTIME_DIR="", TMPDIR=self.folder))
        self.assert_says(result.stdout, f"removed folder {stale}")
        self.assertEqual((stale.exists(), running.exists()), (False, True))

"""What other programs of the same user see of a pixelpass."""

import os
import shutil
import subprocess

import media
from support import DONE, SOMEBODY, EndToEnd, as_somebody

# Of a process: what is in its memory, and what the desktop's portal looks at.
LOOK = """
import os, sys
for name in ("environ", "mem", "maps", "fd", "root"):
    try:
        path = f"/proc/{sys.argv[1]}/{name}"
        os.listdir(path) if os.path.isdir(path) or name in ("fd", "root") else os.close(os.open(path, os.O_RDONLY))
        print(name, "open")
    except PermissionError:
        print(name, "closed")
"""
# Memory is open to a debugger's children alone where the kernel is set so (Yama, ptrace_scope).
USUALLY_OPEN = {"environ", "maps", "fd", "root"}
SMALL = ("--size", "320x180", "--bitrate", "300k")


class Inspection(EndToEnd):
    """Root sees everything: so both are somebody else where root runs the tests."""

    def setUp(self):
        super().setUp()
        self.is_root = os.geteuid() == 0
        self.as_user = {"prefix": as_somebody(), "executable": self.for_everybody()} if self.is_root else {}

    def look_at(self, process):
        """What another program of the user finds open."""
        python = shutil.which("python3", path=os.defpath)
        result = subprocess.run(
            [python, "-c", LOOK, str(process.pid)], capture_output=True, text=True, check=True, cwd="/",
            **(dict(user=SOMEBODY, group=SOMEBODY, extra_groups=[]) if self.is_root else {}),
        )
        return [line.split()[0] for line in result.stdout.splitlines() if line.endswith(" open")]

    def viewer(self, **environment):
        """With the ticket in its environment."""
        ticket = self.host(*SMALL).ticket()
        viewer = self.pixelpass(
            "view", "--player", "none", **self.as_user,
            env=self.environment(PIXELPASS_TICKET=ticket, **environment),
        )
        viewer.wait("first_frame")
        return viewer

    def test_a_viewers_memory_and_environment_are_closed_to_the_users_other_programs(self):
        viewer = self.viewer()
        self.assertEqual(self.look_at(viewer), [])
        # What it knows of itself it still knows.
        self.assertGreater(viewer.wait_stats(2)["rss"], 1 << 20)

    def test_a_debugger_may_look_into_a_viewer_that_is_told_so(self):
        self.assertLessEqual(USUALLY_OPEN, set(self.look_at(self.viewer(PIXELPASS_DUMPABLE="1"))))

    def test_a_host_is_open_to_the_desktops_portal(self):
        host = self.host(*SMALL, **self.as_user)
        host.ticket()
        self.assertIn("root", self.look_at(host))

    def test_a_viewer_that_is_closed_to_others_writes_to_a_pipe_and_a_file(self):
        folder = self.folder / "of-somebody"
        folder.mkdir()
        folder.chmod(0o777)
        words = ["view", "--player", "none", "--stdout", "--record", folder / "recording.ts", "--seconds", "4"]
        command = [*self.as_user.get("prefix", ()), self.for_everybody(), *words, self.host(*SMALL).ticket()]
        viewer = self.process(*command, stdout=subprocess.PIPE)
        piped = viewer.stdout.read()
        self.assert_exit(viewer, DONE)
        self.assertEqual(piped[0], 0x47)
        self.assertEqual(media.complaints(folder / "recording.ts"), "")

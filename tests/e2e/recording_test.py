"""A recording, or standard output, that ends before the watching does."""

import http.client
import os
import signal
import subprocess
import urllib.parse

import media
from processes import DEADLINE, until
from support import COULD_NOT_START, DONE, INTERRUPTED, EndToEnd, only_root, program

SMALL = ("--size", "320x180", "--bitrate", "300k")


class Watcher:
    """A player, as far as the viewer can see."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=DEADLINE)
        self._connection.request("GET", parts.path)
        self._stream = self._connection.getresponse()

    def read(self, packets=1):
        return self._stream.read(packets * media.TS_PACKET)

    def close(self):
        self._connection.close()


class Recording(EndToEnd):
    def start_viewer(self, *arguments, closed=(), **popen):
        """As a person runs it."""
        command = [program(), "view", "--player", "none", *arguments]
        # The lowest last: what preexec_fn closes, stays closed.
        popen["preexec_fn"] = lambda: [os.close(fd) for fd in closed]
        return self.process(*command, **popen)

    def watcher(self, viewer):
        watcher = Watcher(viewer.url())
        self.addCleanup(watcher.close)
        self.assertEqual(watcher.read()[0], 0x47)
        return watcher

    def small_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
        return disk

    def fill(self, disk):
        with (disk / "filler").open("wb", buffering=0) as filler, self.assertRaises(OSError):
            while True:
                filler.write(bytes(4096))

    @only_root
    def test_a_full_disk_ends_the_recording_with_one_line_and_a_player_watches_on(self):
        disk = self.small_disk()
        viewer = self.view(self.host(*SMALL).ticket(), "--record", disk / "recording.ts")
        watcher = self.watcher(viewer)
        self.fill(disk)
        notice = viewer.wait("notice")
        self.assert_says(notice["what"], "the recording has ended, the stream goes on", "no space left")
        at = viewer.mark()
        viewer.wait_stats(2, after=at)
        self.assertEqual(watcher.read(100)[0], 0x47)
        viewer.wait_pictures()
        self.assertEqual([len(viewer.events(one)) for one in ("notice", "error", "ended")], [1, 0, 0])
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)

    @only_root
    def test_a_full_disk_ends_a_viewer_that_nobody_watches_with_an_error(self):
        disk = self.small_disk()
        viewer = self.view(self.host(*SMALL).ticket(), "--record", disk / "recording.ts")
        viewer.wait("first_frame")
        self.fill(disk)
        self.assert_says(viewer.wait("error")["what"], "no space left")
        self.assert_exit(viewer, COULD_NOT_START)

    def test_a_second_viewer_is_refused_the_file_that_one_records_to(self):
        recording = self.folder / "recording.ts"
        ticket = self.host(*SMALL).ticket()
        first = self.view(ticket, "--record", recording)
        until(lambda: recording.exists() and recording.stat().st_size > 0, "a recording")
        second = self.view(ticket, "--record", recording)
        self.assert_exit(second, COULD_NOT_START)
        self.assert_says(second.wait("error")["what"], "another recording", str(recording))
        first.wait_pictures(after=first.mark())
        first.signal(signal.SIGINT)
        self.assert_exit(first, INTERRUPTED)
        self.assertEqual(media.complaints(recording), "")

    def test_a_recording_goes_on_when_standard_output_is_closed(self):
        recording = self.folder / "recording.ts"
        viewer = self.start_viewer(
            "--stdout", "--record", recording, self.host(*SMALL).ticket(), stdout=subprocess.PIPE
        )
        self.assertEqual(viewer.stdout.read(media.TS_PACKET)[0], 0x47)
        viewer.stdout.close()
        self.wait_stderr(viewer, "standard output was closed: the stream goes on")
        size = recording.stat().st_size
        until(lambda: recording.stat().st_size > size + 50_000, "more of the recording")
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertEqual(media.complaints(recording), "")

    def test_standard_output_that_was_never_open_is_an_error_at_the_start(self):
        viewer = self.start_viewer("--stdout", self.host(*SMALL).ticket(), closed=[1])
        self.assert_exit(viewer, COULD_NOT_START)
        self.assert_says(viewer.stderr(), "standard output is closed")

    def test_what_is_meant_for_people_goes_into_no_socket_or_file_where_they_closed_theirs(self):
        recording = self.folder / "recording.ts"
        arguments = ["--record", recording, "--seconds", "6", self.host(*SMALL).ticket()]
        viewer = self.start_viewer(*arguments, closed=[0, 1, 2])
        until(lambda: recording.exists() and recording.stat().st_size > 0, "a recording")
        held = {os.readlink(f"/proc/{viewer.pid}/fd/{fd}") for fd in range(3)}
        self.assertEqual(held, {"/dev/null"})
        self.assert_exit(viewer, DONE)
        self.assertEqual(media.complaints(recording), "")

"""A recording, or standard output, that ends before the watching does."""

import fcntl
import http.client
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import termios
import urllib.parse

import media
from processes import DEADLINE, until
from support import COULD_NOT_START, DONE, INTERRUPTED, USAGE, EndToEnd, needs, only_root, program

SMALL = ("--size", "320x180", "--bitrate", "300k")


def in_real_time(size, *more):
    """One stream of ffmpeg's, of five seconds."""
    return " ".join([
        f"ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=size={size}:rate=30", *more,
        "-t 5 -c:v libx264 -preset ultrafast -tune zerolatency -g 30 -pix_fmt yuv420p -f mpegts -"
    ])


# The same PIDs, and a clock that begins anew with the second.
TWO_SIZES = f"{in_real_time('320x180')}; {in_real_time('640x360')}"
SOUND_ADDED = f"{in_real_time('320x180')}; {in_real_time('320x180', '-f lavfi -i sine=frequency=440 -c:a aac')}"


def frames_in(recording, entry):
    """Of the pictures in a file that may be growing, or not be there yet."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", f"frame={entry}", "-of", "csv=p=0"]
    said = subprocess.run([*command, str(recording)], capture_output=True, timeout=3 * DEADLINE, check=False).stdout
    return [line.strip(",") for line in said.decode().split()]


def pictures_in(recording, at_least):
    """How many there are; 0 if that is not enough."""
    count = len(frames_in(recording, "pts_time"))
    return count if count >= at_least else 0


def widths_in(recording):
    return frames_in(recording, "width")


def waiting_in(pipe):
    """Bytes that nobody has read."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


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
        disk = self.folder / f"disk{self._started}"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
        return disk

    def fill(self, disk):
        with (disk / "filler").open("wb", buffering=0) as filler, self.assertRaises(OSError):
            while True:
                filler.write(bytes(4096))

    def assert_goes_on_when_full(self, disk, viewer, watcher):
        self.fill(disk)
        notice = viewer.wait("notice")
        self.assert_says(notice["what"], "the recording has ended, the stream goes on", "no space left")
        at = viewer.mark()
        viewer.wait_stats(2, after=at)
        self.assertEqual(watcher.read(100)[0], 0x47)

    @only_root
    def test_a_full_disk_ends_the_recording_with_one_line_and_a_player_watches_on(self):
        disk = self.small_disk()
        viewer = self.view(self.host(*SMALL).ticket(), "--record", disk / "recording.ts")
        watcher = self.watcher(viewer)
        self.assert_goes_on_when_full(disk, viewer, watcher)
        viewer.wait_pictures()
        self.assertEqual([len(viewer.events(one)) for one in ("notice", "error", "ended")], [1, 0, 0])
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)

    def test_a_file_that_may_not_grow_ends_the_recording_with_one_line_and_a_player_watches_on(self):
        for ending in ("ts", "mkv"):
            with self.subTest(ending):
                recording = self.folder / f"limited.{ending}"
                most = 300_000
                # Of the process alone, and its signal as a shell leaves it.
                viewer = self.view(self.host(*SMALL).ticket(), "--record", recording,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
                watcher = self.watcher(viewer)
                notice = viewer.wait("notice")
                self.assert_says(notice["what"], "the recording has ended, the stream goes on", "too large")
                viewer.wait_stats(2, after=viewer.mark())
                self.assertEqual(watcher.read(100)[0], 0x47)
                self.assertEqual([len(viewer.events(one)) for one in ("notice", "error", "ended")], [1, 0, 0])

    def test_a_recording_that_is_deleted_is_said_and_a_player_watches_on(self):
        for ending in ("ts", "mkv"):
            with self.subTest(ending):
                recording = self.folder / f"deleted.{ending}"
                viewer = self.view(self.host(*SMALL).ticket(), "--record", recording)
                watcher = self.watcher(viewer)
                until(lambda: recording.stat().st_size > 0, "a recording")
                recording.unlink()
                self.assert_says(viewer.wait("notice")["what"], "the recording has ended", "was deleted")
                viewer.wait_stats(2, after=viewer.mark())
                self.assertEqual(watcher.read(100)[0], 0x47)

    def test_a_fifo_that_is_left_by_its_reader_is_said_and_a_player_watches_on(self):
        for ending in ("ts", "mkv"):
            with self.subTest(ending):
                recording = self.folder / f"left.{ending}"
                os.mkfifo(recording)
                reader = os.open(recording, os.O_RDONLY | os.O_NONBLOCK)
                viewer = self.view(self.host(*SMALL).ticket(), "--record", recording)
                watcher = self.watcher(viewer)
                until(lambda: waiting_in(reader), "a recording that has begun")
                os.close(reader)
                notice = viewer.wait("notice")
                self.assert_says(notice["what"], "the recording has ended, the stream goes on", "nobody reads from")
                viewer.wait_stats(2, after=viewer.mark())
                self.assertEqual(watcher.read(100)[0], 0x47)
                self.assertEqual([len(viewer.events(one)) for one in ("notice", "error", "ended")], [1, 0, 0])

    @only_root
    def test_a_full_disk_ends_a_viewer_that_nobody_watches_with_an_error(self):
        disk = self.small_disk()
        viewer = self.view(self.host(*SMALL).ticket(), "--record", disk / "recording.ts")
        viewer.wait("first_frame")
        self.fill(disk)
        self.assert_says(viewer.wait("error")["what"], "no space left")
        self.assert_exit(viewer, COULD_NOT_START)

    def stalled(self, name):
        """A FIFO to record to that holds little, and its reader, which reads nothing."""
        recording = self.folder / name
        os.mkfifo(recording)
        reader = os.open(recording, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
        return recording, reader

    def test_says_what_a_leaving_viewer_waits_for_and_ends_at_once_when_told_again(self):
        recording, reader = self.stalled("stalled.mkv")
        viewer = self.view(self.host(*SMALL).ticket(), "--record", recording)
        until(lambda: waiting_in(reader), "a recording that has begun")
        viewer.wait_stats(2, after=viewer.mark())  # of which the pipe holds a small part
        viewer.signal(signal.SIGINT)
        viewer.wait("notice", lambda e: "waiting for the end of the recording" in e["what"])
        self.assertEqual(viewer.events("ended"), [])
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertEqual(viewer.events("ended"), [])

    def test_a_recording_whose_end_is_missing_is_no_success(self):
        recording, reader = self.stalled("stalled.ts")
        host = self.host(*SMALL)
        viewer = self.view(host.ticket(), "--record", recording)
        until(lambda: waiting_in(reader), "a recording that has begun")
        viewer.wait_stats(2, after=viewer.mark())  # of which the pipe holds a small part
        host.signal(signal.SIGINT)
        self.assert_exit(viewer, COULD_NOT_START)
        self.assert_says(viewer.wait("notice")["what"], "the recording's end is missing", "stalled.ts")
        self.assert_says(viewer.wait("ended")["reason"], "the host ended")

    def on_a_disk_that_can_stop(self, recording):
        """An environment in which `stopped`, once it is there, stops the disk of a recording, and that file."""
        shims = os.environ.get("PIXELPASS_PORTAL_SHIMS")
        build = pathlib.Path(shims) if shims else pathlib.Path(program()).resolve().parent / "tests" / "e2e"
        stopped = recording.with_suffix(".stopped")
        self.addCleanup(lambda: stopped.unlink(missing_ok=True))
        return self.environment(LD_PRELOAD=build / "libstopped_disk.so", PIXELPASS_TEST_STOPPED=stopped,
                                PIXELPASS_TEST_DISK_OF=recording), stopped

    def assert_goes_on_and_ends_without_its_disk(self, viewer, recording, stopped, what):
        watcher = self.watcher(viewer)
        until(lambda: recording.exists() and recording.stat().st_size > 0, "a recording that has begun")
        stopped.touch()
        until(lambda: stopped.with_suffix(".reached").exists(), "a write that hangs")
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(watcher.read(100)[0], 0x47)
        viewer.signal(signal.SIGTERM)
        self.assert_exit(viewer, INTERRUPTED)
        said = [e["what"] for e in viewer.events("notice") if "missing" in e["what"]]
        self.assertEqual(len(said), 1, viewer.story())
        self.assert_says(said[0], *what)
        self.assertEqual(len(viewer.events("ended")), 1)

    def test_a_disk_that_stands_still_stops_no_player_and_no_end_and_is_said(self):
        for ending, why in (("ts", "does not answer"), ("mkv", "hangs in a library or on its disk")):
            with self.subTest(ending):
                recording = self.folder / ending / f"still.{ending}"
                recording.parent.mkdir()
                env, stopped = self.on_a_disk_that_can_stop(recording)
                viewer = self.view(self.host(*SMALL).ticket(), "--record", recording, env=env)
                self.assert_goes_on_and_ends_without_its_disk(viewer, recording, stopped, ("the recording's end is missing", why))

    def test_a_disk_behind_standard_output_that_stands_still_does_not_keep_a_viewer(self):
        recording = self.folder / "still.stdout"
        env, stopped = self.on_a_disk_that_can_stop(recording)
        with recording.open("wb") as file:
            viewer = self.start_viewer("--stdout", self.host(*SMALL).ticket(), env=env, stdout=file)
        until(lambda: recording.stat().st_size > 0, "a stream that has begun")
        stopped.touch()
        until(lambda: stopped.with_suffix(".reached").exists(), "a write that hangs")
        viewer.signal(signal.SIGTERM)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertEqual(viewer.stderr().count("the stream's end is missing: the disk that standard output"), 1)

    def test_a_recording_is_played_while_it_grows_and_after_the_viewer_was_killed(self):
        ticket = self.host(*SMALL, "--max-viewers", "3").ticket()  # who was killed counts for a while
        for ending in ("ts", "mkv", "mp4"):
            with self.subTest(ending):
                recording = self.folder / f"recording.{ending}"
                viewer = self.view(ticket, "--record", recording)
                seen = until(lambda: pictures_in(recording, at_least=20), "pictures in a recording that grows")
                until(lambda: pictures_in(recording, at_least=seen + 20), "more of them")
                viewer.signal(signal.SIGKILL)
                viewer.exit_code()
                self.assertEqual(media.complaints(recording), "")
                streams = media.probe(recording)
                self.assertEqual(set(streams), {"video", "audio"})
                self.assertGreaterEqual(int(streams["video"]["nb_read_frames"]), seen + 20)
                self.assert_mpv_plays(recording)

    def assert_mpv_plays(self, recording):
        needs("mpv")
        code, said = media.output_of(
            ["mpv", "--no-config", "--vo=null", "--ao=null", "--untimed", "--msg-level=all=error", recording]
        )
        self.assertEqual((code, said), (0, ""))

    def test_a_recording_that_has_ended_is_begun_in_its_middle_by_mpv(self):
        needs("mpv")
        ticket = self.host(*SMALL).ticket()
        for ending in ("mkv", "mp4"):
            with self.subTest(ending):
                recording = self.folder / f"middle.{ending}"
                viewer = self.view(ticket, "--record", recording)
                until(lambda: pictures_in(recording, at_least=150), "five seconds of a recording")
                viewer.signal(signal.SIGINT)
                self.assert_exit(viewer, INTERRUPTED)
                length = float(media.output_of(
                    ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", recording])[1])
                code, said = media.output_of(
                    ["mpv", "--no-config", "--vo=null", "--ao=null", "--frames=1", "--start=50%", "--hr-seek=yes",
                     "--msg-level=all=error,statusline=status", "--term-status-msg=at ${=time-pos} of ${=duration}", recording])
                self.assertEqual(code, 0, said)
                at, shown = map(float, re.findall(r"at ([0-9.]+) of ([0-9.]+)", said)[-1])
                self.assertAlmostEqual(shown, length, delta=0.5)
                self.assertAlmostEqual(at, length / 2, delta=0.5)

    @only_root
    def test_a_full_disk_ends_a_container_with_one_line_and_a_player_watches_on(self):
        for ending in ("mkv", "mp4"):
            with self.subTest(ending):
                disk = self.small_disk()
                viewer = self.view(self.host(*SMALL).ticket(), "--record", disk / f"full.{ending}")
                watcher = self.watcher(viewer)
                self.assert_goes_on_when_full(disk, viewer, watcher)
                self.assertEqual([len(viewer.events(one)) for one in ("notice", "error", "ended")], [1, 0, 0])
                viewer.signal(signal.SIGINT)
                self.assert_exit(viewer, INTERRUPTED)

    def test_a_picture_that_changes_its_size_goes_on_in_the_same_file(self):
        needs("ffmpeg")
        for ending in ("mkv", "mp4"):
            with self.subTest(ending):
                source = self.process("sh", "-c", TWO_SIZES, stdout=subprocess.PIPE)
                host = self.host(source="-", stdin=source.stdout)
                source.stdout.close()
                recording = self.folder / f"sizes.{ending}"
                viewer = self.view(host.ticket(), "--record", recording, "--latency", "5s")
                self.assert_exit(host, DONE)
                self.assert_exit(viewer, DONE)
                self.assertEqual(set(widths_in(recording)), {"320", "640"})
                self.assertEqual(media.picture_complaints(recording), "")
                self.assertEqual(list(self.folder.glob("sizes-*")), [])
                self.assert_mpv_plays(recording)

    def test_sound_that_is_added_goes_on_in_a_second_file_which_is_said(self):
        needs("ffmpeg")
        source = self.process("sh", "-c", SOUND_ADDED, stdout=subprocess.PIPE)
        host = self.host(source="-", stdin=source.stdout)
        source.stdout.close()
        recording, second = self.folder / "sound.mkv", self.folder / "sound-2.mkv"
        viewer = self.view(host.ticket(), "--record", recording, "--latency", "5s")
        self.assert_exit(host, DONE)
        self.assert_exit(viewer, DONE)
        self.assert_says(viewer.wait("notice")["what"], "the recording goes on in", str(second))
        self.assertEqual(set(media.probe(recording)), {"video"})
        self.assertEqual(set(media.probe(second)), {"video", "audio"})
        self.assertEqual(media.complaints(second), "")

    def test_a_container_goes_on_in_one_file_when_the_host_comes_back(self):
        for ending in ("mkv", "mp4"):
            with self.subTest(ending):
                identity = self.folder / f"identity-{ending}"
                recording = self.folder / f"again.{ending}"
                host = self.host("--identity", identity, *SMALL)
                viewer = self.view(host.ticket(), "--record", recording)
                address = viewer.wait("connecting")["addresses"][0]
                before = until(lambda: pictures_in(recording, at_least=20), "pictures in the recording")
                host.signal(signal.SIGKILL)
                at = viewer.mark()
                viewer.wait("reconnecting", after=at)
                self.host("--identity", identity, *SMALL, bind=address)
                viewer.wait("connected", after=at)
                until(lambda: pictures_in(recording, at_least=before + 60), "pictures of the second host")
                viewer.signal(signal.SIGINT)
                self.assert_exit(viewer, INTERRUPTED)
                times = media.time_stamps(recording, "v")
                self.assertEqual(times, sorted(times))
                self.assertEqual(media.picture_complaints(recording), "")
                self.assertEqual(list(self.folder.glob("again-*")), [])

    def test_what_a_player_shows_is_recorded_at_the_same_time(self):
        needs("ffmpeg")
        played, recording = self.folder / "played.ts", self.folder / "recording.mkv"
        player = self.folder / "players" / "mpv"
        player.parent.mkdir()
        player.write_text(
            f'#!/bin/sh\nfor url; do :; done\nexec ffmpeg -nostdin -v error -i "$url" -c copy -f mpegts {played}\n'
        )
        player.chmod(0o755)
        env = self.environment(PATH=f"{player.parent}:{os.environ['PATH']}")
        ticket = self.host(*SMALL).ticket()
        viewer = self.pixelpass("view", "--player", "mpv", "--record", recording, ticket, env=env)
        until(lambda: pictures_in(played, at_least=30), "pictures in the player")
        until(lambda: pictures_in(recording, at_least=30), "pictures in the recording")
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertEqual(media.complaints(recording), "")

    def test_a_plugin_that_is_missing_is_said_at_the_start_with_its_package(self):
        ticket = self.host(*SMALL).ticket()
        for ending, plugin, muxer in (("mkv", "libgstmatroska.so", "matroskamux"), ("mp4", "libgstisomp4.so", "mp4mux")):
            with self.subTest(ending):
                env = self.without_plugins(plugin)
                recording = self.folder / f"missing.{ending}"
                result = self.run_pixelpass("view", "--player", "none", "--record", recording, ticket, env=env)
                self.assert_fails(result, COULD_NOT_START, muxer, "plugins-good")
                self.assertFalse(recording.exists())
                shutil.rmtree(self.folder / "plugins")

    def test_an_ending_that_no_recording_has_is_refused_with_those_that_there_are(self):
        recording = self.folder / "recording.avi"
        result = self.run_pixelpass("view", "--record", recording, "pp1x")
        self.assert_fails(result, USAGE, r"--record.*\.ts.*\.mkv.*\.mp4", "recording.avi")
        self.assertFalse(recording.exists())

    def test_an_older_recording_is_left_as_it_is_unless_told_otherwise(self):
        ticket = self.host(*SMALL).ticket()
        for ending in ("ts", "mkv"):
            with self.subTest(ending):
                recording = self.folder / f"older.{ending}"
                recording.write_bytes(b"precious")
                refused = self.run_pixelpass("view", "--player", "none", "--record", recording, ticket)
                self.assert_fails(refused, USAGE, f"older.{ending} is there already", f"older-2.{ending}", "--overwrite")
                self.assertEqual(recording.read_bytes(), b"precious")
                viewer = self.view(ticket, "--record", recording, "--overwrite")
                until(lambda: pictures_in(recording, at_least=10), "a new recording")
                viewer.signal(signal.SIGINT)
                self.assert_exit(viewer, INTERRUPTED)
                self.assertEqual(media.complaints(recording), "")

    def test_a_second_viewer_is_refused_the_file_that_one_records_to(self):
        ticket = self.host(*SMALL).ticket()
        for ending in ("ts", "mkv"):
            with self.subTest(ending):
                recording = self.folder / f"recording.{ending}"
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

    def test_standard_output_that_is_not_read_to_its_end_is_said(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        host, recording = self.host(*SMALL), self.folder / "recording.ts"
        viewer = self.start_viewer("--stdout", "--record", recording, host.ticket(), stdout=writer)
        os.close(writer)
        until(lambda: recording.exists() and recording.stat().st_size > 50_000, "more than the pipe holds")
        host.signal(signal.SIGINT)
        self.assert_exit(viewer, DONE)
        self.assertEqual(viewer.stderr().count("the stream's end is missing: whoever reads from standard output"), 1)

    def test_standard_output_on_a_full_disk_is_called_that_and_no_success(self):
        with open("/dev/full", "wb") as full:
            viewer = self.start_viewer("--stdout", self.host(*SMALL).ticket(), stdout=full)
            self.assert_exit(viewer, COULD_NOT_START)
        self.assert_says(viewer.stderr(), "writing to standard output failed: No space left")

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

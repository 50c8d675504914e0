"""A stream that somebody else makes, passed through."""

import subprocess

import media
from support import COULD_NOT_START, DONE, EndToEnd, needs, program

PAT_PID, PMT_PID = 0x0000, 0x1000  # the second where ffmpeg puts it
LAST_TABLE_PID = 0x001F
SECONDS = 10


def ffmpeg_stream(*output):
    """A picture and a tone in real time, two seconds a group, as MPEG-TS on standard output."""
    needs("ffmpeg")
    return [
        "ffmpeg", "-nostdin", "-v", "error", "-re",
        "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30", "-f", "lavfi", "-i", "sine=frequency=440",
        "-t", str(SECONDS), "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "60",
        "-pix_fmt", "yuv420p", "-c:a", "aac", *output, "-f", "mpegts", "-",
    ]


def is_table(packet):
    return media.pid(packet) <= LAST_TABLE_PID or media.pid(packet) == PMT_PID


class Stdin(EndToEnd):
    def host_of(self, *output_options):
        """Host and the file with what it was given."""
        sent = self.folder / "sent.ts"
        source = self.process(*ffmpeg_stream(*output_options), stdout=subprocess.PIPE)
        tee = self.process("tee", sent, stdin=source.stdout, stdout=subprocess.PIPE)
        host = self.host(source="-", stdin=tee.stdout)
        # The far ends are theirs alone: whoever ends, ends the others.
        source.stdout.close()
        tee.stdout.close()
        return host, sent

    def assert_passed_through(self, sent, got):
        """The packets of picture and sound in `got` are a run of those of `sent`; tables are none but the viewer's."""
        sent = [packet for packet in sent if not is_table(packet)]
        taken = [packet for packet in got if not is_table(packet)]
        first = sent.index(taken[0])
        self.assertTrue(taken == sent[first : first + len(taken)], "other packets than were sent")
        self.assertEqual({media.pid(packet) for packet in got if is_table(packet)}, {PAT_PID, PMT_PID})
        # All that came since somebody watched, but for the end of the last picture.
        self.assertLess(first, len(sent) // 2)
        self.assertGreater(first + len(taken), len(sent) * 9 // 10)

    def test_picture_and_sound_of_ffmpeg_arrive_byte_for_byte_and_decode(self):
        host, sent = self.host_of()
        recording, piped = self.folder / "recording.ts", self.folder / "piped.ts"
        viewer = self.view(host.ticket(), "--record", recording, "--latency", "5s")
        with piped.open("wb") as out:
            command = [program(), "view", "--player", "none", "--stdout", "--latency", "5s", host.ticket()]
            other = self.process(*command, stdout=out)
            self.assert_exit(host, DONE)
            self.assert_exit(viewer, DONE)
            self.assert_exit(other, DONE)
        self.assert_says(viewer.wait("ended")["reason"], "the host ended", "the source ended")
        self.assertEqual(viewer.events("stats")[-1]["skipped_groups"], 0)
        for got in (recording, piped):
            self.assert_passed_through(media.packets(sent), media.packets(got))
            self.assertEqual(media.complaints(got), "")
            self.assertEqual(media.probe(got)["video"]["width"], 640)

    def test_the_host_says_that_it_passes_through_and_never_pauses(self):
        host, _ = self.host_of()
        sharing = host.wait("sharing")
        self.assertEqual((sharing["source"], sharing["encoder"]), ("stdin", "passthrough"))
        viewer = self.view(host.ticket())
        viewer.wait_pictures()
        self.assert_exit(host, DONE)
        self.assertEqual(host.wait("ended")["reason"], "the source ended")
        self.assertEqual(host.events("paused"), [])

    def test_the_only_keyframe_there_ever_is_shows_a_picture_to_who_joins_later(self):
        host, _ = self.host_of("-g", "100000")
        early = self.view(host.ticket())
        early.wait("first_frame")
        recording = self.folder / "recording.ts"
        late = self.view(host.ticket(), "--record", recording)
        late.wait("first_frame")
        self.assert_exit(host, DONE)
        self.assert_exit(late, DONE)
        self.assertEqual(media.picture_complaints(recording), "")
        # From the keyframe on, which is the first picture.
        self.assertGreater(int(media.probe(recording)["video"]["nb_read_frames"]), 30 * SECONDS * 9 // 10)

    def test_a_picture_behind_many_languages_arrives_with_all_of_them(self):
        needs("ffmpeg", "ffprobe")
        languages = [f"l{chr(ord('a') + i)}x" for i in range(20)]
        maps = []
        for i, language in enumerate(languages):
            maps += ["-map", "1:a", f"-metadata:s:a:{i}", f"language={language}"]
        source = self.process(
            "ffmpeg", "-nostdin", "-v", "error", "-re",
            "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=440",
            *maps, "-map", "0:v", "-t", str(SECONDS), "-c:v", "libx264", "-preset", "ultrafast", "-g", "25",
            "-pix_fmt", "yuv420p", "-c:a", "mp2", "-b:a", "32k", "-ac", "1", "-f", "mpegts", "-",
            stdout=subprocess.PIPE,
        )  # fmt: skip
        host = self.host(source="-", stdin=source.stdout)
        source.stdout.close()
        recording = self.folder / "recording.ts"
        viewer = self.view(host.ticket(), "--record", recording)
        viewer.wait_pictures()
        self.assert_exit(host, DONE)
        self.assert_exit(viewer, DONE)
        kinds = media.tracks(recording)
        self.assertEqual([kind for kind, _ in kinds].count("video"), 1, kinds)
        self.assertEqual([language for kind, language in kinds if kind == "audio"], languages)
        self.assertEqual(media.picture_complaints(recording), "")

    def test_a_player_joins_a_passed_through_stream_without_a_complaint(self):
        host, _ = self.host_of()
        viewer = self.view(host.ticket())
        self.assertEqual(media.complaints(viewer.url(), "-t", "4"), "")

    def test_input_that_is_no_mpeg_ts_is_refused_before_anything_is_shared(self):
        picture = bytes(range(256)) * 4096
        for name, data in (("text", b"hello\n" * 20000), ("bytes", picture), ("short", b"G"), ("empty", b"")):
            with self.subTest(name):
                path = self.folder / name
                path.write_bytes(data)
                self.assert_refused(path, "MPEG-TS|standard input ended")

    def test_mpeg_ts_without_video_is_refused_before_anything_is_shared(self):
        needs("ffmpeg")
        path = self.folder / "sound.ts"
        command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=duration=300"]
        subprocess.run([*command, "-c:a", "mp2", "-b:a", "320k", str(path)], check=True)
        self.assert_refused(path, "video")

    def assert_refused(self, path, *parts):
        with path.open("rb") as data:
            host = self.lines(program(), "host", "--source", "-", "--bind", "127.0.0.1:0", stdin=data)
            self.assert_exit(host, COULD_NOT_START)
        self.assertEqual(host.all_lines(), [], "a ticket was printed")
        self.assertEqual(host.stderr().count("pixelpass: "), 1, host.stderr())
        self.assert_says(host.stderr(), *parts, "ffmpeg … -f mpegts")

"""The stream in files and pipes, as ffmpeg sees it."""

import subprocess

import media
from processes import until
from support import DONE, EndToEnd, program

RECORDED_SECONDS = 6


class Streams(EndToEnd):
    def test_ffmpeg_decodes_ten_seconds_of_the_url_without_a_complaint(self):
        _, viewer = self.host_and_viewer()
        self.assertEqual(media.complaints(viewer.url(), "-t", "10"), "")

    def test_a_recording_is_h264_and_aac_and_decodes_without_a_complaint(self):
        recording = self.folder / "recording.ts"
        host = self.host()
        viewer = self.view(host.ticket(), "--record", recording, "--seconds", RECORDED_SECONDS)
        self.assert_exit(viewer, DONE)
        self.assertEqual(media.complaints(recording), "")
        streams = media.probe(recording)
        video, audio = streams["video"], streams["audio"]
        self.assertEqual((video["codec_name"], audio["codec_name"]), ("h264", "aac"))
        self.assertEqual((video["width"], video["height"]), (1280, 720))
        self.assertEqual(video["pix_fmt"], "yuv420p")
        self.assertEqual(video["r_frame_rate"], "30/1")
        self.assertGreater(int(video["nb_read_frames"]), 30 * RECORDED_SECONDS // 2)
        self.assertGreater(int(audio["nb_read_frames"]), 30)

    def test_without_audio_only_the_picture_is_sent(self):
        recording = self.folder / "recording.ts"
        host = self.host("--audio", "none")
        self.assertEqual(host.wait("sharing")["audio"], "none")
        self.assert_exit(self.view(host.ticket(), "--record", recording, "--seconds", 3), DONE)
        self.assertEqual(media.complaints(recording), "")
        self.assertEqual(set(media.probe(recording)), {"video"})

    def test_size_and_frame_rate_are_those_asked_for(self):
        recording = self.folder / "recording.ts"
        host = self.host("--size", "640x360", "--fps", "25")
        self.assert_exit(self.view(host.ticket(), "--record", recording, "--seconds", 3), DONE)
        video = media.probe(recording)["video"]
        self.assertEqual((video["width"], video["height"]), (640, 360))
        self.assertEqual(video["r_frame_rate"], "25/1")

    def test_standard_output_carries_a_stream_that_ffmpeg_decodes(self):
        piped = self.folder / "piped.ts"
        host = self.host()
        with piped.open("wb") as out:
            command = [program(), "view", "--player", "none", "--stdout", "--seconds", "5", host.ticket()]
            viewer = self.process(*command, stdout=out)
            self.assert_exit(viewer, DONE)
        self.assertEqual(media.complaints(piped), "")
        self.assertGreater(int(media.probe(piped)["video"]["nb_read_frames"]), 60)

    def test_a_viewer_ends_cleanly_when_nobody_reads_its_standard_output_any_more(self):
        host = self.host()
        command = [program(), "view", "--player", "none", "--stdout", host.ticket()]
        viewer = self.process(*command, stdout=subprocess.PIPE)
        self.assertEqual(viewer.stdout.read(media.TS_PACKET)[0], 0x47)
        viewer.stdout.close()
        self.assert_exit(viewer, DONE)

    def test_a_recording_grows_while_the_viewer_watches(self):
        recording = self.folder / "recording.ts"
        _ = self.view(self.host().ticket(), "--record", recording)
        until(lambda: recording.exists() and recording.stat().st_size > 1_000_000, "a megabyte recorded")

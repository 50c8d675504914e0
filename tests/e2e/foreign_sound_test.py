"""Sound of all kinds in what somebody else has encoded (`--source -`): it is heard, or said to be missing."""

import signal
import socket
import subprocess

import media
from decoding import listen
from processes import until
from stdin_test import ffmpeg_stream
from support import EndToEnd, free_port

TONE, LOUD = 440, -40

PASSED = {
    "MP2": ["mp2"],
    "AC-3": ["ac3"],
    "E-AC-3": ["eac3"],
    "Opus": ["libopus"],
    "AAC in LATM": ["aac", "-mpegts_flags", "latm"],
}
IN_CONTAINERS = ("MP2", "AC-3")
NOT_FOR_VIEWERS = {
    "DTS sound": ["dca", "-strict", "-2"],
    "TrueHD sound": ["truehd", "-strict", "-2"],
    "LPCM sound": ["pcm_bluray", "-mpegts_m2ts_mode", "1"],
}


class ForeignSound(EndToEnd):
    def host_of(self, codec, *arguments):
        source = self.process(*ffmpeg_stream("-t", "60", "-ar", "48000", "-ac", "2", "-c:a", *codec),
                              stdout=subprocess.PIPE)
        host = self.host(*arguments, source="-", stdin=source.stdout)
        source.stdout.close()
        self.addCleanup(source.signal, signal.SIGKILL)
        return host

    def assert_heard(self, url):
        listen(self, url, TONE).wait_run(lambda heard: heard[TONE] > LOUD, 5, f"the tone from {url}")

    def engine(self):
        """Listens as a server would. Its sound, and where the host finds it."""
        port = free_port(socket.SOCK_STREAM)
        return listen(self, f"tcp://127.0.0.1:{port}?listen=1", TONE), f"tcp://127.0.0.1:{port}"

    def test_a_player_and_an_engine_hear_each_kind_that_is_known(self):
        for kind, codec in PASSED.items():
            with self.subTest(kind):
                sound, target = self.engine()
                host = self.host_of(codec, "--publish", target)
                self.assert_heard(self.view(host.ticket()).url())
                sound.wait_run(lambda heard: heard[TONE] > LOUD, 5, "the tone at the engine", after=0)
                self.assertEqual(host.events("notice"), [])

    def test_an_engine_gets_also_what_viewers_do_not(self):
        sound, target = self.engine()
        self.host_of(NOT_FOR_VIEWERS["DTS sound"], "--publish", target)
        sound.wait_run(lambda heard: heard[TONE] > LOUD, 5, "the tone at the engine", after=0)

    def test_what_viewers_do_not_get_is_named_once(self):
        for kind, codec in NOT_FOR_VIEWERS.items():
            with self.subTest(kind):
                host = self.host_of(codec)
                viewer, recording = self.recording_viewer(host, "ts")
                self.assertEqual(list(media.probe(recording)), ["video"])
                self.assertEqual(viewer.events("notice"), [])
                self.assertEqual([event["what"] for event in host.events("notice")],
                                 [f"of what comes on standard input viewers get the picture alone, not: {kind}"])

    def recording_viewer(self, host, ending):
        """One that has recorded for a while."""
        recording = self.folder / f"{host.pid}.{ending}"
        viewer = self.view(host.ticket(), "--record", recording)
        until(lambda: recording.exists() and recording.stat().st_size > 200000, "pictures in the recording")
        viewer.signal(signal.SIGINT)
        viewer.exit_code()
        viewer.all_lines()
        return viewer, recording

    def test_a_recording_has_it_or_says_that_it_lacks_it(self):
        for kind, codec in PASSED.items():
            for ending in ("mkv", "mp4"):
                with self.subTest(f"{kind} in .{ending}"):
                    viewer, recording = self.recording_viewer(self.host_of(codec), ending)
                    has = media.probe(recording)
                    said = [event["what"] for event in viewer.events("notice")]
                    if kind in IN_CONTAINERS:
                        self.assertGreater(int(has["audio"]["nb_read_frames"]), 10)
                        self.assertEqual(said, [])
                    else:
                        self.assertNotIn("audio", has)
                        self.assertEqual(
                            said, [f"the recording is without sound of a kind that pixelpass cannot put into .{ending}"])

"""A stream that an engine takes: nobody watches, and ffmpeg listens as a server would."""

import os
import signal
import socket
import time

import media
from decoding import listen, watch
from processes import until
from support import COULD_NOT_START, INTERRUPTED, EndToEnd, free_port, needs

BARS = [(255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255)]
TOLERANCE = 40  # a channel: the colour matrix that a player assumes, and the encoder
TONE, LOUD = 440, -40
PASSPHRASE = "a-secret-of-ours"


def bar_of(colour):
    """The test picture's bar that it is of; None: none, an edge for example."""
    near = [bar for bar in BARS if all(abs(a - b) <= TOLERANCE for a, b in zip(colour, bar))]
    return near[0] if near else None


class Publish(EndToEnd):
    def test_engines_get_picture_and_sound_without_a_viewer_and_no_secret_is_shown(self):
        needs("ffmpeg")
        if "srt" not in media.output_of(["ffmpeg", "-v", "error", "-protocols"])[1].split():
            self.skipTest("this ffmpeg knows no SRT")
        srt, tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        pictures = watch(self, f"srt://127.0.0.1:{srt}?mode=listener&passphrase={PASSPHRASE}", (320, 180))
        sound = listen(self, f"tcp://127.0.0.1:{tcp}?listen=1", TONE)
        host = self.host("--size", "320x180", "--publish", f"srt://127.0.0.1:{srt}?passphrase={PASSPHRASE}",
                         "--publish", f"tcp://localhost:{tcp}")
        targets = {f"srt://127.0.0.1:{srt}", f"tcp://localhost:{tcp}"}
        until(lambda: {e["target"] for e in host.events("publishing")} == targets, "both engines are there")
        seen = set()
        # The bars pass by.
        pictures.wait(lambda colour: seen.add(bar_of(colour)) or len(seen - {None}) >= 4, "the bars")
        sound.wait_run(lambda heard: heard[TONE] > LOUD, 5, "the tone")
        host.wait("stats", where=lambda e: all(p["bitrate_bps"] > 0 for p in e["publishes"]))
        self.assertEqual(host.events("paused")[1:], [], "it plays for them alone")
        status = self.run_pixelpass("status", "--host", str(host.pid)).stdout  # other tests have hosts, too
        self.assertIn(f"srt://127.0.0.1:{srt}  publishing", status)
        sound.signal(9)
        # It may have been called before it listened, too.
        ended = "gets no stream: it has ended the connection"
        host.wait("publish_failed", where=lambda e: e["target"].startswith("tcp") and ended in e["what"])
        host.signal(2)
        self.assert_exit(host, INTERRUPTED)
        self.assertNotIn("secret", "".join(host.lines) + host.stderr())

    def srt_place(self):
        needs("ffmpeg")
        if "srt" not in media.output_of(["ffmpeg", "-v", "error", "-protocols"])[1].split():
            self.skipTest("this ffmpeg knows no SRT")
        return f"srt://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"

    def assert_moves(self, pictures):
        """The bars pass by, from now on."""
        seen = set()
        pictures.wait(lambda colour: seen.add(bar_of(colour)) or len(seen - {None}) >= 4, "the bars", pictures.mark())

    def assert_lost_once(self, host, url):
        """It was told of when it had gone, of each reason once, and when it was back."""
        said = [e for e in host.events() if e["event"] in ("publishing", "publish_failed")]
        # It may have been called before it listened, too.
        there = [i for i, e in enumerate(said) if e["event"] == "publishing"]
        self.assertEqual(len(there), 2, host.story())
        reasons = [e["what"] for e in said[there[0] + 1:there[1]]]
        self.assertEqual(len(reasons), len(set(reasons)), reasons)
        self.assertEqual(reasons[0], f"{url} gets no stream: it has ended the connection")
        self.assertEqual(host.events("notice"), [])

    def test_an_srt_engine_that_is_killed_gets_the_stream_when_it_is_there_again(self):
        url = self.srt_place()
        engine = watch(self, f"{url}?mode=listener", (320, 180))
        host = self.host("--size", "320x180", "--publish", url)
        self.assert_moves(engine)
        at = host.mark()
        engine.signal(signal.SIGKILL)
        host.wait("publish_failed", after=at)
        self.assert_moves(watch(self, f"{url}?mode=listener", (320, 180)))
        host.wait("publishing", after=at)
        self.assert_lost_once(host, url)

    def test_an_srt_engine_that_stands_still_for_ten_seconds_gets_the_stream_again(self):
        url = self.srt_place()
        received = self.folder / "received"
        os.mkfifo(received)
        engine = self.process(needs("gst-launch-1.0"), "-q", "srtsrc", f"uri={url}?mode=listener", "keep-listening=true",
                              "!", "filesink", "buffer-mode=unbuffered", f"location={received}")
        pictures = watch(self, received, (320, 180))
        host = self.host("--size", "320x180", "--publish", url)
        self.assert_moves(pictures)
        at = host.mark()
        engine.signal(signal.SIGSTOP)
        time.sleep(10)
        engine.signal(signal.SIGCONT)
        host.wait("publishing", after=at)
        self.assert_moves(pictures)
        self.assert_lost_once(host, url)

    def test_an_engine_over_whip_decodes_picture_and_sound_and_is_told_of_the_end(self):
        engine = self.lines(os.environ["PIXELPASS_WHIP_ENGINE"])
        url = engine.wait_line(lambda line: line.startswith("listens ") and line.split()[1])
        place = url.split("/")[2]
        host = self.host("--size", "320x180", "--publish", f"http://secret-token@{place}/screen/whip")
        host.wait("publishing", where=lambda e: e["target"] == f"http://{place}")
        engine.wait_line(lambda line: line == "asked POST Bearer secret-token")
        engine.wait_line(lambda line: line.startswith("decoded") and all(int(n) > 60 for n in line.split()[1:]))
        self.assertEqual(host.events("paused")[1:], [], "it plays for it alone")
        host.signal(2)
        self.assert_exit(host, INTERRUPTED)
        engine.wait_line(lambda line: line == "asked DELETE Bearer secret-token")
        self.assertNotIn("secret", "".join(host.lines) + host.stderr())

    def test_what_whip_lacks_is_named_before_anything_is_shared(self):
        result = self.run_pixelpass("host", "--source", "test", "--publish", "https://a-secret-one@127.0.0.1:9/whip",
                                    env=self.without_plugins("libgstnice.so"))
        self.assert_fails(result, COULD_NOT_START, "lacks nicesink", "nice")
        self.assertNotIn("secret", result.stderr)

    def test_what_gstreamer_lacks_is_named_before_anything_is_shared(self):
        result = self.run_pixelpass("host", "--source", "test", "--publish", "srt://127.0.0.1:9?passphrase=a-secret-one",
                                    env=self.without_plugins("libgstsrt.so"))
        self.assert_fails(result, COULD_NOT_START, "lacks srtsink", "plugins-bad")
        self.assertNotIn("secret", result.stderr)

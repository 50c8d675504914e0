"""Fifty viewers come and go within a few seconds, and one watches on: gets pictures while they are there, and all of
them in the end. How late these are is not looked at: it is the machine's, which starts fifty programs."""

import signal
import subprocess

import media
from processes import until
from stdin_test import ffmpeg_stream, is_table
from support import INTERRUPTED, EndToEnd

GUESTS, AT_ONCE = 50, 10
# What is late is not left out.
PATIENT = ("--latency", "10s")
LONG = ("-t", "3600")  # seconds: it is ended


def gaps(packets):
    """Where packets of one stream do not follow one another, or are said not to (ISO/IEC 13818-1, 2.4.3.3 to 2.4.3.5)."""
    counters, found = {}, []
    for at, packet in enumerate(packets):
        has_adaptation, has_payload = packet[3] & 0x20, packet[3] & 0x10
        if has_adaptation and packet[4] > 0 and packet[5] & 0x80:
            found.append((at, media.pid(packet), "discontinuity"))
        if not has_payload:
            continue
        counter, before = packet[3] & 0x0F, counters.get(media.pid(packet))
        if before is not None and counter != (before + 1) % 16:
            found.append((at, media.pid(packet), before, counter))
        counters[media.pid(packet)] = counter
    return found


class Storm(EndToEnd):
    def watcher(self, host):
        """Who watches from before to after, and the file of all that they got."""
        recording = self.folder / "watched.ts"
        viewer = self.view(host.ticket(), "--record", recording, *PATIENT)
        viewer.wait_pictures()
        return viewer, recording

    def storm(self, host, recording):
        """As fast as the machine starts and ends programs; more is recorded each time that they are all there."""
        ticket = host.ticket()
        for _ in range(GUESTS // AT_ONCE):
            guests = [self.view(ticket) for _ in range(AT_ONCE)]
            for guest in guests:
                guest.wait("connected")
            before = recording.stat().st_size
            until(lambda before=before: recording.stat().st_size > before, "more for who watches on, while guests are there")
            for guest in guests:
                guest.signal(signal.SIGINT)
            for guest in guests:
                self.assert_exit(guest, INTERRUPTED)
        until(lambda: len(host.events("viewer_joined")) == GUESTS + 1, "an event of each that joined")

    def assert_untouched(self, host, viewer, recording):
        viewer.wait_pictures(after=viewer.mark())
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertEqual(viewer.events("reconnecting"), [])
        self.assertEqual(viewer.events("stats")[-1]["skipped_groups"], 0)
        host.wait("viewer_left", lambda e: e["viewer"] == 1)
        skipped = [one["skipped_groups"] for e in host.events("stats") for one in e["viewers"] if one["viewer"] == 1]
        self.assertEqual(max(skipped), 0)
        self.assertEqual(gaps(media.packets(recording)), [])
        self.assertEqual(media.complaints(recording), "")

    def test_who_watches_loses_nothing_of_an_encoders_picture_while_fifty_come_and_go(self):
        host = self.host("--size", "320x180", "--bitrate", "300k", "--max-viewers", GUESTS + 1)
        viewer, recording = self.watcher(host)
        self.storm(host, recording)
        self.assert_untouched(host, viewer, recording)

    def test_who_watches_gets_each_packet_of_a_stream_while_fifty_come_and_go(self):
        sent = self.folder / "sent.ts"
        source = self.process(*ffmpeg_stream(*LONG), stdout=subprocess.PIPE)
        tee = self.process("tee", sent, stdin=source.stdout, stdout=subprocess.PIPE)
        host = self.host("--max-viewers", GUESTS + 1, source="-", stdin=tee.stdout)
        source.stdout.close()
        tee.stdout.close()
        viewer, recording = self.watcher(host)
        self.storm(host, recording)
        self.assert_untouched(host, viewer, recording)
        source.signal(signal.SIGKILL)
        tee.exit_code()
        sent = [packet for packet in media.packets(sent) if not is_table(packet)]
        got = [packet for packet in media.packets(recording) if not is_table(packet)]
        first = sent.index(got[0])
        self.assertTrue(got == sent[first : first + len(got)], "other packets than were sent")

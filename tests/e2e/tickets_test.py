"""Tickets: every form that is good, every one that is not."""

import json
import os
import pathlib
import time

import media
from support import DONE, REFUSED, USAGE, EndToEnd, program

# The promise is one second; a machine with other things to do gets a few more.
AT_ONCE = 5.0


def change(ticket, at):
    """Another letter of the same alphabet in one place."""
    return ticket[:at] + ("b" if ticket[at] == "a" else "a") + ticket[at + 1 :]


def of_later_version(ticket):
    """Version 9 in the first byte behind the prefix, with the checksum that belongs to it."""
    return rewritten(ticket, lambda body: b"\x09" + body[1:])


def that_expired(ticket, hours):
    """As a viewer sees it whose clock is ahead: the host, which knows its own expiry, does not."""
    # Behind version, length, key, secret and flags.
    at = 3 + 32 + 16 + 1
    expiry = (int(time.time()) - hours * 3600).to_bytes(4, "big")
    return rewritten(ticket, lambda body: body[:at] + expiry + body[at + 4 :])


def rewritten(ticket, change_body):
    """With another body, and the checksum that belongs to it."""
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    bits = "".join(f"{alphabet.index(char):05b}" for char in ticket[3:])
    frame = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))
    body = change_body(frame[:-4])
    frame = body + crc32c(body).to_bytes(4, "big")
    bits = "".join(f"{byte:08b}" for byte in frame)
    bits += "0" * (-len(bits) % 5)
    return ticket[:3] + "".join(alphabet[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def crc32c(data):
    """Castagnoli's polynomial, reflected."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Tickets(EndToEnd):
    def assert_refused(self, ticket, code, *parts):
        said = self.end(self.view(ticket), code)
        self.assertEqual([one["event"] for one in said], ["error"])
        self.assertEqual(said[0]["exit_code"], code)
        self.assertTrue(said[0]["hint"])
        self.assert_says(said[0]["what"], *parts)

    def end(self, viewer, code):
        self.assertEqual(viewer.exit_code(AT_ONCE), code, viewer.story())
        return [json.loads(line) for line in viewer.all_lines()]

    def assert_expired(self, ticket):
        """The host judges; the viewer has said what its own clock says."""
        said = self.end(self.view(ticket), REFUSED)
        notices = [one for one in said if one["event"] == "notice"]
        self.assertEqual(len(notices), 1, said)
        self.assert_says(json.dumps(notices[0]), "by this machine's clock the ticket expired", "clock")
        error = next(one for one in said if one["event"] == "error")
        self.assertEqual(error["exit_code"], REFUSED)
        self.assert_says(error["what"], "expired by the host's clock")

    def test_a_damaged_ticket_is_called_damaged_at_once(self):
        ticket = self.host().ticket()
        for at in (3, 20, len(ticket) // 2, len(ticket) - 5):
            self.assert_refused(change(ticket, at), USAGE, "ticket")
        self.assert_refused(change(ticket, 40), USAGE, "damaged")

    def test_a_ticket_without_its_end_is_called_cut_off_at_once(self):
        ticket = self.host().ticket()
        for length in (len(ticket) - 1, len(ticket) // 2, 12):
            self.assert_refused(ticket[:length], USAGE, "end of the ticket is missing")

    def test_text_that_is_no_ticket_is_called_so_at_once(self):
        for text in ("hello", "https://example.org/pp", "a" * 200):
            self.assert_refused(text, USAGE, "not a pixelpass ticket")

    def test_a_ticket_of_a_later_version_asks_for_an_update_at_once(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assert_refused(of_later_version(self.host().ticket()), USAGE, "later version")

    def test_an_expired_ticket_is_refused_at_once_with_a_code_of_its_own(self):
        host = self.host("--expires", "1s")
        said = host.wait("ticket")
        host.wait_stats(3)
        self.assertIsInstance(said["expires_at"], int)
        self.assert_expired(said["ticket"])

    def test_a_viewer_whose_clock_is_ahead_is_warned_and_watches(self):
        viewer = self.view(that_expired(self.host().ticket(), hours=9))
        self.assert_says(viewer.wait("notice")["what"], "by this machine's clock the ticket expired 9 h ago")
        viewer.wait_pictures()

    def test_a_viewer_whose_clock_is_apart_from_the_host_s_is_told_so_once_and_watches(self):
        ticket = self.host("--expires", "8h").ticket()
        viewer = self.view(ticket, env=self.with_clock_ahead(11 * 3600))
        self.assert_says(viewer.wait("notice")["what"], "by this machine's clock the ticket expired 3 h ago")
        self.assertAlmostEqual(viewer.wait("connected")["clock_ahead_ms"], 11 * 3600_000, delta=60_000)
        viewer.wait_pictures()
        said = [one["what"] for one in viewer.events("notice")]
        self.assertEqual(said[1:], ["your clock is 11 h ahead of the host's"])
        viewer = self.view(ticket, env=self.with_clock_ahead(-11 * 3600))
        viewer.wait_pictures()
        self.assertEqual([one["what"] for one in viewer.events("notice")], ["your clock is 11 h behind the host's"])

    def test_a_viewer_whose_clock_is_right_hears_nothing_of_clocks(self):
        viewer = self.view(self.host().ticket())
        self.assertLess(abs(viewer.wait("connected")["clock_ahead_ms"]), 60_000)
        viewer.wait_pictures()
        self.assertEqual(viewer.events("notice"), [])

    def test_a_refusal_of_an_expired_ticket_says_how_far_apart_the_clocks_are(self):
        host = self.host("--expires", "1s")
        host.wait_stats(3)
        viewer = self.view(host.ticket(), env=self.with_clock_ahead(-9 * 3600))
        said = self.end(viewer, REFUSED)
        error = next(one for one in said if one["event"] == "error")
        self.assert_says(error["what"], "expired by the host's clock; your clock is 9 h behind the host's")

    def test_a_host_s_clock_that_is_put_back_makes_no_ticket_last_longer(self):
        host = self.host("--expires", "1s", env=self.with_clock_ahead(0))
        ticket = host.ticket()
        self.set_clock(-9 * 3600)
        host.wait_stats(3)
        said = self.end(self.view(ticket), REFUSED)
        error = next(one for one in said if one["event"] == "error")
        # It heard the clock that was put back.
        self.assert_says(error["what"], "expired by the host's clock; your clock is 9 h ahead of the host's")

    def test_a_host_s_clock_that_is_put_ahead_ends_no_ticket(self):
        host = self.host("--expires", "1h", env=self.with_clock_ahead(0))
        ticket = host.ticket()
        self.set_clock(9 * 3600)
        viewer = self.view(ticket)
        viewer.wait_pictures()
        self.assertEqual([one["what"] for one in viewer.events("notice")], ["your clock is 9 h behind the host's"])

    def with_clock_ahead(self, seconds):
        """The environment of a program whose wall clock is wrong."""
        self.set_clock(seconds)
        shims = os.environ.get("PIXELPASS_PORTAL_SHIMS")
        build = pathlib.Path(shims) if shims else pathlib.Path(program()).parent / "tests" / "e2e"
        # AddressSanitizer wants to be the first library; it works as the second as well.
        asan = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        return self.environment(LD_PRELOAD=build / "libshifted_clock.so", PIXELPASS_TEST_CLOCK=self.folder / "clock",
                                ASAN_OPTIONS=asan)

    def set_clock(self, ahead):
        """Of the programs that run with_clock_ahead. Whole at once: they read it all the time."""
        written = self.folder / "clock.written"
        written.write_text(f"{ahead}\n", encoding="utf-8")
        written.replace(self.folder / "clock")

    def test_a_viewer_that_watches_stays_when_the_ticket_expires(self):
        host = self.host("--expires", "4s")
        viewer = self.view(host.ticket())
        viewer.wait_stats(6, lambda e: e["fps"] > 0)
        self.assert_expired(host.ticket())
        viewer.wait_pictures(after=viewer.mark())

    def test_a_ticket_comes_from_standard_input(self):
        ticket = self.host().ticket()
        for text in (ticket + "\n", f"watch this:\n  pixelpass {ticket[:50]}\n{ticket[50:]}\n"):
            result = self.run_pixelpass("view", "--player", "none", "--seconds", "2", "-", text=text)
            self.assertEqual(result.returncode, DONE, result.stderr)
            self.assert_says(result.stderr, "first picture")

    def test_a_ticket_that_is_cut_off_on_standard_input_is_told_so_and_its_rest_waited_for(self):
        ticket = self.host().ticket()
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        viewer = self.pixelpass("view", "--player", "none", "-", stdin=reading)
        os.close(reading)
        os.write(writing, f"{ticket[:50]}\n".encode())
        self.assert_says(viewer.wait("notice")["what"], "end of the ticket is missing")
        os.write(writing, f"{ticket[50:]}\n".encode())
        viewer.wait_pictures()

    def test_a_ticket_comes_from_the_environment(self):
        env = self.environment(PIXELPASS_TICKET=self.host().ticket())
        result = self.run_pixelpass("view", "--player", "none", "--seconds", "2", env=env)
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assert_says(result.stderr, "first picture")

    def test_what_a_chat_adds_to_a_ticket_does_not_matter(self):
        ticket = self.host().ticket()
        link, quoted = f"pixelpass://{ticket}", f"“{ticket.upper()}”."
        broken = f" {ticket[:60]}\n> {ticket[60:]} "
        for form in (link, f"{link}/", quoted, broken):
            result = self.run_pixelpass("view", "--player", "none", "--seconds", "1", form)
            self.assertEqual(result.returncode, DONE, f"{form}\n{result.stderr}")

    def test_a_bare_ticket_prints_the_url_and_both_players_command_lines(self):
        ticket = self.host().ticket()
        for form in (ticket, f"pixelpass://{ticket}"):
            viewer = self.lines(program(), form)
            self.addCleanup(viewer.clean_up)
            self.wait_stderr(viewer, r"first picture")
            url = self.wait_stderr(viewer, r"http://127\.0\.0\.1:\d+/[0-9a-f]+\.ts")
            self.wait_stderr(viewer, rf"(?m)^\s*mpv .*{url}$")
            self.wait_stderr(viewer, rf"(?m)^\s*vlc .*{url}$")
            self.assertEqual(media.complaints(url, "-t", "1"), "")

    def test_no_ticket_at_all_is_a_usage_error(self):
        result = self.run_pixelpass("view", "--player", "none", "-", text="")
        self.assert_fails(result, USAGE, "ticket")
        result = self.run_pixelpass("view", "--player", "none")
        self.assert_fails(result, USAGE, "ticket")

"""The link for browsers, the page behind it, and a viewer that is a browser, without any: the program's own sockets, options
and processes. What browsers make of the page is told elsewhere."""

import pathlib
import shutil
import signal
import socket
import stat
import urllib.error
import urllib.request

from processes import DEADLINE, until
from support import COULD_NOT_START, INTERRUPTED, USAGE, EndToEnd, free_port

PAGE = pathlib.Path(__file__).resolve().parents[2] / "src/web/page.html"
SMALL = ("--size", "320x180", "--audio", "none")


def get(url):
    """Straight, whatever proxies the environment has."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=DEADLINE) as answer:
        return answer.headers, answer.read()


class Link(EndToEnd):
    def test_leads_to_the_page_and_carries_the_ticket(self):
        host = self.host(*SMALL)
        link = host.wait("link")
        page, ticket = link["url"].split("#")
        self.assertEqual(ticket, host.ticket())
        self.assertEqual(link["reach"], "network")
        self.assertIn(link["url"], link["urls"])
        headers, body = get(page)
        self.assertEqual(body, PAGE.read_bytes())
        self.assertIn(headers["Content-Security-Policy"].removesuffix("; frame-ancestors 'none'"), body.decode())
        self.assertEqual(headers["Cache-Control"], "no-store")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            get(page + "favicon.ico")
        self.assertEqual(refused.exception.code, 404)
        refused.exception.close()
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        with self.assertRaises(urllib.error.URLError):
            get(page)

    def test_leads_to_the_users_copy_with_each_new_ticket(self):
        host = self.host(*SMALL, "--page", "https://pages.example/watch")
        first = host.wait("link")
        self.assertEqual(first["url"], "https://pages.example/watch#" + host.ticket())
        self.assertEqual(first["reach"], "anywhere")
        host.wait("sharing")
        answer = self.run_pixelpass("ticket", "--new", "--host", str(host.pid), "--json")
        renewed = host.wait("link", lambda link: link["url"] != first["url"])
        self.assertIn(renewed["url"], answer.stdout)
        self.assertEqual(renewed["url"].split("#")[1], host.events("ticket")[-1]["ticket"])

    def test_is_left_out_with_no_web_and_nothing_listens(self):
        port = free_port()
        host = self.host(*SMALL, "--no-web", bind=f"127.0.0.1:{port}")
        host.ticket()
        self.host_says_more(host)
        self.assertEqual(host.events("link"), [])
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)

    def test_is_missed_with_a_word_where_another_program_has_the_port(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            host = self.host(*SMALL, bind="127.0.0.1:%d" % other.getsockname()[1])
            said = host.wait("notice", lambda notice: "TCP" in notice["what"])
            self.assert_says(said["what"], "browsers cannot get the page", "in use")
            self.assert_says(said["hint"], "--bind")
            self.view(host.ticket()).wait("first_frame")
            self.assertEqual(host.events("link"), [])

    def host_says_more(self, host):
        """What follows a ticket at once has come by then."""
        host.wait_stats(1)


class BrowserAsPlayer(EndToEnd):
    def setUp(self):
        super().setUp()
        self.programs = self.folder / "programs"
        self.programs.mkdir()
        for name in ("sh", "stat", "cp", "mv"):
            (self.programs / name).symlink_to(shutil.which(name))
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)

    def surroundings(self, **changes):
        return self.environment(
            **{"PATH": self.programs, "XDG_RUNTIME_DIR": self.runtime, "DISPLAY": ":77", "BROWSER": None, **changes})

    def install_opener(self, last_line="exit 0"):
        """Writes down how it was called, the file's mode and what is in it."""
        opener = self.programs / "xdg-open"
        opener.write_text(f'#!/bin/sh\ncp "$1" {self.folder}/page\nstat -c %a "$1" >{self.folder}/mode\n'
                          f'echo "$@" >{self.folder}/asked\nmv {self.folder}/asked {self.folder}/opened\n{last_line}\n',
                          encoding="utf-8")
        opener.chmod(0o700)

    def opened(self):
        return (self.folder / "opened").read_text(encoding="utf-8").strip()

    def test_gets_a_private_file_with_the_ticket_which_goes_at_the_end(self):
        self.install_opener()
        ticket = self.host(*SMALL).ticket()
        viewer = self.pixelpass("view", "--player", "browser", ticket, env=self.surroundings())
        viewer.wait("notice", lambda notice: "opened in your browser" in notice["what"])
        until((self.folder / "opened").exists, "an xdg-open that was called")
        file = pathlib.Path(self.opened())
        self.assertNotIn(ticket, str(file))
        self.assertEqual((self.folder / "mode").read_text(encoding="utf-8").strip(), "600")
        self.assertEqual(stat.S_IMODE(file.parent.stat().st_mode), 0o700)
        page = (self.folder / "page").read_text(encoding="utf-8")
        self.assertIn(f"content=\"0;url=#{ticket}\"", page)
        self.assertEqual(page.replace(f"<meta http-equiv=\"refresh\" content=\"0;url=#{ticket}\">\n", "", 1),
                         PAGE.read_text(encoding="utf-8"))
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertFalse(file.exists())

    def test_that_cannot_be_opened_ends_with_one_error_and_what_helps(self):
        ticket = self.host(*SMALL).ticket()
        missing = self.run_pixelpass("view", "--player", "browser", ticket, env=self.surroundings())
        self.assert_fails(missing, COULD_NOT_START, "xdg-open is not installed", "xdg-utils", "BROWSER=")
        self.install_opener("exit 4")
        refused = self.run_pixelpass("view", "--player", "browser", ticket, env=self.surroundings())
        self.assertEqual(refused.returncode, COULD_NOT_START, refused.stderr)
        self.assert_says(refused.stderr, r"xdg-open could not open a browser \(exit code 4\)")
        recorded = self.run_pixelpass("view", "--player", "browser", "--record", "film.ts", ticket, env=self.surroundings())
        self.assert_fails(recorded, USAGE, "a browser shows the stream by itself", "--player none")

"""A browser in another home, with the page from its own disk: the ticket is all that it knows of the host."""

import pathlib

from browsers import Chromium, Firefox
from expectations import ASKS_FOR_ADDRESSES, DIRECT, RELAYED
from laboratory import SERVERS
from shares import Shares
from support import DONE, program
from watched_page import WatchedPage

PAGE = pathlib.Path(__file__).resolve().parents[2] / "src/web/page.html"


class Browsers(Shares):
    def watch_by(self, kind, host, **how):
        """The newest ticket that the host has printed."""
        host.ticket()
        page = WatchedPage(kind(self, self.on("view"), **how))
        page.open(f"{PAGE.as_uri()}#{host.events('ticket')[-1]['ticket']}")
        return page

    def assert_watched(self, page, host, path):
        page.wait_pictures()
        self.assertEqual(host.wait("viewer_joined")["path"], path)

    def watch_from_behind_another_nat(self, kind):
        self.laboratory(host="full", view="port")
        host = self.share("--stun", "11.0.0.11")
        host.wait("ticket", lambda e: e["reachability"] != "lan")
        self.assert_watched(self.watch_by(kind, host), host, DIRECT)

    def test_a_host_that_lets_anybody_in_is_reached_from_behind_another_nat_by_chromium(self):
        self.watch_from_behind_another_nat(Chromium)

    def test_a_host_that_lets_anybody_in_is_reached_from_behind_another_nat_by_firefox(self):
        self.watch_from_behind_another_nat(Firefox)

    def watch_while_a_nat_forgets(self, kind):
        """Where the browser is then, the host hears from its reports."""
        self.laboratory(host="open", view="sym")
        host = self.share()
        page = self.watch_by(kind, host)
        page.wait_pictures()
        joined = host.wait("viewer_joined")
        at = host.mark()
        self.lab["natB"].forget_mappings()
        moved = host.wait("path_changed", after=at)
        self.assertEqual(moved["viewer"], joined["viewer"])
        page.wait_pictures()
        self.assertEqual(host.events("viewer_left"), [])

    def test_a_nat_that_forgets_its_mapping_gives_chromium_another_port_and_the_picture_goes_on(self):
        self.watch_while_a_nat_forgets(Chromium)

    def test_a_nat_that_forgets_its_mapping_gives_firefox_another_port_and_the_picture_goes_on(self):
        self.watch_while_a_nat_forgets(Firefox)

    def tell_who_is_left_behind(self, kind):
        """Most viewers' lines carry the picture, so that it does not follow the one that does not."""
        self.laboratory(host="open", emulated=True)
        line = self.lab.links["view"]
        line.set("delay=10", "rate=20", "queue=200")
        host = self.share("--bitrate", "6M", "--max-viewers", "3")
        for _ in range(2):
            self.watch(host, node="near").wait_pictures()
        page = self.watch_by(kind, host)
        page.wait_pictures()
        line.set("rate=0.6")
        page.wait_status("too slow for the whole picture")
        line.set("rate=20")
        page.wait_status("too slow for the whole picture", is_said=False)
        page.wait_pictures()

    def test_chromium_is_told_that_its_line_is_too_slow_for_what_most_get_until_it_is_not(self):
        self.tell_who_is_left_behind(Chromium)

    def test_firefox_is_told_that_its_line_is_too_slow_for_what_most_get_until_it_is_not(self):
        self.tell_who_is_left_behind(Firefox)

    def watch_over_a_relay(self, kind):
        self.laboratory(host="sym", view="sym")
        recorder = self.recorder()
        host = self.share(*self.start_relay())
        self.assert_watched(self.watch_by(kind, host), host, RELAYED)
        self.assert_sent_only_to_those_concerned(recorder)

    def test_chromium_watches_over_a_relay_where_no_other_way_leads(self):
        self.watch_over_a_relay(Chromium)

    def test_firefox_watches_over_a_relay_where_no_other_way_leads(self):
        self.watch_over_a_relay(Firefox)

    def test_ipv6_alone_is_enough(self):
        # Without a way to IPv4 Chromium looks for none to IPv6 in here.
        self.laboratory(ipv4=False, ipv6=True, firewalls6=("view",))
        host = self.share()
        self.assert_watched(self.watch_by(Firefox, host), host, DIRECT)

    def watch_by_a_code(self, kind, **how):
        self.laboratory(host="port", view="port")
        host = self.share_for_replies(*ASKS_FOR_ADDRESSES)
        host.wait("ticket", lambda e: e["reachability"] != "lan")
        page = self.watch_by(kind, host, **how)
        page.wait_state("reply")
        code = page.browser.js("return document.getElementById('code').textContent")
        handed = self.lines(*self.on("host"), program(), "reply", code, env=self.at_home)
        self.assert_exit(handed, DONE)
        page.press("go")
        self.assert_watched(page, host, DIRECT)

    def test_a_code_that_the_page_shows_lets_chromium_in_where_neither_router_lets_anybody_in(self):
        # It looks for these names nowhere but in the DNS.
        self.watch_by_a_code(Chromium, options=[f"--host-resolver-rules=MAP stun* {SERVERS[1]}"])

    def test_a_code_that_the_page_shows_lets_firefox_in_where_neither_router_lets_anybody_in(self):
        self.watch_by_a_code(Firefox)

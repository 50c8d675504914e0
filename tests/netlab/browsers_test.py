"""A browser in another home, with the page from its own disk: the ticket is all that it knows of the host."""

import pathlib

from browsers import Chromium, Firefox
from expectations import DIRECT, RELAYED
from shares import Shares
from watched_page import WatchedPage

PAGE = pathlib.Path(__file__).resolve().parents[2] / "src/web/page.html"


class Browsers(Shares):
    def watch_by(self, kind, host):
        """The newest ticket that the host has printed."""
        host.ticket()
        page = WatchedPage(kind(self, self.on("view")))
        page.open(f"{PAGE.as_uri()}#{host.events('ticket')[-1]['ticket']}")
        return page

    def assert_watched(self, page, host, path):
        page.wait_pictures()
        self.assertEqual(host.wait("viewer_joined")["path"], path)

    def test_a_host_that_lets_anybody_in_is_reached_from_behind_another_nat(self):
        self.laboratory(host="full", view="port")
        host = self.share("--stun", "11.0.0.11")
        host.wait("ticket", lambda e: e["reachability"] != "lan")
        self.assert_watched(self.watch_by(Chromium, host), host, DIRECT)

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

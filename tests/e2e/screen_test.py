"""What is on a Wayland screen arrives: through the real portal, to decoded pictures."""

import signal

import timecode
from desktop import BACKGROUND, OUTPUT
from pictures import colour
from portal import BACKEND
from processes import until
from screens import HEIGHT, LEVELS, SMALL, WIDTH, OnDesktop
from support import COULD_NOT_START, DONE, INTERRUPTED, PROMPT

BARS = ["videotestsrc", "pattern=smpte100", "is-live=true", "!",
        f"video/x-raw,format=BGRx,width={WIDTH},height={HEIGHT},framerate=30/1"]
CELL = 16
OWNER = "pixelpass.owner"  # the mark on what is ours in PipeWire
ORANGE, GREEN, VIOLET = "#e08020", "#20a040", "#8040c0"


def flat_places(picture, step=16, around=12):
    return [(x, y) for y in range(around, picture.height - around, step)
            for x in range(around, picture.width - around, step) if picture.flat(x, y, around)]


def worst_difference(picture, reference, places):
    """In levels of one channel, and where."""
    return max(
        (abs(a - b), place)
        for place in places
        for a, b in zip(picture.colour(*place), reference.colour(*place))
    )


class Screen(OnDesktop):
    SIZE = SMALL

    def test_colours_arrive_as_a_screenshot_has_them(self):
        self.desktop.show(*BARS)
        viewer = self.view(self.share().ticket())
        reference = until(lambda: (shot := self.desktop.screenshot()).colour(0, 0) != colour(BACKGROUND) and shot,
                          "the window on the screen")
        places = flat_places(reference)
        self.assertGreater(len(places), 400)
        pictures = self.watch(viewer, lambda picture: worst_difference(picture, reference, places))
        pictures.wait_run(lambda seen: seen[0] <= LEVELS, 10, f"ten pictures in a row within {LEVELS} levels", 0)

    def test_a_still_screen_arrives_and_its_changes_follow(self):
        viewer = self.view(self.share().ticket())
        pictures = self.watch(viewer)
        self.wait_screen(pictures)
        for text in (VIOLET, GREEN):
            at = pictures.mark()
            self.desktop.background(text)
            self.wait_picture(pictures, colour(text), after=at)
        # And nothing older comes after it.
        pictures.wait_run(lambda seen: all(abs(a - b) <= LEVELS for a, b in zip(seen, colour(GREEN))), 30,
                          "thirty pictures in a row of the newest colour")

    def test_who_joins_a_still_screen_late_sees_it_at_once(self):
        host = self.share()
        first = self.watch(self.view(host.ticket()))
        self.wait_screen(first)
        at = first.mark()
        self.desktop.background(VIOLET)
        self.wait_picture(first, colour(VIOLET), after=at)
        second = self.watch(self.view(host.ticket()))
        self.wait_picture(second, colour(VIOLET), after=0)
        at, second_at = first.mark(), second.mark()
        self.desktop.background(GREEN)
        self.wait_picture(first, colour(GREEN), after=at)
        self.wait_picture(second, colour(GREEN), after=second_at)

    def test_a_moving_screen_never_goes_back_in_time(self):
        timecode.show(self.desktop, 30, CELL)
        viewer = self.view(self.share().ticket())
        began = timecode.now()
        pictures = self.watch(viewer, lambda picture: timecode.read(picture, CELL))
        codes = lambda: [code for code in pictures.seen if code is not None]
        until(lambda: len(codes()) > 90, "three seconds of readable pictures")
        for earlier, later in zip(codes(), codes()[1:]):
            self.assertLessEqual(timecode.since(earlier, later), 60_000)
            self.assertGreaterEqual(timecode.since(earlier, later), 0, "an older picture after a newer one")
        # The first one is of after the viewer's start, or the picture that was last known then: none of before.
        self.assertGreater(len(set(codes())), 45)
        self.assertLess(timecode.since(codes()[-1]), 5_000, "the newest picture is old")
        self.assertGreater(timecode.since(began, codes()[-1]), 0)

    def test_a_viewer_that_leaves_and_one_that_comes_ask_nobody(self):
        host = self.share("--log-level", "debug")
        first = self.view(host.ticket())
        self.wait_screen(self.watch(first))
        self.assertEqual(self.desktop.portal.dialogs(), 1)
        # Whoever asked again would be told no.
        self.desktop.portal.answer("cancel")
        at = host.mark()
        first.signal(signal.SIGINT)
        self.assert_exit(first, INTERRUPTED)
        host.wait("paused", after=at)
        until(lambda: not self.recorder(), "the end of the capture while nobody watches")
        resting = host.wait_stats(3)
        self.assertEqual(resting["encode_fps"], 0)
        self.desktop.background(VIOLET)
        pictures = self.watch(self.view(host.ticket()))
        # What begins to capture an output of sway's may not be told what is on it before something changes there.
        self.desktop.show("videotestsrc", "is-live=true", "!", "video/x-raw,framerate=5/1", at=(0, 0), size=(64, 48))
        self.wait_picture(pictures, colour(VIOLET), after=0)
        self.assertTrue(self.recorder())
        self.assertEqual(self.desktop.portal.dialogs(), 1)
        print(f"host while nobody watches: {resting['cpu_percent']} % of a core")

    def test_a_host_is_paused_before_anybody_watches(self):
        host = self.share()
        host.wait("paused")
        until(lambda: not self.recorder(), "a stream that rests")

    def test_auto_takes_the_portal_on_wayland(self):
        self.assertEqual(self.share(source="auto").wait("sharing")["source"], "portal")

    def test_a_new_mode_goes_on_in_its_size(self):
        host = self.share()
        pictures = self.watch(self.view(host.ticket()))
        self.wait_screen(pictures)
        at = host.mark()
        self.desktop.resize(800, 600)
        # A new mode alone is no picture to the portal of sway 1.10, as long as nothing changes.
        self.wait_screen(pictures)
        host.wait("sharing", lambda event: (event["width"], event["height"]) == (800, 600), after=at)
        self.assertEqual(self.desktop.portal.dialogs(), 1)


class Agreement(OnDesktop):
    """What the user has agreed to, and what not."""

    SIZE = SMALL

    def stop(self, host):
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)

    def saved(self):
        folder = self.desktop.path("XDG_STATE_HOME") / "pixelpass"
        return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []

    def start_and_stop(self):
        host = self.share()
        host.wait("paused")
        self.stop(host)

    def test_a_second_start_asks_nothing_and_only_the_user_can_read_why(self):
        self.start_and_stop()
        self.assertEqual(self.desktop.portal.dialogs(), 1)
        (token,) = self.saved()
        self.assertEqual((token.stat().st_mode & 0o777, token.parent.stat().st_mode & 0o777), (0o600, 0o700))
        self.desktop.portal.answer("cancel")
        for _ in range(2):
            self.start_and_stop()
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_an_agreement_that_the_portal_no_longer_knows_is_asked_for_again(self):
        self.start_and_stop()
        (token,) = self.saved()
        # One that cannot be read as the portal's, and one that is of its kind, but not known.
        for number, text in enumerate(("nonsense", "0f8fad5b-d9cb-469f-a165-70867728950e"), 2):
            token.write_text(text, encoding="utf-8")
            self.start_and_stop()
            self.assertEqual(self.desktop.portal.dialogs(), number)
        self.start_and_stop()
        self.assertEqual(self.desktop.portal.dialogs(), 3)

    def test_a_closed_dialog_is_said_to_have_been_closed(self):
        self.desktop.portal.answer("cancel")
        result = self.run_pixelpass("host", "--source", "portal", "--bind", "127.0.0.1:0")
        self.assert_fails(result, COULD_NOT_START, "you closed the sharing dialog")
        self.assertEqual(self.saved(), [])

    def test_an_interrupt_while_the_dialog_is_open_ends_the_host_at_once(self):
        self.desktop.portal.answer("wait")
        host = self.share()
        until(lambda: self.desktop.portal.dialogs() == 1, "the dialog")
        host.signal(signal.SIGINT)
        self.assert_interrupted(host, PROMPT)

    def test_a_user_who_takes_their_time_shares_all_the_same(self):
        self.desktop.portal.answer("wait")
        host = self.share()
        until(lambda: self.desktop.portal.dialogs() == 1, "the dialog")
        self.desktop.portal.answer_late(OUTPUT)
        self.wait_screen(self.watch(self.view(host.ticket())))

    def test_a_virtual_monitor_is_not_asked_for_where_the_desktop_makes_none(self):
        host = self.share("--virtual", "640x360")
        self.assert_exit(host, COULD_NOT_START)
        error = host.wait("error")
        self.assert_says(error["what"], "no virtual monitors")
        self.assert_says(error["hint"], "leave --virtual out")
        self.assertEqual(self.desktop.portal.dialogs(), 0)

    def test_a_desktop_without_a_portal_is_told_what_to_install(self):
        self.desktop.portal.stop()
        result = self.run_pixelpass("host", "--source", "portal", "--bind", "127.0.0.1:0")
        self.assert_fails(result, COULD_NOT_START, "portal", "install")

    def test_a_desktop_without_a_message_bus_is_told_so(self):
        nowhere = self.environment(DBUS_SESSION_BUS_ADDRESS=None, XDG_RUNTIME_DIR=self.folder)
        result = self.run_pixelpass("host", "--source", "portal", "--bind", "127.0.0.1:0", env=nowhere)
        self.assert_fails(result, COULD_NOT_START, "bus")


class StoppedFromTheDesktop(OnDesktop):
    """The user ends the sharing with the desktop's own button, not with ours."""

    SIZE = SMALL

    def setUp(self):
        super().setUp()
        self.sharing = self.share("--audio", "monitor")
        self.viewer = self.view(self.sharing.ticket())
        self.wait_screen(self.watch(self.viewer))
        # Who asked again would be told no.
        self.desktop.portal.answer("cancel")

    def ours(self):
        """What we have in PipeWire."""
        return [one for one in self.desktop.objects() if OWNER in ((one.get("info") or {}).get("props") or {})]

    def assert_stops(self):
        self.desktop.portal.stop_sharing()
        self.assertEqual(self.sharing.exit_code(PROMPT), DONE, self.sharing.story())
        self.assert_says(self.sharing.wait("ended")["reason"], "sharing was stopped")
        self.assertEqual(self.sharing.events("error"), [])
        until(lambda: not self.ours(), "the end of what is ours in PipeWire")
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_a_stop_ends_the_host_and_its_viewer_is_told(self):
        # Pictures and sound.
        until(lambda: len(self.ours()) >= 2, "what is ours in PipeWire")
        self.assert_stops()
        self.assertEqual(self.viewer.exit_code(PROMPT), DONE, self.viewer.story())
        self.assert_says(self.viewer.wait("ended")["reason"], "the host ended", "sharing was stopped")

    def test_a_stop_that_is_told_after_the_end_of_the_pictures_is_no_fault_to_recover_from(self):
        # Our end of them: xdg-desktop-portal-wlr 0.7 itself ends with its own.
        (screen,) = (one for one in self.ours() if one["info"]["props"].get("media.class") == "Stream/Input/Video")
        self.desktop.run("pw-cli", "destroy", str(screen["id"]))
        self.assert_stops()

    def test_a_stop_ends_a_host_that_nobody_watches(self):
        at = self.sharing.mark()
        self.viewer.signal(signal.SIGINT)
        self.sharing.wait("paused", after=at)
        until(lambda: not self.recorder(), "the end of the capture while nobody watches")
        self.assert_stops()


class Mishaps(OnDesktop):
    """Parts of the desktop die: the picture comes back, or the host says why not."""

    SIZE = SMALL

    def setUp(self):
        super().setUp()
        self.sharing = self.share()
        self.pictures = self.watch(self.view(self.sharing.ticket()))
        # Nobody is there to answer again.
        self.desktop.portal.answer("cancel")
        self.assert_comes()

    def assert_comes(self):
        self.wait_screen(self.pictures)
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def assert_ends_with_a_reason(self, *parts):
        self.assert_exit(self.sharing, COULD_NOT_START)
        error = self.sharing.wait("error")
        self.assert_says(f"{error['what']} {error['hint']}", *parts)

    def test_a_portal_that_dies_is_asked_again_without_a_dialog(self):
        self.desktop.portal.kill(BACKEND)
        self.assert_comes()

    def test_pipewire_that_is_restarted_brings_the_picture_back_or_ends_the_host_with_a_reason(self):
        self.desktop.restart_pipewire()
        try:
            self.assert_comes()
        except AssertionError:
            self.assert_ends_with_a_reason("screen", "PipeWire|portal")

    def test_a_compositor_that_dies_ends_the_host_with_a_reason(self):
        self.desktop.stop_sway(signal.SIGKILL)
        self.assert_ends_with_a_reason("screen|compositor|portal")

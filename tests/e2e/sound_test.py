"""What the applications play is heard, and nothing else."""

import media
from decoding import beside, listen
from processes import until
from screens import SMALL, OnDesktop
from session import SPEAKERS
from support import needs

# dBFS. Tones are played at -10; what is to be silent has to be below the silence, whatever the encoder makes of it.
LOUD, SILENT = -25, -60
# In a window in which another tone begins or ends, whose edge has a little of everything.
SILENT_BESIDE_AN_EDGE = -45
# dB. Above that, the least by which a tone is louder than what is beside it.
STANDS_OUT = 10
PLAYER, GAME, CALL, MICROPHONE = 440, 1000, 1500, 3000  # Hz
RUN = 5  # windows in a row: a second
# Of the endpoint's picture and sound against each other, in seconds.
IN_SYNC = 0.040


class Sound(OnDesktop):
    SIZE = SMALL

    def setUp(self):
        super().setUp()
        # The microphone is the default source, and is never to be heard.
        self.desktop.make_microphone(MICROPHONE)

    def hear(self, *arguments):
        """A host with these options, its viewer, and what is heard there."""
        host = self.share("--audio", "auto", *arguments) if "--audio" not in arguments else self.share(*arguments)
        viewer = self.view(host.ticket())
        return host, viewer, listen(self, viewer.url(), PLAYER, GAME, CALL, MICROPHONE)

    def wait_heard(self, sound, loud, silent=(), after=None):
        """A second in which these tones are loud and those silent; the microphone always is."""
        silent = (*silent, MICROPHONE)
        sound.wait_run(
            lambda seen: all(seen[one] > LOUD for one in loud) and all(seen[one] < SILENT for one in silent),
            RUN, f"a second with {loud} Hz and without {silent} Hz", 0 if after is None else after)

    def assert_never_heard(self, sound, *frequencies):
        for one in frequencies:
            heard = [seen for seen in sound.seen if seen[one] >= SILENT_BESIDE_AN_EDGE
                     and seen[one] >= seen.get(beside(one), -120) + STANDS_OUT]
            self.assertEqual(heard, [], f"{one} Hz was heard")

    def test_what_applications_play_is_heard_without_a_call_and_without_the_microphone(self):
        self.desktop.play_tone("Player", PLAYER)
        self.desktop.play_tone("Game", GAME)
        self.desktop.play_tone("Telephone", CALL, role="Communication")
        _, _, sound = self.hear()
        self.wait_heard(sound, loud=(PLAYER, GAME), silent=(CALL,))
        self.assert_never_heard(sound, CALL, MICROPHONE)

    def test_an_included_application_is_heard_alone_when_it_starts_late_and_when_it_comes_again(self):
        self.desktop.play_tone("Game", GAME)
        host, viewer, sound = self.hear("--app", "Player")
        self.wait_heard(sound, loud=(), silent=(PLAYER, GAME))
        for _ in range(2):
            at = sound.mark()
            player = self.desktop.play_tone("Player", PLAYER)
            self.wait_heard(sound, loud=(PLAYER,), silent=(GAME,), after=at)
            at = sound.mark()
            player.clean_up()
            # It leaves silence: the sound track goes on, and so does the picture.
            self.wait_heard(sound, loud=(), silent=(PLAYER, GAME), after=at)
            viewer.wait_stats(2, lambda event: event["fps"] > 0)
        self.assert_never_heard(sound, GAME, MICROPHONE)
        self.assertTrue(host.running())

    def test_an_excluded_application_is_never_heard(self):
        self.desktop.play_tone("Player", PLAYER)
        _, _, sound = self.hear("--exclude-app", "Game")
        self.wait_heard(sound, loud=(PLAYER,))
        game = self.desktop.play_tone("Game", GAME)
        self.wait_heard(sound, loud=(PLAYER,), silent=(GAME,), after=sound.mark())
        game.clean_up()
        self.desktop.play_tone("Game", GAME)
        self.wait_heard(sound, loud=(PLAYER,), silent=(GAME,), after=sound.mark())
        self.assert_never_heard(sound, GAME, MICROPHONE)

    def test_the_player_of_a_viewer_on_the_same_machine_is_not_captured(self):
        needs("mpv")
        host = self.share("--audio", "auto")
        self.pixelpass("view", "--player", "mpv", host.ticket())
        until(lambda: "mpv" in self.desktop.linked_to(SPEAKERS), "mpv playing sound")
        # Whatever came before this one has been judged by then.
        game = self.desktop.play_tone("Game", GAME)
        heard = until(lambda: self.desktop.linked_to("pixelpass") - {"mpv", "xdg-desktop-portal-wlr"}, "the game being captured")
        self.assertTrue(game.running())
        self.assertEqual(len(heard), 1)
        self.assertNotIn("mpv", self.desktop.linked_to("pixelpass"))

    def test_monitor_hears_everything_that_the_speakers_play(self):
        self.desktop.play_tone("Player", PLAYER)
        self.desktop.play_tone("Telephone", CALL, role="Communication")
        _, _, sound = self.hear("--audio", "monitor")
        self.wait_heard(sound, loud=(PLAYER, CALL))
        self.assert_never_heard(sound, MICROPHONE)

    def test_mic_hears_the_microphone_alone(self):
        self.desktop.play_tone("Player", PLAYER)
        _, _, sound = self.hear("--audio", "mic")
        sound.wait_run(lambda seen: seen[MICROPHONE] > LOUD and seen[PLAYER] < SILENT, RUN, "the microphone", 0)
        self.assert_never_heard(sound, PLAYER)

    def test_none_leaves_the_sound_track_out(self):
        needs("ffmpeg")
        self.desktop.play_tone("Player", PLAYER)
        recording = self.folder / "recording.ts"
        viewer = self.view(self.share("--audio", "none").ticket(), "--record", recording)
        viewer.wait_stats(2, lambda event: event["fps"] > 0)
        viewer.signal(2)
        viewer.exit_code()
        self.assertEqual(set(media.probe(recording)), {"video"})

    def test_sound_comes_back_after_a_restart_of_pipewire(self):
        player = self.desktop.play_tone("Player", PLAYER)
        _, viewer, sound = self.hear()
        self.wait_heard(sound, loud=(PLAYER,))
        self.desktop.restart_pipewire()
        player.clean_up()
        self.desktop.make_microphone(MICROPHONE)
        at = sound.mark()
        self.desktop.play_tone("Player", PLAYER)
        self.wait_heard(sound, loud=(PLAYER,), after=at)
        self.assert_never_heard(sound, MICROPHONE)


class Together(OnDesktop):
    SIZE = SMALL

    def test_a_flash_and_its_beep_arrive_together(self):
        self.desktop.flash_and_beep()
        recording = self.folder / "recording.ts"
        viewer = self.view(self.share("--audio", "auto", "--fps", 60).ticket(), "--record", recording)
        viewer.wait_stats(10)
        viewer.signal(2)
        viewer.exit_code()
        offsets = media.flash_offsets(recording)
        self.assertGreaterEqual(len(offsets), 6)
        middle = sorted(offsets)[len(offsets) // 2]
        print(f"sound after picture, ms: {[round(one * 1000) for one in offsets]}")
        self.assertLess(abs(middle), IN_SYNC, offsets)

"""What cannot start says what failed, what would do and what to type."""

import socket

from support import COULD_NOT_START, USAGE, EndToEnd

ENCODERS = ("libgstx264.so", "libgstopenh264.so")


class StartUp(EndToEnd):
    def test_a_port_in_use_is_named(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            result = self.run_pixelpass("host", "--source", "test", "--bind", address)
        self.assert_fails(result, COULD_NOT_START, address, "use", "--bind")

    def test_a_players_port_in_use_is_named(self):
        ticket = self.host().ticket()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            result = self.run_pixelpass("view", "--player", "none", "--listen", address, ticket)
        self.assert_fails(result, COULD_NOT_START, address, "use", "--listen")

    def test_players_are_never_served_beyond_this_machine(self):
        result = self.run_pixelpass("view", "--player", "none", "--listen", "0.0.0.0:0", self.host().ticket())
        self.assert_fails(result, USAGE, "--listen", "loopback")

    def test_without_an_h264_encoder_it_says_what_was_tried_and_what_to_install(self):
        result = self.run_pixelpass("host", "--source", "test", env=self.without_plugins(*ENCODERS))
        self.assert_fails(result, COULD_NOT_START, "no H.264 encoder", "x264enc", "openh264enc", "install")

    def test_an_encoder_asked_for_that_is_not_there_is_named(self):
        arguments = ("host", "--source", "test", "--encoder", "openh264")
        result = self.run_pixelpass(*arguments, env=self.without_plugins(*ENCODERS))
        self.assert_fails(result, COULD_NOT_START, "openh264enc", "install")

    def test_a_player_asked_for_that_is_not_there_is_named(self):
        env = self.environment(PATH=self.folder, PIXELPASS_TICKET=self.host().ticket())
        for player in ("mpv", "vlc"):
            result = self.run_pixelpass("view", "--player", player, env=env)
            self.assert_fails(result, COULD_NOT_START, f"{player} is not installed", f"install.*{player}")

    def test_a_recording_that_cannot_be_written_is_named(self):
        path = self.folder / "missing" / "recording.ts"
        result = self.run_pixelpass("view", "--player", "none", "--record", path, self.host().ticket())
        self.assert_fails(result, COULD_NOT_START, str(path))

    def test_an_identity_that_is_no_identity_is_named_and_left_alone(self):
        path = self.folder / "identity"
        path.write_text("my diary\n", encoding="utf-8")
        result = self.run_pixelpass("host", "--source", "test", "--identity", path)
        self.assert_fails(result, COULD_NOT_START, str(path))
        self.assertEqual(path.read_text(encoding="utf-8"), "my diary\n")

"""The menu and the live view over SSH: a server of the test's own, its client in tmux."""

import pwd
import shutil

from menu_test import ALL, HOST, ITEMS
from namespace import NAMESPACES, UNSHARE, somebody_ordinary
from processes import until
from support import EndToEnd, free_port, needs, program
from terminals import PROMPT, Terminal

# Where not every user's PATH looks.
SERVER = shutil.which("dropbear") or "/usr/sbin/dropbear"
# Dropbear looks for a user's keys in the home that the machine's list of users says: for it that list is the test's.
# Of the groups it wants the terminals' own, which no user may give a terminal to in there. Each login is a session of
# its own: with the server's PID namespace all of them end.
AS_A_USER = f'mount --bind "$0" /etc/passwd && mount --bind /dev/null /etc/group && exec {UNSHARE} {" ".join(NAMESPACES)} "$@"'


class OverSsh(EndToEnd):
    def setUp(self):
        super().setUp()
        for tool, package in (("dropbearkey", "dropbear-bin"), ("ssh", "openssh-client"), ("ssh-keygen", "openssh-client")):
            needs(tool, package)
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)
        self.settings = self.folder / "config.toml"
        self.settings.write_text(f"{ALL}[host]\n{HOST}", encoding="utf-8")
        self.user, self.port = "friend", free_port()
        self.start_server()

    def environment(self, **changes):
        return super().environment(**{"XDG_RUNTIME_DIR": self.runtime, "XDG_STATE_HOME": self.folder / "state",
                                      "NO_COLOR": None, "SSH_CONNECTION": None, "SSH_TTY": None, "TMUX": None,
                                      **changes})

    def start_server(self):
        home, host_key = self.folder / "home", self.folder / "host-key"
        # Dropbear takes no keys from where a group may write.
        for folder in (home, home / ".ssh"):
            folder.mkdir(mode=0o700)
        self.key = self.folder / "key"
        for command in (("dropbearkey", "-t", "ed25519", "-f", host_key),
                        ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)):
            made = self.process(*command)
            self.assertEqual(made.exit_code(), 0, made.story())
        keys = home / ".ssh" / "authorized_keys"
        shutil.copy(f"{self.key}.pub", keys)
        keys.chmod(0o600)
        ordinary = somebody_ordinary()
        who = pwd.getpwuid(int(ordinary[0].partition("=")[2]))
        users = self.folder / "passwd"
        users.write_text(f"{self.user}:x:{who.pw_uid}:{who.pw_gid}::{home}:/bin/sh\n", encoding="utf-8")
        surroundings = (UNSHARE, "--user", "--map-root-user", "--mount", "sh", "-c", AS_A_USER, users, *ordinary)
        possible = self.process(*surroundings, "true")
        if possible.exit_code() != 0:
            self.skipTest(f"no user namespace here ({possible.stderr().strip()}): allow them, or run the tests as root")
        server = self.process(*surroundings, SERVER, "-F", "-E", "-e", "-m", "-s", "-r", host_key, "-P", self.folder / "pid",
                              "-p", f"127.0.0.1:{self.port}")
        until(lambda: "Not backgrounding" in server.stderr(), f"the server\n{server.story()}")

    def log_in(self):
        """A terminal with the menu at the other end of the line."""
        terminal = Terminal(self)
        terminal.allow_clipboard()
        terminal.before = terminal.modes()
        terminal.type("echo", "what was there before")
        options = ("BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
                   "LogLevel=ERROR")
        terminal.type("ssh", "-tt", "-F", "none", "-i", self.key, "-p", self.port,
                      *(word for option in options for word in ("-o", option)), f"{self.user}@127.0.0.1",
                      f"{program()} --config {self.settings}")
        terminal.wait(*ITEMS, without=("what was there before",))
        return terminal

    def assert_given_back(self, terminal):
        terminal.wait("what was there before", PROMPT.strip(), without=ITEMS)
        until(lambda: terminal.state() == "0 1", "the usual screen, with a cursor")
        until(lambda: terminal.modes() == terminal.before, "the modes that it had before")
        self.assertFalse(terminal.mouse())

    def test_arrows_choose_in_the_menu_and_an_interrupt_gives_the_terminal_back(self):
        terminal = self.log_in()
        terminal.press("Down")
        terminal.wait("> v  View", without=("> h",))
        terminal.press("Up")
        terminal.wait("> h  Host", without=("> v",))
        until(terminal.mouse, "the mouse")
        terminal.press("C-c")
        self.assert_given_back(terminal)

    def test_the_live_view_gives_the_ticket_to_the_terminal_and_an_interrupt_gives_that_back(self):
        terminal = self.log_in()
        terminal.press("Enter")
        terminal.wait("ticket, for your friend", "nobody watches yet", "q quit")
        terminal.press("c")
        terminal.wait("OSC 52")
        ticket = self.run_pixelpass("ticket").stdout.strip()
        self.assertEqual(until(terminal.clipboard, "the terminal's clipboard"), ticket)
        terminal.resize(60, 20)
        until(lambda: ticket in terminal.screen().replace("\n", ""), "the ticket, whole in the smaller window")
        terminal.press("C-c")
        self.assert_given_back(terminal)

"""Two people with nothing but the menu, each behind a NAT: keys and screens in tmux."""

import re

from processes import until
from shares import Shares
from support import program
from terminals import Terminal

HOST = "[host]\nsource = \"test\"\nsize = \"320x180\"\nbitrate = \"300k\"\naudio = \"none\"\nno-notify = true\n"
VIEW = "[view]\nplayer = \"none\"\n"


class Menus(Shares):
    SETTINGS = HOST + VIEW

    def menu(self, node):
        """A terminal with the menu of the one who sits there."""
        home = self.folder / node
        home.mkdir(mode=0o700)
        terminal = Terminal(self, XDG_RUNTIME_DIR=home, XDG_STATE_HOME=home, SSH_CONNECTION=None, SSH_TTY=None)
        terminal.type(*self.on(node), program())
        terminal.wait("> h  Host", "v  View")
        return terminal

    @staticmethod
    def word(terminal, begins):
        """What begins so on the screen, over the ends of lines."""
        found = until(lambda: re.search(rf"{begins}(\S+\n)+", terminal.screen()), f"{begins} on the screen")
        return found[0].replace("\n", "")

    def test_a_code_goes_from_one_menu_to_the_other_where_nobody_relays(self):
        self.laboratory(host="port", view="port")
        host, viewer = self.menu("host"), self.menu("view")
        host.press("h")
        host.wait("ticket, for your friend", "nobody watches yet")
        viewer.press("v")
        viewer.wait("Paste the ticket")
        viewer.paste(self.word(host, "pp1"))
        viewer.wait("Send this line back to your friend")
        code = self.word(viewer, "ppr1")
        host.press("r")
        host.wait("Reply code (Esc: none)")
        host.paste(code)
        host.press("Enter")
        host.wait("viewers: 1 of", "direct")

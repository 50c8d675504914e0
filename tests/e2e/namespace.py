"""Throwaway surroundings for a process and all that it starts."""

import os
import pwd
import shutil
import subprocess
import sys
import unittest

INSIDE = "PIXELPASS_TEST_NAMESPACE"
UNSHARE = shutil.which("unshare") or "/usr/bin/unshare"
# Sway and VLC refuse to run as root: in this user namespace we are somebody ordinary. Of the PID namespace nothing
# survives, whatever happens to us. Mounts are ours too; the network is the machine's.
NAMESPACES = ["--user", "--pid", "--fork", "--kill-child", "--mount-proc"]


def somebody_ordinary():
    """What maps us to a user whom the machine knows: dbus-daemon 1.16 turns others away. A bare one has no people."""
    people = (one for one in pwd.getpwall() if 1000 <= one.pw_uid < 60000)
    one = pwd.getpwuid(os.geteuid()) if os.geteuid() != 0 else next(people, None) or pwd.getpwnam("daemon")
    return [f"--map-user={one.pw_uid}", f"--map-group={one.pw_gid}"]


def enter():
    """Starts this very program anew in there, unless it runs there already: then, and only then, it returns.

    An ordinary user on a machine that does not give them namespaces goes on without."""
    if os.environ.get(INSIDE) == "yes":
        return
    command = [UNSHARE, *NAMESPACES, *somebody_ordinary()]
    possible = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if possible.returncode == 0:
        os.execve(UNSHARE, [*command, sys.executable, *sys.argv], {**os.environ, INSIDE: "yes"})
    if os.geteuid() == 0:
        why = possible.stderr.strip()
        raise unittest.SkipTest(f"no user namespace here ({why}): run the tests as an ordinary user, not as root")

"""Where a laboratory lives: mounts, processes and a network of the test's own, gone with it however it ends."""

import os
import shutil
import subprocess
import sys
import unittest

INSIDE = "PIXELPASS_NETLAB"
NAMESPACES = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
# Whoever is not root is root of a user namespace, which may do all of that.
AS_ROOT = ["--user", "--map-root-user"]


def enter():
    """Starts this very program anew in there, unless it runs there already: then, and only then, it returns."""
    if os.environ.get(INSIDE) == "yes":
        return
    unshare = shutil.which("unshare") or "/usr/bin/unshare"
    command = [unshare, *([] if os.geteuid() == 0 else AS_ROOT), *NAMESPACES]
    # What `ip netns` keeps is in /run. The lab's own must neither be seen by others nor stay.
    prepared = [*command, "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh"]
    possible = subprocess.run([*prepared, "true"], capture_output=True, text=True, check=False)
    if possible.returncode != 0:
        why = possible.stderr.strip()
        raise unittest.SkipTest(f"no network namespaces here ({why}): run as root, or allow user namespaces")
    os.execve(unshare, [*prepared, sys.executable, *sys.argv], {**os.environ, INSIDE: "yes"})

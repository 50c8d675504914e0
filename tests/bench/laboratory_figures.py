"""What the benches in the laboratory of tests/netlab have in common: a figure a process, since each makes a laboratory."""

import os
import statistics
import subprocess
import sys


def summary(milliseconds):
    """Of several measurements."""
    median = statistics.median(milliseconds)
    return f"median {median:.0f} ms, worst {max(milliseconds):.0f} (n {len(milliseconds)})"


def measure(figures, name):
    """`figures`: a test case whose method of this name returns what is to be said."""
    case = figures(name)
    try:
        case.setUp()
        said = getattr(case, name)()
    except AssertionError as failure:
        said = f"not measured: {str(failure).splitlines()[-1]}"
    finally:
        case.doCleanups()
    print(f"{name.replace('_', ' ')}: {said}")


def run(figures, names, usage):
    """Those that the command line names, or all: `<bench> PROGRAM LINK_EMULATOR [figure…]`."""
    if len(sys.argv) < 3:
        sys.exit(usage)
    os.environ["PIXELPASS_PROGRAM"], os.environ["PIXELPASS_LINK_EMULATOR"] = map(os.path.abspath, sys.argv[1:3])
    wanted = sys.argv[3:] or names
    if len(wanted) == 1:
        return measure(figures, wanted[0])
    for name in wanted:
        subprocess.run([sys.executable, "-B", *sys.argv[:3], name], check=False)
    return None

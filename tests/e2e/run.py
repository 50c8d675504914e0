#!/usr/bin/env python3
"""Runs one end-to-end test, or lists them.

run.py --list                               every test, one a line: module.Class.test_name
run.py --known FILE                         fails if FILE (such a list) is not the list of now
run.py --program FILE module.Class.test     exit code: 0 passed, 1 failed, 77 skipped
--folder FOLDER: tests of another layer, which stand on this one's helpers
"""

import argparse
import os
import pathlib
import shutil
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item.id()


def all_tests(folder):
    names = sorted(tests_in(unittest.TestLoader().discover(str(folder), "*_test.py")))
    broken = [name for name in names if name.startswith("unittest.loader.")]
    if broken:
        sys.exit(f"cannot be loaded: {', '.join(broken)}")
    return names


def check_known(path, folder):
    known = pathlib.Path(path).read_text(encoding="utf-8").split()
    unknown = sorted(set(all_tests(folder)) ^ set(known))
    if unknown:
        sys.exit("ctest's list is out of date, run cmake again; it differs in:\n" + "\n".join(unknown))


def use_our_mpv():
    """bin/mpv in the place of the real one; see mpv_stdin.cpp. Some tests begin anew in a namespace, with this done."""
    mpv = None if "E2E_MPV" in os.environ else shutil.which("mpv")
    if mpv:
        # No PIXELPASS_ in front: the program keeps those from its players.
        shim = os.environ.get("PIXELPASS_MPV_STDIN", "")
        os.environ.update(E2E_MPV=mpv, E2E_MPV_PRELOAD=shim, PATH=f"{HERE / 'bin'}:{os.environ['PATH']}")


def run_one(name, program):
    os.environ["PIXELPASS_PROGRAM"] = str(pathlib.Path(program).resolve())
    use_our_mpv()
    suite = unittest.TestLoader().loadTestsFromName(name)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if not result.wasSuccessful() or result.testsRun != 1:
        return 1
    for _, reason in result.skipped:
        print(f"skipped: {reason}", file=sys.stderr)
    return SKIPPED if result.skipped else 0


def main():
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(HERE))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", metavar="FOLDER", type=pathlib.Path, default=HERE)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--known", metavar="FILE")
    parser.add_argument("--program", metavar="FILE")
    parser.add_argument("test", nargs="?")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.folder.resolve()))
    if arguments.list:
        print("\n".join(all_tests(arguments.folder)))
    elif arguments.known:
        check_known(arguments.known, arguments.folder)
    elif arguments.test and arguments.program:
        return run_one(arguments.test, arguments.program)
    else:
        parser.error("one of --list, --known FILE, or --program FILE with a test")
    return 0


if __name__ == "__main__":
    sys.exit(main())

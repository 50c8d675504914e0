"""Figures of a player at the live edge: a viewer's own mpv, on a virtual screen, with two stalls of a second each.
    live_edge_bench.py build/release/pixelpass [seconds] [--no-catch-up …]
Prints a table; nothing passes or fails here. What is counted is local endpoint to player, as `stats` has it (once a
second): capture, network and the screen's own delay come on top. With more options they go to `view`."""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from measured_program import Program

STALL_SECONDS = 1
NEAR_MS = 200


class Timed(Program):
    """Keeps its events, with the time at which they came."""

    def __init__(self, binary, *arguments, **popen):
        super().__init__(binary, *arguments, **popen)
        self.events = []
        self.more = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            with self.more:
                self.events.append((time.monotonic(), json.loads(line)))
                self.more.notify_all()

    def event(self, name):
        named = lambda: next((event for _, event in self.events if event["event"] == name), None)
        with self.more:
            self.more.wait_for(named, 20)
            return named()

    def lags(self):
        """(time, ms) of each second in which the player's lag was known."""
        return [(at, event["player_lag_ms"]) for at, event in list(self.events)
                if event["event"] == "stats" and event["player_lag_ms"] is not None]


def child(parent, name):
    """The number of the child process of that name."""
    found = subprocess.run(["pgrep", "-P", str(parent), "-x", name], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])


def stall(pid):
    """Stops it for a second; when that was over."""
    os.kill(pid, signal.SIGSTOP)
    time.sleep(STALL_SECONDS)
    os.kill(pid, signal.SIGCONT)
    return time.monotonic()


def repair(lags, stalled):
    """The highest lag after the stall, and the seconds until it was small again and stayed so; None: never."""
    after = [(at - stalled, lag) for at, lag in lags if 0 <= at - stalled < 30]
    late = [at for at, lag in after if lag > NEAR_MS]
    back = next((at for at, _ in after if not late or at > late[-1]), None)
    return max(lag for _, lag in after), back


def watch(binary, seconds, screen, options):
    with Timed(binary, "host", "--stun", "none", "--source", "test", "--bind", "127.0.0.1:0", "--fps", "60") as host:
        ticket = host.event("ticket")["ticket"]
        with Timed(binary, "view", "--player", "mpv", *options, ticket, env=screen) as view:
            view.event("first_frame")
            time.sleep(seconds / 3)
            player_stall = stall(child(view.process.pid, "mpv"))
            time.sleep(seconds / 3)
            network_stall = stall(host.process.pid)
            time.sleep(seconds / 3)
            return view.lags(), player_stall, network_stall


def main():
    binary = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as runtime:
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as display:
            screen = {**os.environ, "DISPLAY": ":" + display.stdout.readline().strip(), "XDG_RUNTIME_DIR": runtime}
            screen.pop("WAYLAND_DISPLAY", None)
            try:
                lags, *stalls = watch(binary, seconds, screen, sys.argv[3:])
            finally:
                display.terminate()
    if not lags:
        sys.exit("the player's lag was never known")
    values = sorted(lag for _, lag in lags)
    print(f"endpoint to player: median {statistics.median(values):.0f} ms  p90 {values[len(values) * 9 // 10]:.0f} ms  "
          f"highest {values[-1]:.0f} ms  (n {len(values)})")
    for name, stalled in zip(("player", "network"), stalls):
        highest, back = repair(lags, stalled)
        took = "never" if back is None else f"{back:.0f} s"
        print(f"{name} stalled for {STALL_SECONDS} s: {highest:.0f} ms, back under {NEAR_MS} ms after {took}")


if __name__ == "__main__":
    main()

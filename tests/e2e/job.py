"""Runs a program as a shell runs a job, but leaves the terminal as the program does: a shell would put it right. Each
SIGUSR1 takes it a step on: starts the program, has it go on where it was stopped, ends."""

import os
import signal
import sys

STEP = {signal.SIGUSR1}


def become_job(command):
    os.setpgid(0, 0)
    os.tcsetpgrp(sys.stdin.fileno(), os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STEP)
    os.execvp(command[0], command)


def main():
    terminal = sys.stdin.fileno()
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, STEP)
    print("what was there before\nready", flush=True)
    signal.sigwait(STEP)
    job = os.fork()
    if job == 0:
        become_job(sys.argv[1:])
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        os.tcsetpgrp(terminal, os.getpgrp())
        if not os.WIFSTOPPED(status):
            break
        print("stopped", flush=True)
        signal.sigwait(STEP)
        os.tcsetpgrp(terminal, job)
        os.killpg(job, signal.SIGCONT)
    print("ended with", os.waitstatus_to_exitcode(status), flush=True)
    signal.sigwait(STEP)


if __name__ == "__main__":
    main()

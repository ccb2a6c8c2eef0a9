"""Becomes a command that ends when its parent does: `leash.py PARENT SIGNAL UID:GID COMMAND…`, run by `process.spawn`.

A program of its own rather than a `preexec_fn`, which may deadlock in a parent that has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, ending, account, *command = sys.argv[1:]
    uid, gid = (int(number) for number in account.split(":"))
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":  # after setuid, which would clear it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(ending))
    if os.getppid() != int(parent):  # it died before the line above
        sys.exit(1)
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and a command would inherit that
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606, this program exists to do that
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


main()

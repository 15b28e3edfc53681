"""Where the commands of tests begin: a process that has imported Calando once, and forks for each of them.

A command is a process of its own all the same, with streams, folder, environment and signals of its own; what
it is spared is half a second of imports. Who wants to see those starts the installed command itself.

usage: python -m tests.starter DESCRIPTOR (tests/calando.py starts it)

DESCRIPTOR is of a socket, which brings for each command arguments, folder and environment as JSON, and beside
it the three standard streams and a socket on which its exit code is awaited; to close that kills the command.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module

BEFOREHAND = (
    "engine.cli.feed", "engine.cli.outputs", "engine.journal.expiry", "engine.journal.journal",
    "engine.journal.keeping", "engine.journal.rendition", "engine.journal.report", "engine.outputs",
    "engine.past.words", "engine.render", "engine.trial.sat", "rich.progress", "sensors.spec", "soundfile",
)  # fmt: skip
"""What commands import only when they need it, and most do."""

LONGEST = 1 << 17


def serve(asking: socket.socket) -> None:
    """Fork for each that is asked for, until nobody can ask any more; returns in each command's process."""
    while True:
        words, descriptors, _, _ = socket.recv_fds(asking, LONGEST, 4)
        if not words:
            os._exit(0)
        if os.fork() == 0 and _begins(json.loads(words), descriptors):
            return
        for descriptor in descriptors:
            os.close(descriptor)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _begins(asked: dict[str, object], descriptors: list[int]) -> bool:
    """True in the command's own process; the one beside it waits for its end and tells it."""
    *streams, answer = descriptors
    command = os.fork()
    if command == 0:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.closerange(3, max(descriptors) + 1)
        os.chdir(str(asked["folder"]))
        os.environ.clear()
        os.environ.update(asked["environment"])  # type: ignore[arg-type]
        sys.argv = ["calando", *asked["arguments"]]  # type: ignore[misc]
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115
        return True
    for stream in streams:
        os.close(stream)
    with socket.socket(fileno=answer) as told:
        handle = os.pidfd_open(command)
        if told in select.select([told, handle], [], [])[0]:
            os.kill(command, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
        with suppress(OSError):
            told.sendall(str(code).encode())
    os._exit(0)


if __name__ == "__main__":
    from engine.cli.commands import COMMANDS
    from engine.cli.main import main

    for name in COMMANDS:
        import_module(f"engine.cli.{name}")
    for name in BEFOREHAND:
        import_module(name)
    gc.freeze()  # whoever looked through all this for garbage would copy it page by page
    serve(socket.socket(fileno=int(sys.argv[1])))
    main()

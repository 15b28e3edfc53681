"""The entry point: runs one command and tells every foreseeable failure in one plain sentence.

Leaves with 0 (done), 1 (failed) or 2 (called wrongly). Only click is imported here, and that inside, so
that Ctrl-C during the very first imports is quiet too.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from io import TextIOWrapper

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""What a standard output that takes nothing more complains of."""


def main() -> None:
    """What the installed command `calando` calls."""
    _take_streams()
    # Until a command has something to put in order, Ctrl-C may end the process as it ends any other.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = run(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is in order; one more Ctrl-C changes nothing
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    import click

    from engine.cli.commands import calando
    from engine.cli.paragraph import say

    for argument in arguments:
        # Neither the journal nor a sound file can hold what is no text.
        if not _is_text(argument):
            shown = argument.encode(errors="replace").decode()
            click.echo(f"{shown!r} is not text in UTF-8; type it anew, or rename the file.", err=True)
            return 2
    try:
        code = calando.main(arguments, prog_name="calando", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as wanted:
        click.echo(wanted.format_message())
        return 0
    except click.ClickException as failure:
        say(_sentence(failure.format_message()), err=True)
        return failure.exit_code
    except (click.Abort, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        say("Stopped before the end; nothing was kept.", err=True)
        return 1
    except BrokenPipeError:
        # Whoever read our output went away; Python would complain about the same again at exit.
        print_no_more()
        return 1
    except OSError as trouble:
        if trouble.errno not in UNWRITABLE or trouble.filename is not None:
            raise
        print_no_more()
        click.echo(f"Standard output cannot be written ({trouble.strerror}); send it elsewhere.", err=True)
        return 1
    return code if isinstance(code, int) else 0


def _is_text(argument: str) -> bool:
    """Whether it can be written as UTF-8; Python passes on other bytes as lone surrogates."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _take_streams() -> None:
    """Standard streams that were closed become the null device, and none fails over a letter it lacks.

    Otherwise the next file that is opened, the journal or a sound, would take the place of the closed one.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_no_more() -> None:
    """Python would try to print the rest at exit, and complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(message: str) -> str:
    message = message.strip()
    return message if message.endswith((".", "?", "!")) else f"{message}."

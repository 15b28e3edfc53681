"""The entry point: runs one command and tells every foreseeable failure in one plain sentence.

Leaves with 0 (done), 1 (failed) or 2 (called wrongly). Only click is imported here, and that inside, so
that Ctrl-C during the very first imports is quiet too.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """What the installed command `calando` calls."""
    # Until a command has something to put in order, Ctrl-C may end the process as it ends any other.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = run(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is in order; one more Ctrl-C changes nothing
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    import click

    from engine.cli.commands import calando

    try:
        code = calando.main(arguments, prog_name="calando", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as wanted:
        click.echo(wanted.format_message())
        return 0
    except click.ClickException as failure:
        click.echo(_sentence(failure.format_message()), err=True)
        return failure.exit_code
    except (click.Abort, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        click.echo("Stopped before the end; nothing was kept.", err=True)
        return 1
    except BrokenPipeError:
        # Whoever read our output went away; Python would complain about the same again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0


def _sentence(message: str) -> str:
    message = message.strip()
    return message if message.endswith((".", "?", "!")) else f"{message}."

"""The `calando` command: finds the command that was asked for and tells its failures in one sentence.

Only click is imported here. A command's own module, and all that it needs, is imported when that
command runs, so that `calando --help` answers at once.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

COMMANDS = {
    "play": "Play music that follows a heart.",
    "render": "Render a sitting to a sound file, faster than it plays.",
    "doctor": "Check that everything Calando needs is in order.",
}
"""Each command's help in one line; the command itself is `engine.cli.NAME.NAME`."""


class LazyGroup(click.Group):
    """A group that imports a command only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"engine.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="calando", message="%(prog)s %(version)s")
def calando() -> None:
    """Music that meets a heart where it is and leads it, gently, toward rest.

    For relaxation and well-being; not a medical device.
    """


def main() -> None:
    """Run the command line and leave with 0 (done), 1 (failed) or 2 (called wrongly)."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; whatever can be foreseen to fail becomes one sentence on standard error."""
    try:
        code = calando.main(arguments, prog_name="calando", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        click.echo(help_wanted.format_message())
        return 0
    except click.ClickException as failure:
        click.echo(_sentence(failure.format_message()), err=True)
        return failure.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 1
    except BrokenPipeError:
        _let_go_of_stdout()
        return 1
    return code if isinstance(code, int) else 0


def _sentence(message: str) -> str:
    message = message.strip()
    return message if message.endswith((".", "?", "!")) else f"{message}."


def _let_go_of_stdout() -> None:
    """The reader of our output went away; keep Python from complaining about it at exit."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

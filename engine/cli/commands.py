"""The table of commands, and the group that imports one only when it is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from importlib import import_module

import click

from engine.version import VERSION

COMMANDS = {
    "play": "Play music that follows a heart.",
    "follow": "Watch a sitting that another process plays, and touch it with keys.",
    "write": "A page to write on beside a sitting, kept in its record as it grows.",
    "say": "Touch a sitting that another process plays: soften, less, mark, stop.",
    "osc": "Tell a sitting that another process plays over OSC, and bring wishes back.",
    "lsl": "Offer a sitting that another process plays as streams of the Lab Streaming Layer.",
    "link": "Push the tempo of a sitting that another process plays to Ableton Link.",
    "mqtt": "Tell a home's MQTT broker what a room's sittings do, and bring its wishes.",
    "live": "Serve the therapist's console: a page that sees and leads sittings.",
    "kiosk": "Play by itself for whoever comes, for months.",
    "tone": "A calm chord to set the volume by.",
    "heart": "Read a heart: a recording, a strap or a simulated one.",
    "render": "Render a sitting to a sound file, faster than it plays.",
    "sessions": "The sittings that were played: look at them, add to them, pass them on, delete them.",
    "pace": "Find the pace of breath at which your heart swings the widest.",
    "usual": "What is usual for a listener: their watch's last month, until sittings know better.",
    "trial": "Does it help you? Sittings led in one of two ways, by lot, unseen until the end.",
    "cohort": "Try the guide on simulated listeners.",
    "profiles": "What a sitting can be for: list, show, copy, check.",
    "guides": "Words for a sitting, said while it plays: list, show, check, copy.",
    "scan": "List the straps within reach.",
    "doctor": "Check that everything Calando needs is in order.",
}
"""Each command's help in one line; the command itself is `engine.cli.NAME.NAME`."""


class NarrowFormatter(click.HelpFormatter):
    """Help that fits a terminal of any width: what has no room beside an option stands under it."""

    def __init__(
        self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None
    ) -> None:
        wide = min(shutil.get_terminal_size().columns, max_width or 80) - 1
        super().__init__(indent_increment, wide if width is None else width)

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl(rows, min(col_max, max(self.width - 34, 8)), col_spacing)


click.Context.formatter_class = NarrowFormatter


class Group(click.Group):
    """Tells each of its commands in a whole sentence, whatever the terminal's width."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.told(ctx, name)) for name in self.list_commands(ctx)])

    def told(self, ctx: click.Context, name: str) -> str:
        """The first sentence of a command's help."""
        command = self.get_command(ctx, name)
        return "" if command is None else command.get_short_help_str(limit=1000)


class LazyGroup(Group):
    """Knows every command's name, and imports a command's module when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if ctx.resilient_parsing:  # a shell asks how a line may go on: there is nothing to tell
                return None
            raise click.UsageError(f"There is no command {cmd_name!r}; there are {', '.join(COMMANDS)}.")
        command: click.Command = getattr(import_module(f".{cmd_name}", __package__), cmd_name)
        return command

    def told(self, ctx: click.Context, name: str) -> str:  # noqa: ARG002
        return COMMANDS[name]


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="%(prog)s %(version)s")
def calando() -> None:
    """Music that meets a heart where it is and leads it, gently, toward rest.

    For relaxation and well-being; not a medical device.
    """

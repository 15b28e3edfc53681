"""A machine without a sound device: what a listener can do there instead, asked in a terminal, else said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.paragraph import columns, labelled, say

if TYPE_CHECKING:
    from engine.device import ClockOut
    from engine.outputs import Way

RENDERED, PLAYED, NOTHING = "r", "p", "e"

WAYS = {
    RENDERED: "render the sitting into a sound file, much faster than it plays, with a simulated heart",
    PLAYED: "play into a sound file, as long as the sitting lasts, and follow your heart meanwhile",
    NOTHING: "end here; with a sound device, or on another computer, it can be heard at once",
}
"""What may be answered, with what comes of it; the first is taken where Enter alone is pressed."""

COMMANDS = (
    "In a hurry: calando render relax -o relax.flac makes the piece with a simulated heart, "
    "much faster than it plays."
)
"""For a log, where nobody can be asked."""

or_render_option = click.option(
    "--or-render", is_flag=True,
    help="Without a sound device: render into the music folder, fast, instead of asking what to do.",
)  # fmt: skip


def way(
    output: str,
    *,
    fast: bool,
    waits: bool,
    or_render: bool,
    prompt: bool = False,
    along: str | None = None,
    clock: ClockOut | None = None,
    tell: Callable[[str], None],
) -> Way:
    """How to play where `output` is `auto` and there is nothing to play on; as asked everywhere else.

    `waits` says that the sensor is a strap that was asked for, whose beats cannot be hurried; `prompt`
    that a hand may come, whose touch shall be heard at once; `along` is the MIDI source of who plays along,
    `clock` how MIDI clock is sent.
    """
    from engine.outputs import way_of

    return way_of(
        output, fast=fast, prompt=prompt, along=along, clock=clock,
        without=lambda absent: _without(str(absent), waits=waits, or_render=or_render, tell=tell),
    )  # fmt: skip


def _without(absent: str, *, waits: bool, or_render: bool, tell: Callable[[str], None]) -> Way:
    from engine.outputs import Way

    if or_render:
        tell(f"{absent} {'Playing' if waits else 'Rendering'} into a file instead.")
        return Way(not waits, music_folder())
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        tell(absent if waits else f"{absent} {COMMANDS}")
        return Way(False)
    ways = {key: words for key, words in WAYS.items() if not (waits and key == RENDERED)}
    say(absent, err=True)
    for key, words in ways.items():
        click.echo(labelled(f"  {key}", words, columns(sys.stderr), 5), err=True)
    choice = click.Choice(list(ways), case_sensitive=False)
    chosen = click.prompt("What shall it be?", type=choice, default=next(iter(ways)), err=True)
    if chosen == NOTHING:
        raise click.exceptions.Exit(0)
    return Way(chosen == RENDERED, music_folder())


def music_folder() -> Path:
    """Where a listener looks for music: made where it is missing, the current one where it cannot be."""
    import platformdirs

    folder = Path(platformdirs.user_music_dir()) / "Calando"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path()
    return folder

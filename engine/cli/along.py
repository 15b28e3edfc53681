"""`--play-along`: somebody plays along, on a MIDI keyboard or on the keys of the computer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from engine.along import CHANNELS, Along

if TYPE_CHECKING:
    from engine.player import Output

LIST = "list"
"""Instead of a device: which there are."""

_NAMED = {name.removeprefix("hand_").replace("_", "-"): name for name in CHANNELS}


def along_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say whether and how somebody plays along, as `along`: None where nobody does."""

    @wraps(command)
    def with_along(
        play_along: str | None, play_on: str, draw: float, pull: float, **others: Any
    ) -> Any:
        try:
            along = None if play_along is None else Along(play_along, _NAMED[play_on], draw, pull)
        except ValueError:  # as nan, which is in no range and outside of none
            raise click.UsageError("--draw and --pull take a number from 0 to 1 each.") from None
        return command(along=along, **others)

    found: Callable[..., Any] = with_along
    for option in (
        click.option(
            "--pull", type=click.FloatRange(0.0, 1.0), default=0.0,
            help="Playing along: how far a note waits for the music's next eighth; 0.",
        ),
        click.option(
            "--draw", type=click.FloatRange(0.0, 1.0), default=1.0,
            help="Playing along: 1 no wrong notes, 0 every key as it is; 1.",
        ),
        click.option(
            "--play-on", type=click.Choice(list(_NAMED)), default=next(iter(_NAMED)),
            help="Playing along: on what; piano.",
        ),
        click.option(
            "--play-along", is_flag=False, flag_value="", metavar="[DEVICE]", callback=_listed,
            help="Let somebody play along: any MIDI keyboard, or the one named; list tells which there are.",
        ),
    ):  # fmt: skip
        found = option(found)
    return found


def _listed(context: click.Context, _: click.Parameter, device: str | None) -> str | None:
    """Where the sources are asked for, tell them and be done."""
    if device == LIST:
        click.echo(listed())
        context.exit()
    return device


def sources() -> tuple[str, tuple[str, ...]]:
    """By what MIDI is heard, JACK or else RtMidi, and the names of the sources there are.

    Raises NoDeviceError.
    """
    from engine.device import DeviceError, JackDevice, NoDeviceError, SoundDevice

    by = "JACK"
    try:
        device: SoundDevice = JackDevice()
    except NoDeviceError as without_jack:
        by = "RtMidi"
        try:
            device = SoundDevice()
        except DeviceError:
            raise without_jack from None
    try:
        return by, device.sources()
    finally:
        device.close()


def listed() -> str:
    """The MIDI sources, a line each, or one sentence."""
    from engine.device import DeviceError

    try:
        _, found = sources()
    except DeviceError as absent:
        return f"{absent} {KEYS_PLAY}"
    return "\n".join(found) or f"There is no MIDI source just now. {KEYS_PLAY}"


def joining(
    along: Along | None, output: Output, say: Callable[[str], None], *, anybody: bool
) -> Along | None:
    """Say who plays along; where nobody was asked to, `anybody` who is let in may all the same."""
    if along is None:
        return Along() if anybody else None
    say(told(along, output))
    return along


KEYS_PLAY = "The keys of the computer play along in any case: Tab."


def told(along: Along, output: Output) -> str:
    """Who plays along, in one sentence."""
    from engine.device import DeviceError
    from engine.player import DeviceOutput

    if not isinstance(output, DeviceOutput):
        return f"What plays into a file hears no MIDI keyboard. {KEYS_PLAY}"
    try:
        found = output.device.sources()
    except DeviceError as absent:
        return f"{absent} {KEYS_PLAY}"
    wanted = [name for name in found if along.device.casefold() in name.casefold()]
    if along.device and not wanted:
        others = f"there is: {', '.join(found)}" if found else "there is none just now"
        return f"There is no MIDI source called {along.device!r}; {others}. It plays along when it comes."
    return f"{', '.join(wanted)} plays along." if wanted else f"No MIDI keyboard is there yet. {KEYS_PLAY}"

"""`--midi-clock`: the music's tempo as MIDI clock, for synths and other programs to follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.device import ClockOut
    from engine.player import Output
    from profiles.schema import Profile

clock_option = click.option(
    "--midi-clock", is_flag=False, flag_value="", metavar="[TO]",
    help="Send MIDI clock by JACK: to the sinks whose name contains TO, or to what you connect yourself.",
)  # fmt: skip


def clock_of(to: str | None, profile: Profile) -> ClockOut | None:
    """What is asked of the device; None where no clock is."""
    from engine.device import ClockOut

    return None if to is None else ClockOut(profile.form.beats_per_bar, to)


def told_of_clock(output: Output, to: str) -> str:
    """Where the clock goes, or why it goes nowhere, in one sentence."""
    from engine.device import JackDevice
    from engine.player import DeviceOutput

    if not isinstance(output, DeviceOutput):
        return "What plays into a file sends no MIDI clock."
    if not isinstance(output.device, JackDevice):
        return (
            "MIDI clock is sent by JACK alone, and no JACK server answers: start one, or under PipeWire "
            "put pw-jack before the command."
        )
    if to:
        return f"MIDI clock goes to every sink whose name contains {to!r}, as it comes."
    return "MIDI clock is at the JACK port Calando:clock; connect to it whatever shall follow."

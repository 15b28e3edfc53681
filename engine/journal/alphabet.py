"""Alphabet: the instruments and parameters that a sitting's commands number, kept beside them by name.

A command says an instrument or a parameter by its place in the tables of `palette`, which grow. A sitting
keeps the names that it numbered, so that an old one means what it meant however many there are by now.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache, cached_property
from typing import Any

from dsp.palette.instruments import NAMES
from dsp.palette.parameters import CHANNEL, GUEST, MASTER


@dataclass(frozen=True)
class Alphabet:
    """Names in the order of their numbers: of instruments, of a channel's, the master's and the guest's
    parameters."""

    instruments: tuple[str, ...]
    channel: tuple[str, ...]
    master: tuple[str, ...]
    guest: tuple[str, ...] = ()

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter, `channel.parameter`, in the order of dsp.command.parameter_index."""
        channels = [f"{instrument}.{name}" for instrument in self.instruments for name in self.channel]
        master, guest = (f"master.{name}" for name in self.master), (f"guest.{name}" for name in self.guest)
        return (*channels, *master, *guest)

    def today(self, kind: int, target: int) -> int | None:
        """What a command of this kind has to aim at today; None where the name has gone or never was."""
        from dsp.command import (  # needs numpy, which lists of sittings do not
            FORGET,
            NOTE_AT_BEAT,
            NOTE_AT_FRAME,
            RAMP,
        )

        if kind in (NOTE_AT_BEAT, NOTE_AT_FRAME, FORGET):
            return _places(self.instruments, TODAY.instruments).get(target)
        return _places(self.parameters, TODAY.parameters).get(target) if kind == RAMP else target

    def columns(self) -> dict[str, list[str]]:
        """As JSON holds it."""
        return {name: list(names) for name, names in asdict(self).items()}


@cache
def _places(then: tuple[str, ...], today: tuple[str, ...]) -> dict[int, int]:
    return {number: today.index(name) for number, name in enumerate(then) if name in today}


TODAY = Alphabet(NAMES, tuple(CHANNEL), tuple(MASTER), tuple(GUEST))

FIRST = Alphabet(
    ("pad", "drone", "piano", "bowl", "pluck", "heart", "wind", "water", "kit"),
    ("level_db", "reverb", "echo", "chorus", "brightness", "attack_s", "release_s", "width"),
    (
        "level_db", "brightness_hz", "reverb_s", "reverb_damping_hz", "reverb_level_db", "echo_s",
        "echo_feedback", "breath_per_min", "breath_depth_db",
    ),
)
"""Of sittings from before alphabets were kept."""


def alphabet_of(table: Any) -> Alphabet:
    """The alphabet that JSON holds; FIRST where it holds none. Raises ValueError."""
    if table is None:
        return FIRST
    names = ("instruments", "channel", "master", "guest")
    if not isinstance(table, dict) or set(table) not in (set(names), set(names[:-1])):  # pyright: ignore[reportUnknownArgumentType]
        raise ValueError("alphabet is no table of instruments, channel, master and guest")
    lists: list[Any] = [table.get(name, []) for name in names]  # pyright: ignore[reportUnknownMemberType]
    if not all(isinstance(given, list) for given in lists):
        raise ValueError("alphabet holds no lists")
    instruments, channel, master, guest = (tuple(str(name) for name in given) for given in lists)
    return Alphabet(instruments, channel, master, guest)

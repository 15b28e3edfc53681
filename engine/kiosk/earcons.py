"""Earcons: the few signs by which a kiosk speaks, played by its own instruments, each with its meaning.

They are softer than the music, and each is told from the others by its contour and its instrument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsp import command
from dsp.command import Command
from dsp.score import Note, Ramp

LEVEL_DB = 0.0
"""Of the master while earcons sound. They are softer than music all the same, about -34 LUFS, for the synth
lets nothing rise quickly out of silence (dsp.rise)."""

CHANNELS_DB = {"kalimba": 0.0, "bowl": -6.0}
"""The instruments that earcons are played on, with their levels: a bowl is the louder one by itself."""


@dataclass(frozen=True, slots=True)
class Earcon:
    """One sign.

    meaning   what it says
    asks      what is to be done, by whom
    notes     (instrument, pitch as MIDI counts, seconds from its beginning, velocity)
    """

    meaning: str
    asks: str
    notes: tuple[tuple[str, float, float, float], ...]

    @property
    def length_s(self) -> float:
        """Until its last note has mostly rung out."""
        return max(at_s for _, _, at_s, _ in self.notes) + RINGS_S


RINGS_S = 2.5
"""How long a last note is waited for (own choice)."""

NOTE_BEATS = 2.0
"""Length of a note, at 60 beats a minute: seconds."""

EARCONS: dict[str, Earcon] = {
    "invitation": Earcon(
        "somebody may come: it is ready", "visitor: wet the strap, put it on, sit down",
        (("kalimba", 69, 0.0, 0.5), ("kalimba", 73, 0.5, 0.5), ("kalimba", 76, 1.0, 0.6)),
    ),
    "found": Earcon(
        "a heart is heard; its music begins", "visitor: nothing, sit still",
        (("bowl", 57, 0.0, 0.6), ("kalimba", 76, 0.6, 0.5)),
    ),
    "no_skin": Earcon(
        "a strap is there, and feels no heart", "visitor: wet the electrodes, draw it tighter",
        (("kalimba", 64, 0.0, 0.6), ("kalimba", 64, 0.4, 0.6), ("kalimba", 64, 0.8, 0.6)),
    ),
    "goodbye": Earcon(
        "the visit is over", "visitor: take the strap off, wipe it, hang it up",
        (("kalimba", 76, 0.0, 0.5), ("kalimba", 73, 0.5, 0.5), ("bowl", 57, 1.0, 0.5)),
    ),
    "battery": Earcon(
        "the strap's battery is nearly empty", "staff: change it",
        (("kalimba", 81, 0.0, 0.5), ("kalimba", 57, 0.5, 0.5), ("kalimba", 81, 1.0, 0.5)),
    ),
    "safe": Earcon(
        "safe mode: it failed to start five times, and plays by itself", "staff: read docs/kiosk.md, Alerts",
        (("bowl", 45, 0.0, 0.4), ("bowl", 45, 1.2, 0.4), ("bowl", 45, 2.4, 0.4)),
    ),
    "identify": Earcon(
        "this is the kiosk that you look for", "staff: nothing",
        (("kalimba", 69, 0.0, 0.6), ("kalimba", 76, 0.25, 0.6), ("kalimba", 81, 0.5, 0.6),
         ("kalimba", 76, 0.75, 0.6), ("kalimba", 69, 1.0, 0.6)),
    ),
}  # fmt: skip


def opening(trim_db: float) -> list[Command]:
    """What a sound is told before it can speak in earcons; `trim_db` as for all that plays."""
    ramps = [Ramp(name, "level_db", level_db, 0.05) for name, level_db in CHANNELS_DB.items()]
    ramps += [Ramp(name, "reverb", 0.35, 0.05) for name in CHANNELS_DB]
    ramps.append(Ramp("master", "level_db", LEVEL_DB + trim_db, 0.05))
    return [command.tempo(60.0), *map(command.ramp, ramps)]


def played(name: str, frame: int, rate_hz: int) -> Sequence[Command]:
    """An earcon from `frame` on."""
    return [
        command.note_at_frame(
            Note(0.0, NOTE_BEATS, instrument, pitch, velocity), frame + round(at_s * rate_hz)
        )
        for instrument, pitch, at_s, velocity in EARCONS[name].notes
    ]

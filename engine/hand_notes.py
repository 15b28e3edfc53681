"""Hand notes: what somebody played along, made of their touches: from key to pitch, from down to let go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dsp.touch import CHOOSE, EVERYBODY, HANDS, LET_GO, NOTE_OFF, NOTE_ON, PEDAL, PLAYERS

if TYPE_CHECKING:
    from dsp.telemetry import Played


@dataclass(frozen=True, slots=True)
class HandNote:
    """One note, in beats from the start of the sitting.

    key, pitch   what was pressed and what sounded, MIDI numbers
    value        how hard, 0 to 1
    """

    player: int
    instrument: str
    key: int
    pitch: float
    value: float
    beat: float
    until_beat: float


def hand_notes(played: Iterable[Played], end_beat: float) -> list[HandNote]:
    """The notes of these touches, in order of their beginnings; what is still held lasts until `end_beat`."""
    notes: list[HandNote] = []
    held: dict[tuple[int, int], int] = {}
    kept: set[tuple[int, int]] = set()
    pedals, instruments = set[int](), [HANDS[0]] * PLAYERS

    def end(which: tuple[int, int], beat: float) -> None:
        n = held.pop(which)
        kept.discard(which)
        notes[n] = replace(notes[n], until_beat=max(beat, notes[n].beat))

    for each in played:
        touch = each.touch
        which = (touch.player, touch.key)
        if touch.kind == CHOOSE:
            instruments[max(touch.player, 0)] = HANDS[min(touch.key, len(HANDS) - 1)]
        elif touch.kind == NOTE_ON:
            if which in held:
                end(which, each.beat)
            held[which] = len(notes)
            instrument = instruments[touch.player]
            notes.append(
                HandNote(
                    touch.player, instrument, touch.key, each.pitch, touch.value, each.beat, end_beat
                )
            )
        elif touch.kind == NOTE_OFF and which in held:
            if touch.player in pedals:
                kept.add(which)
            else:
                end(which, each.beat)
        elif touch.kind == PEDAL and touch.value >= 0.5:
            pedals.add(touch.player)
        elif touch.kind == PEDAL:
            pedals.discard(touch.player)
            for one in [one for one in kept if one[0] == touch.player]:
                end(one, each.beat)
        elif touch.kind == LET_GO:
            gone = [one for one in held if touch.player in (EVERYBODY, one[0])]
            for one in gone:
                end(one, each.beat)
            pedals.difference_update(range(PLAYERS) if touch.player == EVERYBODY else {touch.player})
    return sorted(notes, key=lambda note: note.beat)

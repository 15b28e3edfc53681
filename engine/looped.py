"""Looped: bars of what was played along, played again in layers, each a little softer every time.

A layer holds keys in beats and not sound, so it follows the tempo that a heart leads; and it is drawn anew to
the harmony each time it comes round, as fingers are. Its notes are commands as the composer's are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf

from dsp.score import Note
from dsp.telemetry import Played
from dsp.touch import LOUDEST, SOFTEST
from engine.hand_notes import HandNote, hand_notes

BARS = (4, 8)
"""How long a loop may be."""

MOST_LAYERS = 4
"""The oldest that is not kept gives way (own choice)."""

SOFTER = 0.8
"""By how much the touch of a layer is softer each time it comes round, unless it is kept; where that would be
SOFTEST_TOUCH it has faded. Own choice: eight times."""

SOFTEST_TOUCH = 0.15

REMEMBERED_BEATS = 8 * 12.0
"""What was played is remembered for so long: eight bars of the longest."""

Wanted = Callable[[float], frozenset[int]]
"""Pitch classes that go with the harmony at a beat."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Notes whose beats count from its beginning; it comes round every `beats`, at first at `from_beat`."""

    notes: tuple[HandNote, ...]
    beats: float
    from_beat: float
    kept: bool = False
    until_beat: float = inf

    def loudness(self, turn: int) -> float:
        """Of the touches when it comes round for the time of that number, 0 being the first; 0: faded."""
        if self.kept:
            return SOFTER
        share = SOFTER ** (turn + 1)
        return share if share > SOFTEST_TOUCH else 0.0


def drawn(key: int, wanted: frozenset[int], strength: float) -> float:
    """The pitch of a key, drawn to the nearest that is wanted, the lower of two (dsp.played.draw_to)."""
    for away in range(7):
        for way in (-away, away):
            if (key + way) % 12 in wanted:
                return key + strength * way
    return float(key)


NO_LOOP = "There is no loop to {}; play something, then let its last 4 or 8 bars come round."


class Looped:
    """Hears what is played along, and has the layers that were made of it."""

    def __init__(self) -> None:
        self._heard: list[Played] = []
        self._layers: list[Layer] = []
        self._written = 0.0

    def hear(self, played: Iterable[Played]) -> None:
        """What was played since the last call."""
        self._heard += played

    def take(self, bars: int, now_beat: float, bar_beats: int) -> tuple[bool, str]:
        """Let the last so many whole bars come round from the next bar line on; whether it was, in words."""
        end = now_beat // bar_beats * bar_beats
        beats = float(bars * bar_beats)
        self._forget(end - REMEMBERED_BEATS)
        within = [note for note in hand_notes(self._heard, now_beat) if end - beats <= note.beat < end]
        if not within:
            return False, f"Nothing was played in the last {bars} bars; play something, then ask again."
        notes = tuple(
            replace(note, beat=note.beat - (end - beats), until_beat=note.until_beat - (end - beats))
            for note in within
        )
        fading = [layer for layer in self._layers if not layer.kept]
        if len(self._layers) >= MOST_LAYERS and fading:
            self._layers.remove(fading[0])
        begins = ceil(max(now_beat, self._written) / bar_beats) * float(bar_beats)
        self._layers.append(Layer(notes, beats, begins))
        return True, f"The last {bars} bars, {len(notes)} notes, come round from the next bar on."

    def keep(self) -> tuple[bool, str]:
        """The newest layer stays for the sitting."""
        if not self._layers:
            return False, NO_LOOP.format("keep")
        self._layers[-1] = replace(self._layers[-1], kept=True)
        return True, "The newest loop stays."

    @property
    def newest(self) -> Layer | None:
        """What a hand means that speaks of the loop."""
        return self._layers[-1] if self._layers else None

    def end(self, now_beat: float) -> tuple[bool, str]:
        """Every layer ends when it has come round."""
        if not self._layers:
            return False, "There is no loop to end: nothing comes round."
        self._layers = [replace(each, until_beat=_end_of_turn(each, now_beat)) for each in self._layers]
        return True, "The loops end as they come round."

    def due(self, from_beat: float, until_beat: float, wanted: Wanted, strength: float) -> Sequence[Note]:
        """The notes from where the last call ended, or `from_beat`, to `until_beat`; each is given once."""
        begin, self._written = max(from_beat, self._written), max(until_beat, self._written)
        self._layers = [
            each for each in self._layers
            if begin < each.until_beat and (each.kept or each.loudness(_turn(each, begin)) > 0.0)
        ]  # fmt: skip
        return sorted(
            (note for layer in self._layers for note in _sung(layer, begin, until_beat, wanted, strength)),
            key=lambda note: note.beat,
        )

    def _forget(self, before_beat: float) -> None:
        """Leave out what is too long ago, but for keys that are down still, pedals and instruments."""
        from dsp.touch import NOTE_OFF, NOTE_ON

        self._heard = [
            each for each in self._heard
            if each.beat >= before_beat or each.touch.kind not in (NOTE_ON, NOTE_OFF)
        ]  # fmt: skip


def _turn(layer: Layer, beat: float) -> int:
    return max(int((beat - layer.from_beat) // layer.beats), 0)


def _end_of_turn(layer: Layer, beat: float) -> float:
    return layer.from_beat + (_turn(layer, beat) + 1) * layer.beats


def _sung(layer: Layer, begin: float, until: float, wanted: Wanted, strength: float) -> Iterable[Note]:
    until = min(until, layer.until_beat)
    for turn in range(_turn(layer, begin), _turn(layer, until) + 1):
        loudness = layer.loudness(turn)
        for note in layer.notes if loudness > 0.0 else ():
            beat = layer.from_beat + turn * layer.beats + note.beat
            if begin <= beat < until:
                pitch = drawn(note.key, wanted(beat), strength)
                velocity = SOFTEST + (LOUDEST - SOFTEST) * note.value * loudness
                yield Note(beat, note.until_beat - note.beat, note.instrument, pitch, velocity)

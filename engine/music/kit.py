"""The lo-fi kit of the focus profile: a soft half-time groove with swing that breathes from bar to bar."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from dsp.score import DRUM_PITCHES, Note
from engine.music.bar import Bar
from engine.music.expression import Expression

PANS = {"hat": 0.25, "brush": -0.2, "rim": 0.08}
"""Where they stand, -1 to 1; a kick in the middle. Our own choice."""

SWING = 0.57
"""Where the second of two eighths falls in its beat; 0.5 is straight, 0.67 a triplet. Our own choice."""


def bar(
    random: Random, beats: int, fullness: float, last_of_phrase: bool
) -> Iterator[tuple[float, str, float]]:
    """One bar of strokes: (beat in the bar, drum name of dsp.score.DRUM_PITCHES, velocity).

    `beats` per bar; `fullness` 0 (bare) to 1 (all of it). Felt at half time: the kick on the first
    beat, the rim in the middle of the bar, hats on the eighths, brushes between.
    """
    middle = beats // 2
    yield 0.0, "kick", 0.62
    if random.random() < 0.25 + 0.45 * fullness:
        yield middle + SWING, "kick", 0.46
    yield float(middle), "rim", 0.36
    for eighth in range(2 * beats):
        on_beat = eighth % 2 == 0
        if random.random() < (0.55 + 0.4 * fullness if on_beat else 0.2 + 0.5 * fullness):
            accent = 0.30 if on_beat else 0.20
            yield eighth // 2 + (0.0 if on_beat else SWING), "hat", accent + 0.06 * random.random()
    if last_of_phrase and random.random() < 0.6:
        yield beats - 1 + SWING, "brush", 0.34


def played(
    random: Random, where: Bar, fullness: float, last_of_phrase: bool, hands: Expression
) -> list[Note]:
    """The same as notes, a little before or behind their beat; none before the bar begins."""
    return [
        Note(
            max(where.beat, where.beat + beat + hands.tight_s() / where.beat_s), 0.5, "kit",
            DRUM_PITCHES[drum], hands.velocity(velocity), 0.0, PANS.get(drum, 0.0),
        )
        for beat, drum, velocity in bar(random, where.beats, fullness, last_of_phrase)
    ]  # fmt: skip

"""A tune that somebody played, as a motif: what the music can sing of it, in scale steps and beats.

A tune is known by how it begins. So of a few bars that come round it is the uppermost voice, from where that
begins after its longest rest, as far as its first breath.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from engine.music.motif import Motif
from engine.music.scale import Scale

LEAST_NOTES, MOST_NOTES = 3, 7
"""Of a motif: fewer are no figure, and more would have to be saved up for too long (engine.music.themes)."""

GRID = 2
"""Places in a beat to which beginnings are drawn, so that it goes with what else is sung."""

UNDER_ST = 15
"""What lies further under the highest note accompanies it (own choice: most songs stay within a tenth)."""

BREATH_BEATS, LONGEST_BEATS = 2.0, 4.0
"""From one beginning to the next: from where on a tune breathes, unless all of it is as slow; and the longest
that is kept. Own choice."""

Line = Sequence[tuple[float, float]]
"""Notes as (beat, MIDI number)."""


def motif_of(line: Line, beats: float, scale: Scale) -> Motif | None:
    """The motif of what comes round every so many beats, on the nearest pitches of `scale`; None where there
    are too few notes one after another."""
    upper: dict[float, float] = {}
    for beat, pitch in line:
        place = round(beat * GRID) / GRID % beats
        upper[place] = max(pitch, upper.get(place, 0.0))
    upper = {at: pitch for at, pitch in sorted(upper.items()) if pitch > max(upper.values()) - UNDER_ST}
    if len(upper) < LEAST_NOTES:
        return None
    begins, pitches = list(upper), list(upper.values())
    gaps = [(after - at) % beats for at, after in zip(begins, [*begins[1:], begins[0]], strict=True)]
    first = max(range(len(gaps)), key=lambda n: gaps[n - 1])
    gaps, pitches = gaps[first:] + gaps[:first], pitches[first:] + pitches[:first]
    breath = max(BREATH_BEATS, 2.0 * median(gaps))
    ends = (n + 1 for n, gap in enumerate(gaps) if n + 1 >= LEAST_NOTES and gap >= breath)
    count = min(next(ends, len(gaps)), MOST_NOTES)
    ladder = scale.ladder(0, 127)
    places = [min(range(len(ladder)), key=lambda n: abs(ladder[n] - pitch)) for pitch in pitches[:count]]
    return Motif(
        tuple(place - places[0] for place in places),
        tuple(min(gap, LONGEST_BEATS) for gap in gaps[:count]),
        tuple(ladder[place] for place in places),
    )

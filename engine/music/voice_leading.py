"""Least-motion voice leading: from one voicing to the next with as little movement as may be.

Voices are listed from low to high and keep that order, so they never cross. SCIENCE.md D1 and D3:
at most four semitones a voice, common tones kept, no parallel fifths in the top pair, no minor
second under 300 Hz, and seconds only an octave apart in the low register.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, pairwise, product

from engine.music.chords import Chord
from engine.music.scale import pitches_of

LARGEST_STEP = 4
"""Semitones a voice may move."""

LOW_REGISTER = 57
"""MIDI 57 is 220 Hz: a voice under it keeps at least a minor third from the next (our own choice)."""

SECOND_FREE = 63
"""MIDI 63 is 311 Hz: from here a minor second is above 300 Hz."""

_LOW_SEMITONE = 5.0
"""Cost of a voice that enters a semitone from one that has just been let go, both low: its tail still sounds
(own choice: more than a smooth step saves, less than a missing tone costs)."""

_BROKEN = 1000.0
"""Cost of one broken rule: far above all that a voicing within the rules can cost or save."""

Voicing = tuple[int, ...]


def rough(lower: int, upper: int) -> bool:
    """Whether two sounding pitches (MIDI) lie too close for their register."""
    gap = abs(upper - lower)
    low = min(lower, upper)
    return (gap == 1 and low < SECOND_FREE) or (gap == 2 and low < LOW_REGISTER)


def close_semitone(one: int, other: int) -> bool:
    """Whether two pitches (MIDI) lie a semitone apart, the lower under 300 Hz: together they beat."""
    return abs(one - other) == 1 and min(one, other) < SECOND_FREE


def parallel_fifth(before: Voicing, after: Voicing) -> bool:
    """Whether the top two voices move from one fifth to another in the same direction."""
    if len(before) < 2 or len(after) < 2 or before[-1] == after[-1]:
        return False
    return (before[-1] - before[-2]) % 12 == 7 and (after[-1] - after[-2]) % 12 == 7


def voice(
    chord: Chord,
    before: Voicing | None,
    low: float,
    high: float,
    voices: int = 4,
    bass: int | None = None,
) -> Voicing | None:
    """The voicing of `chord` in `voices` voices between `low` and `high` (MIDI) nearest to `before`.

    Without `before`, the best-spread voicing. A tone may be missing where it cannot be reached, the
    colour before the core; None where no voicing keeps the rules, those of a `bass` that stands included.
    """
    pitches = pitches_of(chord.classes, low, high)
    voices = min(voices, len(pitches))
    if bass is not None:
        pitches = tuple(pitch for pitch in pitches if not rough(pitch, bass))
    if len(pitches) < voices:
        return None
    if before is not None and len(before) != voices:
        before = None
    centre = (low + high) / 2
    best: tuple[float, Voicing] | None = None
    for candidate in _candidates(pitches, before, voices):
        cost = _cost(candidate, chord, before, centre)
        if best is None or cost < best[0]:
            best = (cost, candidate)
    return best[1] if best and best[0] < _BROKEN / 2 else None


def _candidates(pitches: Voicing, before: Voicing | None, voices: int) -> Iterable[Voicing]:
    """Rising voicings out of `pitches`, each voice within reach of where it was."""
    if before is None:
        return combinations(pitches, voices)
    reached = [[pitch for pitch in pitches if abs(pitch - was) <= LARGEST_STEP] for was in before]
    return (each for each in product(*reached) if all(a < b for a, b in pairwise(each)))


def _cost(after: Voicing, chord: Chord, before: Voicing | None, centre: float) -> float:
    classes = {p % 12 for p in after}
    cost = 40.0 * sum(tone not in classes for tone in chord.core) + 8.0 * sum(
        t not in classes for t in chord.colour
    )
    cost += _BROKEN * sum(rough(a, b) for a, b in pairwise(after))
    cost += sum(max(0, b - a - 12) for a, b in pairwise(after))
    cost += 0.35 * abs(sum(after) / len(after) - centre)
    cost += 1.0 * (after[0] % 12 != chord.root)
    if before is None:
        return cost + 0.5 * sum(abs((b - a) - 6) for a, b in pairwise(after))
    moves = [abs(a - b) for a, b in zip(after, before, strict=True)]
    cost += sum(moves) - 1.5 * moves.count(0)
    cost += _LOW_SEMITONE * sum(close_semitone(a, b) for a in after if a not in before for b in before)
    return cost + _BROKEN * parallel_fifth(before, after)

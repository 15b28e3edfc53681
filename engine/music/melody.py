"""The melody: a motif sung on a chord, in a register, from where the last line ended."""

from __future__ import annotations

from collections.abc import Sequence

from engine.music.chords import Chord, rubs
from engine.music.motif import Motif
from engine.music.voice_leading import SECOND_FREE

LEAD_CEILING = 83
"""MIDI 83 is 988 Hz: no lead above 1.2 kHz (SCIENCE.md D1)."""

_SKIPPED = 4.0
"""Cost of each semitone over a whole tone where a motif asks for a step: five-note modes have both."""

_OTHER_WAY = 4.0
"""Cost of a note that stays or turns where its motif goes on. Own choice, as measured
(benchmarks/written.py)."""

_SAID_AGAIN = 1.5
"""Cost of beginning on the tone that the last line ended on (own choice)."""

_AWAY, _OVER_STEP, _OVER_SKIP = 0.6, 1.5, 3.0
"""Costs of each semitone between the end of one line and the beginning of the next, of each over a whole
tone, and of each over a third: a line goes on by a step rather than lie in the middle of its register (own
choice, as measured: benchmarks/written.py)."""

_PASSING_BEATS = 1.0
"""A note no longer than this within a line passes: it may lie a semitone from the chord, over 300 Hz."""


def sung(
    motif: Motif,
    ladder: tuple[int, ...],
    chords: Sequence[Chord],
    centre: float,
    before: float | None,
    home: bool,
    pull: float = 1.0,
) -> tuple[int, ...]:
    """Pitches (MIDI) for the notes of `motif` on the rising `ladder`, near `centre`; () without a ladder.

    `chords` holds the chord under each note. The last note is a chord tone, and one that would rub against
    its chord a semitone off moves to it; else the motif keeps its steps, for it is known by them. `before` is
    the pitch the melody last left, `home` asks for a close on a core tone of the last chord, best its root.
    `pull` is what a semitone away from `centre` costs.
    """
    best: tuple[float, tuple[int, ...]] | None = None
    for start in range(len(ladder)):
        cost, line = _line(motif, ladder, start, chords, home)
        cost += pull * abs(sum(line) / len(line) - centre)
        if before is not None:
            away = abs(line[0] - before)
            cost += _AWAY * away + _OVER_STEP * max(0.0, away - 2) + _OVER_SKIP * max(0.0, away - 4)
            cost += _SAID_AGAIN * (away == 0)
        if best is None or cost < best[0]:
            best = (cost, line)
    return best[1] if best else ()


def refitted(
    line: Sequence[int], ladder: tuple[int, ...], chords: Sequence[Chord], lengths: Sequence[float] = ()
) -> tuple[int, ...]:
    """`line`, as sung elsewhere, over other chords: what does not fit them moves, and nothing else. With its
    `lengths` in beats, what passes stays, too."""
    last = len(line) - 1
    return tuple(
        pitch
        if lengths and _passes(n, last, lengths[n], pitch)
        else _fitted(pitch, ladder, chord, leans=n == last, core=False)
        for n, (pitch, chord) in enumerate(zip(line, chords, strict=True))
    )


def _passes(n: int, last: int, beats: float, pitch: int) -> bool:
    return 0 < n < last and beats <= _PASSING_BEATS and pitch >= SECOND_FREE


def _line(
    motif: Motif, ladder: tuple[int, ...], start: int, chords: Sequence[Chord], home: bool
) -> tuple[float, tuple[int, ...]]:
    cost = 0.0
    line: list[int] = []
    last = len(motif.steps) - 1
    for n, (step, chord) in enumerate(zip(motif.steps, chords, strict=True)):
        i = start + step
        if not 0 <= i < len(ladder):
            cost += 4.0
            i = min(max(i, 0), len(ladder) - 1)
        pitch = ladder[i]
        passes = _passes(n, last, motif.lengths[n], pitch)
        on_chord = (
            pitch if passes else _fitted(pitch, ladder, chord, leans=n == last, core=home and n == last)
        )
        cost += 1.2 * abs(on_chord - pitch)
        if line:
            moved = on_chord - line[-1]
            asked = step - motif.steps[n - 1]
            cost += (_SKIPPED if abs(asked) <= 1 else 1.0) * max(0.0, abs(moved) - 2.0)
            cost += _OTHER_WAY * (_way(moved) != _way(asked))
        line.append(on_chord)
    if home and line[-1] % 12 != chords[-1].root:
        cost += 1.5
    return cost, tuple(line)


def _way(step: int) -> int:
    """Up (1), down (-1) or on the spot (0)."""
    return (step > 0) - (step < 0)


def _fitted(pitch: int, ladder: tuple[int, ...], chord: Chord, leans: bool, core: bool) -> int:
    """`pitch`, or the nearest tone of the chord where it `leans` on that or would rub against it.

    `core` asks for a tone that must sound.
    """
    if leans or rubs(pitch, chord):
        return _nearest(pitch, ladder, chord.core if core else chord.core + chord.colour)
    return pitch


def _nearest(pitch: int, ladder: tuple[int, ...], classes: tuple[int, ...]) -> int:
    fits = [p for p in ladder if p % 12 in classes]
    return min(fits, key=lambda p: (abs(p - pitch), p)) if fits else pitch

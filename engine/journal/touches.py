"""Touches: what somebody played along, as rows of the journal and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.journal.schema import LARGEST

if TYPE_CHECKING:
    from dsp.telemetry import Played

Row = tuple[str | int | float | None, ...]


def played_row(played: Played) -> Row:
    touch = played.touch
    return (
        touch.frame, touch.kind, touch.player, played.producer, touch.key, touch.value, played.beat,
        played.pitch,
    )  # fmt: skip


def played_of(row: Row) -> Played:
    """Raises TypeError or ValueError for a row that tells of no touch."""
    from dsp.telemetry import Played  # a list of sittings is shown without numpy, which these need
    from dsp.touch import PLAYERS, PRODUCERS, Touch

    frame, kind, player, producer, key, value, beat, pitch = row
    numbers = [each for each in row if isinstance(each, int | float) and abs(each) < LARGEST]
    counts = [each for each in (frame, kind, player, producer, key) if isinstance(each, int)]
    if len(numbers) != len(row) or len(counts) != 5:
        raise TypeError("a touch is told in numbers")
    frame, kind, player, producer, key = counts
    value, beat, pitch = map(float, numbers[5:])
    if not (-1 <= player < PLAYERS and 0 <= producer < PRODUCERS):
        raise ValueError(f"a player of number {player} is not known")
    return Played(Touch(kind, player, key, value, frame), beat, pitch, producer)

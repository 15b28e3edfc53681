"""Recording: what was read of a file, beat by beat, and the error that says why nothing was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sensors.beat import BadPacket, TimedBeat


class RecordingError(ValueError):
    """A recording that cannot be read: one plain sentence that names it and the mend.

    It never repeats what stands in the file, where a person's name may stand.
    """


@dataclass(frozen=True, slots=True)
class Recording:
    """What was read. `beats` and `skipped` are in order of arrival; `kind` is rr, ecg or ppg."""

    name: str
    kind: str
    beats: tuple[TimedBeat, ...]
    skipped: tuple[BadPacket, ...]
    said: str = ""
    """How the file was understood, units found out included: "RR in ms; times in microseconds"."""


def merged(recording: Recording) -> Iterator[TimedBeat | BadPacket]:
    """Beats and dirt of a recording in order of arrival."""
    yield from sorted((*recording.beats, *recording.skipped), key=lambda event: event.arrival_s)

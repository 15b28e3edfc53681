"""Replay: a recording as a sensor, each beat due at the time it came."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

from sensors.beat import Link, LinkChange, SensorEvent
from sensors.plain_text import plain
from sensors.recording import Kind, Recording, RecordingError, merged, read_recording


class Replay:
    """`replay:FILE`: a pure function of engine time, which ends with `Link.ENDED`."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        beats = list(merged(recording))
        end_s = max(event.arrival_s for event in beats)
        self._events: list[SensorEvent] = [
            LinkChange(0.0, Link.LIVE, f"Playing the recording {plain(recording.name)} ({recording.said})."),
            *beats,
            LinkChange(end_s, Link.ENDED, f"The recording {plain(recording.name)} has ended."),
        ]
        self._next = 0

    @classmethod
    def of(cls, spec: str) -> Replay:
        """The replay of `FILE`, `FILE?rate=130`, `FILE?rate=100&signal=ppg` or `FILE?column=NAME`.

        Raises RecordingError.
        """
        name, _, query = spec.partition("?")
        if not name:
            raise RecordingError("Sensor 'replay' needs a file: write replay:FILE.")
        rate_hz: float | None = None
        signal: Kind | None = None
        column: str | None = None
        for key, value in parse_qsl(query, keep_blank_values=True):
            if key == "rate":
                try:
                    rate_hz = float(value)
                except ValueError:
                    raise RecordingError(f"Recording '{name}': rate={value} is not a number.") from None
            elif key == "signal" and value in ("ecg", "ppg"):
                signal = value
            elif key == "column" and value:
                column = value
            else:
                raise RecordingError(
                    f"Recording '{name}': '{key}={value}' is not understood; use rate=HZ, signal=ecg or ppg, "
                    "column=NAME."
                )
        return cls(read_recording(Path(name).expanduser(), rate_hz, signal, column))

    @property
    def label(self) -> str:
        return f"recording {plain(self.recording.name)}"

    @property
    def simulated(self) -> bool:
        return False

    @property
    def latency_s(self) -> float:
        """A recording tells its beats when they fall."""
        return 0.0

    @property
    def end_s(self) -> float:
        """Engine time of the last event."""
        return self._events[-1].arrival_s

    def open(self) -> None:
        """Nothing to open: the file was read when the replay was made."""

    def close(self) -> None:
        """Nothing to close."""

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        """A recording hears nothing."""

    def poll(self, now_s: float) -> list[SensorEvent]:
        """Every event that is due by `now_s` and was not returned before."""
        first = self._next
        while self._next < len(self._events) and self._events[self._next].arrival_s <= now_s:
            self._next += 1
        return self._events[first : self._next]

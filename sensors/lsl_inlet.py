"""A heart that another program measures and offers over the Lab Streaming Layer: `lsl`, or `lsl:NAME`.

A stream is heard by its first channel. RR intervals (type RR, IBI, NN or PPI) are beats, stamped when they
fell; in an ECG or a PPG the beats are found here; a rate (type HR) is a rate and no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from math import isfinite
from typing import Any

from sensors.attached import Attached, AwayError
from sensors.beat import BadPacket, Measurement, SensorEvent, TimedBeat
from sensors.interval_unit import IntervalUnit
from sensors.lsl_library import library
from sensors.peaks import RATE_MAX_HZ, RATE_MIN_HZ, Kind
from sensors.plain_text import plain
from sensors.wave_beats import WaveBeats

LOOK_S = 2.0
"""For streams, before it is told that there is none."""
PULL_S = 0.2
OPEN_S = 5.0
SILENCE_S = 8.0
"""Of a stream that ends without a word: its network is gone (as sensors.linked_strap has it)."""
CORRECT_EVERY_S = 5.0
"""Between two looks at how the other computer's clock stands (liblsl measures it as often)."""
SECONDS_BELOW = 10.0
"""An interval of less is given in seconds: no heart beats twice in 10 ms, and none once in 10 s."""
CHUNK = 1024
"""Samples taken at once: what 5000 Hz make in PULL_S."""

INTERVALS = frozenset({"rr", "ibi", "nn", "ppi", "r-r", "rri"})
RATES = frozenset({"hr", "heartrate", "heart rate", "heart_rate", "bpm", "pulse"})
WAVES = {"ecg": "ecg", "ekg": "ecg", "ppg": "ppg", "bvp": "ppg"}


@dataclass(frozen=True, slots=True)
class Stream:
    """One that may be heard: how, as INTERVALS, RATES or WAVES have it."""

    name: str
    kind: str
    info: Any


class LslHeart(Attached):
    """`lsl:NAME`. Raises ValueError, one sentence, where pylsl is missing."""

    worn = "See whether the other program hears a heart."

    def __init__(self, name: str) -> None:
        if find_spec("pylsl") is None:
            raise ValueError("Sensor 'lsl' needs pylsl: pip install 'calando[lsl]'.")
        self._name = name
        super().__init__(f"LSL stream {plain(name)}" if name else "LSL stream")

    def _prepare(self) -> None:
        library("A stream of LSL")

    def _hold(self) -> None:
        lsl: Any = import_module("pylsl")
        stream = self._found(lsl)
        self._label = f"LSL stream {plain(stream.name)}"
        smooth = lsl.proc_dejitter if stream.kind in WAVES else lsl.proc_none
        inlet = lsl.StreamInlet(stream.info, recover=False, processing_flags=smooth)
        try:
            inlet.open_stream(OPEN_S)
            self._opened()
            self._listen(lsl, inlet, _reader(stream))
        except (TimeoutError, lsl.util.LostError) as gone:
            raise AwayError(f"{self.label} has ended; start it again in the other program.") from gone
        finally:
            inlet.close_stream()

    def _found(self, lsl: Any) -> Stream:
        """The first that can be heard. Raises AwayError."""
        infos: list[Any] = lsl.resolve_streams(LOOK_S)
        # A sitting's own are heard where they are named, and never by chance: it would follow itself.
        foreign = [each for each in infos if not each.source_id().startswith("calando-")]
        named = [each for each in infos if each.name() == self._name] if self._name else foreign
        for info in sorted(named, key=lambda each: (_kind(each) != "rr", each.name())):
            if _unfit(lsl, info) is None:
                return Stream(info.name(), _kind(info), info)
        if self._name and named:
            raise AwayError(f"{self.label} {_unfit(lsl, named[0])}.")
        others = ", ".join(sorted({plain(each.name()) for each in infos})[:5]) or "none"
        what = self.label if self._name else "An LSL stream with a heart"
        raise AwayError(f"{what} is not there; start it in the other program. There are: {others}.")

    def _listen(self, lsl: Any, inlet: Any, reader: Reader) -> None:
        came_s, corrected_s, ahead_s = time.monotonic(), float("-inf"), 0.0
        while not self._closed.is_set():
            samples, stamps = inlet.pull_chunk(timeout=PULL_S, max_samples=CHUNK)
            now_s = time.monotonic()
            if now_s - corrected_s > CORRECT_EVERY_S:
                corrected_s = now_s
                ahead_s = inlet.time_correction(OPEN_S) + time.monotonic() - lsl.local_clock()
            if samples:
                came_s = now_s
                values, moments_s = [float(each[0]) for each in samples], [at + ahead_s for at in stamps]
                self._tell(reader.read(values, moments_s, now_s))
            elif now_s - came_s > SILENCE_S:
                raise AwayError(f"{self.label} has fallen silent; see to the other program and its network.")
            why = reader.why_not()
            self._look(why and f"{self.label} {why}.")


@dataclass(frozen=True, slots=True)
class Reader:
    """How a stream is read.

    read     (values, their moments, now) to what they say, all times by time.monotonic()
    why_not  why nothing can be heard in it, to be said behind its name; None where it can
    """

    read: Callable[[list[float], list[float], float], list[SensorEvent]]
    why_not: Callable[[], str | None] = lambda: None


def _kind(info: Any) -> str:
    """rr, hr, ecg, ppg, or "" for what is no heart."""
    told = str(info.type()).strip().casefold()
    if told in INTERVALS:
        return "rr"
    return "hr" if told in RATES else WAVES.get(told, "")


def _unfit(lsl: Any, info: Any) -> str | None:
    """Why no heart can be heard in it; None where one can."""
    kind, rate_hz = _kind(info), float(info.nominal_srate())
    if not kind:
        return f"has the type {plain(info.type())!r}; RR, HR, ECG and PPG can be heard"
    if info.channel_format() == lsl.cf_string:
        return "sends text; a heart is heard in numbers alone, so let the other program send those"
    if kind in WAVES and rate_hz != lsl.IRREGULAR_RATE and not RATE_MIN_HZ <= rate_hz <= RATE_MAX_HZ:
        return f"has {rate_hz:g} samples a second; between {RATE_MIN_HZ:.0f} and {RATE_MAX_HZ:.0f} are needed"
    return None


def _reader(stream: Stream) -> Reader:
    match stream.kind:
        case "rr":
            return _intervals()
        case "hr":
            return Reader(_rates)
        case _:
            return Reader(_wave("ecg" if stream.kind == "ecg" else "ppg"))


def _intervals() -> Reader:
    unit = IntervalUnit()

    def read(values: list[float], moments_s: list[float], now_s: float) -> list[SensorEvent]:
        events: list[SensorEvent] = []
        for value, at_s in zip(values, moments_s, strict=True):
            rr_ms = value * 1000.0 if 0.0 < value < SECONDS_BELOW else value
            if not (isfinite(rr_ms) and rr_ms > 0.0 and isfinite(at_s)):
                events.append(BadPacket(now_s, repr(value).encode(), "no interval between two beats"))
                continue
            unit.take(rr_ms, at_s)
            if unit.why_not is None:
                events.append(TimedBeat(now_s, min(at_s, now_s), rr_ms))
            else:
                events.append(BadPacket(now_s, repr(value).encode(), "an interval that is in no ms"))
        return events

    return Reader(read, lambda: unit.why_not)


def _rates(values: list[float], _moments_s: list[float], now_s: float) -> list[SensorEvent]:
    fit = [value for value in values if isfinite(value) and 0.0 < value < 1000.0]
    if not fit:
        return [BadPacket(now_s, repr(values[-1]).encode(), "no heart rate")]
    return [Measurement(now_s, round(fit[-1]), ())]


def _wave(kind: Kind) -> Callable[[list[float], list[float], float], list[SensorEvent]]:
    beats = WaveBeats(kind, placed=True)

    def read(values: list[float], moments_s: list[float], now_s: float) -> list[SensorEvent]:
        fit = [value if isfinite(value) else 0.0 for value in values]
        return list(beats.take(fit, moments_s, now_s))

    return read

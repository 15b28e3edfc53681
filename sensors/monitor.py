"""HeartMonitor: from a sensor's events to the one HeartState that the rest of Calando trusts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from sensors.artefacts import ArtefactClassifier, Label, LabelledBeat, Verdict
from sensors.beat import BadPacket, ChestMotion, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.beat_times import SHORTEST_S, BeatTimes, PlacedBeat
from sensors.breathing import GUESS, SURE, UNKNOWN, Breathing, breathing
from sensors.breathing import WINDOW_S as BREATH_WINDOW_S
from sensors.chest import SILENT, ChestBreath
from sensors.clock_drift import ClockDrift
from sensors.gate import HOLE_S, RR_MAX_MS, RR_MIN_MS, RateGate
from sensors.heart_state import HeartState
from sensors.lean import Lean
from sensors.packet_intervals import EVIDENCE_S, LONGEST_S, PacketIntervals, used_slots
from sensors.plain_text import visible
from sensors.predictor import BeatPredictor, ExpectedBeat
from sensors.regularity import WINDOW_S as REGULARITY_WINDOW_S
from sensors.regularity import regularity
from sensors.variability import IntervalSums, IntervalWindow

Array = npt.NDArray[np.float64]
T = TypeVar("T")

QUALITY_S = 60.0
"""Span of the quality (heart_state.py)."""
IRREGULAR_QUALITY = 0.4
"""Highest quality of an irregular signal: its rate may be shown, nothing may be led by it. Own choice."""
IRREGULAR_SHARE = 0.15
"""Share of marked beats in the last minute that makes a signal irregular. Own choice: three times the
share at which figures are withheld."""
IRREGULAR_FROM_BEATS = 20
"""Beats before a signal may be called irregular. Own choice."""
IRREGULAR_WORDS = "Irregular signal: variability is not shown."
RATE_ONLY_PACKETS = 5
"""Packets with a rate and no interval from which on a sensor is said to send no beats: one a second comes,
and before its first intervals a strap sends one or two such. Own choice."""
RATE_ONLY_WORDS = "This sensor sends a rate, but no beats."
INTERVALS_S = 60.0
"""Span of the intervals that a state carries: six breaths of the slowest customary guide. Own choice."""
BREATH_EVERY_S = 5.0
"""Own choice: a breath's worth."""
REGULARITY_EVERY_S = 5.0
"""As published (SCIENCE.md A5)."""


class HeartMonitor:
    """Feed it every event of one sensor in order; ask it for the state at any engine time.

    The state is a function of the events fed, of what the music led at and of the time asked, not of how
    often it was asked.
    """

    def __init__(self, simulated: bool = False) -> None:
        self.simulated = simulated
        """Whether the heart is none; may be set at any time, for `auto` decides late."""
        self._intervals = PacketIntervals()
        self._times = BeatTimes()
        self._gate = RateGate()
        self._lean = Lean()
        self._passed: deque[tuple[float, float]] = deque()
        self._newest: tuple[tuple[float, float], ...] = ()
        self._classifier = ArtefactClassifier()
        self._predictor = BeatPredictor()
        self._window = IntervalWindow()
        self._undecided: deque[PlacedBeat] = deque()
        self._labelled: list[LabelledBeat] = []
        self._link = Link.SEARCHING
        self._words = ""
        self._live_words = "Live."
        self._rate_only = 0
        self._beats = 0
        self._bad_packets = 0
        self._last_beat_s: float | None = None
        self._last_rr_ms = 0.0
        self._doubted_s = 0.0
        self._irregular = False
        self._decided = 0
        self._decided_s = 0.0
        self._figures_at = -1
        self._rmssd: float | None = None
        self._sdnn: float | None = None
        self._guide_per_min: float | None = None
        self._chest = ChestBreath()
        self._chest_reading = SILENT
        self._drift = ClockDrift()
        self._breath = _Spectral(self._breathing, BREATH_EVERY_S, BREATH_WINDOW_S, UNKNOWN)
        self._regularity = _Spectral(regularity, REGULARITY_EVERY_S, REGULARITY_WINDOW_S + 2.0, None)

    @property
    def bad_packets(self) -> int:
        """Packets and lines that could not be read so far."""
        return self._bad_packets

    def finish(self) -> None:
        """Nothing more is coming: judge the last beats with what there is."""
        self._decide(self._classifier.flush())

    def whole(self) -> IntervalSums:
        """Figures over every beat decided since the start."""
        return self._window.whole()

    def feed(self, event: SensorEvent, latency_s: float = 0.0) -> None:
        """Take in the next event of a sensor that is late by `latency_s` (`Sensor.latency_s`)."""
        match event:
            case Measurement():
                self._measure(event, latency_s)
            case TimedBeat():
                self._timed(event)
            case ChestMotion():
                self._chest_reading = self._chest.take(event.t_s, event.milli_g)
            case LinkChange():
                self._link, self._words = event.link, visible(event.words)
                if event.link is Link.LIVE:
                    self._live_words = self._words
                if event.link is not Link.LIVE:
                    self._lose()
                if event.link is Link.ENDED:
                    self.finish()
            case BadPacket():
                self._bad_packets += 1

    def hear(self, breath_per_min: float) -> None:
        """The rate at which the music leads from now on: a slow wave there is likelier the breath."""
        self._guide_per_min = breath_per_min

    def take_labelled(self) -> list[LabelledBeat]:
        """Beats whose label became final since the last call, in order of time."""
        taken, self._labelled = self._labelled, []
        return taken

    def expect(self, now_s: float, until_s: float) -> list[ExpectedBeat]:
        """Beats expected in `now_s` <= t < `until_s` (see `BeatPredictor`)."""
        return self._predictor.expect(now_s, until_s)

    def state(self, now_s: float) -> HeartState:
        """What is known at engine time `now_s`, not earlier than the last event fed."""
        alive = self._last_beat_s is not None and now_s - self._last_beat_s <= HOLE_S
        if self._figures_at != self._decided:
            self._figures_at = self._decided
            self._rmssd = self._window.rmssd_ms(self._decided_s)
            self._sdnn = self._window.sdnn_ms(self._decided_s)
        breath = self._breath.figure(self._window) if alive else UNKNOWN
        quality = self._window.quality(now_s, QUALITY_S)
        irregular = self._irregular and alive
        if irregular:
            breath = replace(breath, confidence=min(breath.confidence, GUESS))
        chest = self._chest_reading
        phase = chest.phase_at(now_s) if chest.confidence >= SURE else None
        if phase is not None:
            # The chest is the breath itself; the heart only follows it.
            breath = Breathing(chest.per_min, chest.confidence)
        return HeartState(
            t_s=now_s,
            hr_bpm=self._gate.rate_bpm(now_s),
            trend_bpm_per_min=self._gate.trend_bpm_per_min() if alive else None,
            lean_bpm=self._lean.bpm(now_s) if alive and not irregular else None,
            intervals=self._newest if alive and not irregular else (),
            rmssd_ms=self._rmssd if alive and not irregular else None,
            sdnn_ms=self._sdnn if alive and not irregular else None,
            breath_per_min=breath.per_min,
            breath_confidence=breath.confidence,
            breath_phase=phase,
            clock_drift_ppm=self._drift.ppm,
            half_breaths=chest.halves if chest.fresh(now_s) else (),
            regularity=self._regularity.figure(self._window) if alive and not irregular else None,
            quality=min(quality, IRREGULAR_QUALITY) if irregular else quality,
            irregular=irregular,
            beats=self._beats,
            last_beat_s=self._last_beat_s,
            link=self._link,
            words=IRREGULAR_WORDS if irregular and self._link is Link.LIVE else self._words,
            simulated=self.simulated,
        )

    def _breathing(self, t_s: Array, rr_ms: Array) -> Breathing:
        return breathing(t_s, rr_ms, self._guide_per_min)

    def _measure(self, packet: Measurement, latency_s: float) -> None:
        if packet.contact is False:
            # A strap off the skin goes on inventing beats (FIELD.md 4.3): none of them is believed.
            self._link, self._words = Link.NO_CONTACT, "The strap has no contact: wet the electrodes."
            self._lose()
            return
        if slots := used_slots(packet.rr_ticks):
            self._rate_only = 0
            self._link, self._words = Link.LIVE, self._live_words
            self._place(packet.arrival_s, packet.arrival_s - latency_s, slots)
        elif packet.bpm:
            self._rate_only += 1
            if self._beats == 0 or self._rate_only >= RATE_ONLY_PACKETS:
                words = RATE_ONLY_WORDS if self._rate_only >= RATE_ONLY_PACKETS else self._live_words
                self._link, self._words = Link.LIVE, words
                self._gate.observe_rate(packet.arrival_s, packet.bpm)

    def _place(self, arrival_s: float, newest_s: float, slots: tuple[int, ...]) -> None:
        rr_s = self._intervals.take(arrival_s, slots)
        last_s = self._times.last_s
        if rr_s is None:
            self._doubted_s = arrival_s + EVIDENCE_S
        if rr_s is None or (last_s is not None and newest_s <= last_s):
            self._times.lose()  # more than has passed: which of it is true nobody knows
            return
        for beat in self._times.place(newest_s, rr_s):
            self._take(beat)

    def _lose(self) -> None:
        """Beats were lost, and what comes next says nothing about when."""
        self._intervals.lose()
        self._times.lose()

    def _timed(self, beat: TimedBeat) -> None:
        last_s, rr_ms = self._last_beat_s, beat.rr_ms
        t_s = min(beat.t_s, beat.arrival_s)
        if not isfinite(t_s) or (last_s is not None and t_s <= last_s):
            self._bad_packets += 1
            return
        if rr_ms is not None and not SHORTEST_S <= rr_ms / 1000.0 <= LONGEST_S:
            rr_ms = None
        hole = rr_ms is None
        if last_s is not None and rr_ms is not None:
            # Some loggers write the start of the interval: then the one before is what lies between.
            hole = t_s - last_s > 1.3 * max(rr_ms, self._last_rr_ms) / 1000.0
        self._last_rr_ms = rr_ms or 0.0
        if beat.strap_s is not None and beat.t_s <= beat.arrival_s:
            self._drift.observe(beat.t_s, beat.strap_s)
        self._take(PlacedBeat(t_s, rr_ms, hole and last_s is not None))

    def _take(self, beat: PlacedBeat) -> None:
        self._beats += 1
        self._last_beat_s = beat.t_s
        if beat.rr_ms is not None:
            self._pass(beat.t_s, beat.rr_ms)
        self._predictor.observe(beat)
        # Verdicts come in the order of beats, so the queue is filled before they are read.
        self._undecided.append(beat)
        self._decide(self._classifier.push(beat.rr_ms, beat.after_hole))

    def _pass(self, t_s: float, rr_ms: float) -> None:
        if not self._gate.observe(t_s, rr_ms):
            return
        self._lean.observe(t_s, rr_ms)
        self._passed.append((t_s, rr_ms))
        while self._passed[0][0] < t_s - INTERVALS_S:
            self._passed.popleft()
        self._newest = tuple(self._passed)

    def _decide(self, verdicts: list[Verdict]) -> None:
        for verdict in verdicts:
            beat = self._undecided.popleft()
            if beat.t_s < self._doubted_s or not RR_MIN_MS <= (beat.rr_ms or 0.0) <= RR_MAX_MS:
                verdict = replace(verdict, rr_good=False)  # no rate is made of it, so no other figure is
            self._decided += 1
            self._decided_s = beat.t_s
            self._labelled.append(LabelledBeat(beat.t_s, beat.rr_ms, verdict.label, verdict.rr_good))
            chaotic = self._classifier.chaotic and self._decided >= IRREGULAR_FROM_BEATS
            self._window.add(beat.t_s, beat.rr_ms, verdict, chaotic)
            if chaotic or self._irregular or verdict.label is not Label.NORMAL:
                # Only a mark can make a signal irregular, so the share is not asked for every beat.
                self._irregular = chaotic or (
                    self._decided >= IRREGULAR_FROM_BEATS
                    and self._window.since(beat.t_s - QUALITY_S).marked_share > IRREGULAR_SHARE
                )
            if verdict.rr_good and beat.rr_ms is not None:
                self._chest.beat(beat.t_s, beat.rr_ms)
            self._breath.note(beat.t_s)
            self._regularity.note(beat.t_s)


class _Spectral(Generic[T]):
    """A figure over a window of good intervals that is due every so often and made when asked for.

    It looks at the window as it was at the beat that made it due, so asking late changes nothing.
    """

    def __init__(
        self, make: Callable[[Array, Array], T], every_s: float, window_s: float, unknown: T
    ) -> None:
        self._make, self._every_s, self._window_s = make, every_s, window_s
        self._figure = unknown
        self._due_s: float | None = None
        self._slot: int | None = None

    def note(self, t_s: float) -> None:
        slot = int(t_s // self._every_s)
        if slot != self._slot:
            self._slot, self._due_s = slot, t_s

    def figure(self, window: IntervalWindow) -> T:
        if self._due_s is not None:
            self._figure = self._make(*window.good_intervals(self._due_s, self._window_s))
            self._due_s = None
        return self._figure

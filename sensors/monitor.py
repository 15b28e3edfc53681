"""HeartMonitor: from a sensor's events to the one HeartState that the rest of Calando trusts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sensors.artefacts import ArtefactClassifier, Label, Verdict
from sensors.beat import RR_TICKS_PER_S, BadPacket, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.beat_times import BeatTimes, PlacedBeat
from sensors.breathing import Breathing, breathing
from sensors.gate import HOLE_S, RateGate
from sensors.heart_state import HeartState
from sensors.predictor import BeatPredictor, ExpectedBeat
from sensors.regularity import regularity
from sensors.variability import IntervalWindow

QUALITY_S = 60.0
"""Span of the quality (heart_state.py)."""


@dataclass(frozen=True, slots=True)
class LabelledBeat:
    """A beat with its final label; `rr_ms` is the interval that ends with it, as received."""

    t_s: float
    rr_ms: float | None
    label: Label


class HeartMonitor:
    """Feed it every event of one sensor in order; ask it for the state at any engine time.

    The state is a function of the events fed and the time asked, not of how often it was asked.
    `latency_s`: see `BeatTimes`.
    """

    def __init__(self, simulated: bool = False, latency_s: float = 0.0) -> None:
        self._simulated = simulated
        self._times = BeatTimes(latency_s)
        self._gate = RateGate()
        self._classifier = ArtefactClassifier()
        self._predictor = BeatPredictor()
        self._window = IntervalWindow()
        self._undecided: deque[PlacedBeat] = deque()
        self._labelled: list[LabelledBeat] = []
        self._link = Link.SEARCHING
        self._words = ""
        self._beats = 0
        self._bad_packets = 0
        self._last_beat_s: float | None = None

    @property
    def bad_packets(self) -> int:
        """Packets and lines that could not be read so far."""
        return self._bad_packets

    def feed(self, event: SensorEvent) -> None:
        """Take in the next event."""
        match event:
            case Measurement():
                self._measure(event)
            case TimedBeat():
                self._timed(event)
            case LinkChange():
                self._link, self._words = event.link, event.words
                if event.link is not Link.LIVE:
                    self._times.lose()
                if event.link is Link.ENDED:
                    self._decide(self._classifier.flush())
            case BadPacket():
                self._bad_packets += 1

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
        breath, regular = Breathing(None, 0.0), None
        if alive:
            t, rr = self._window.good_intervals(now_s, 66.0)
            breath, regular = breathing(t, rr), regularity(t, rr)
        return HeartState(
            t_s=now_s,
            hr_bpm=self._gate.rate_bpm(now_s),
            trend_bpm_per_min=self._gate.trend_bpm_per_min(now_s) if alive else None,
            rmssd_ms=self._window.rmssd_ms(now_s),
            sdnn_ms=self._window.sdnn_ms(now_s),
            breath_per_min=breath.per_min,
            breath_confidence=breath.confidence,
            regularity=regular,
            quality=self._window.quality(now_s, QUALITY_S),
            irregular=False,
            beats=self._beats,
            last_beat_s=self._last_beat_s,
            link=self._link,
            words=self._words,
            simulated=self._simulated,
        )

    def _measure(self, packet: Measurement) -> None:
        if packet.contact is False:
            # A strap off the skin goes on inventing beats (FIELD.md 4.3): none of them is believed.
            self._link, self._words = Link.NO_CONTACT, "The strap has no contact: wet the electrodes."
            self._times.lose()
            return
        if packet.rr_ticks:
            self._link, self._words = Link.LIVE, "Live."
            for beat in self._times.place(packet.arrival_s, [t / RR_TICKS_PER_S for t in packet.rr_ticks]):
                self._take(beat)
        elif packet.bpm and self._beats == 0:
            self._link, self._words = Link.LIVE, "Live: this sensor sends a rate, but no beats."
            self._gate.observe_rate(packet.arrival_s, packet.bpm)

    def _timed(self, beat: TimedBeat) -> None:
        last_s = self._last_beat_s
        hole = beat.rr_ms is None
        if last_s is not None and beat.rr_ms is not None:
            hole = beat.t_s - last_s > 1.3 * beat.rr_ms / 1000.0
        self._take(PlacedBeat(beat.t_s, beat.rr_ms, hole and last_s is not None))

    def _take(self, beat: PlacedBeat) -> None:
        self._beats += 1
        self._last_beat_s = beat.t_s
        if beat.rr_ms is not None:
            self._gate.observe(beat.t_s, beat.rr_ms)
        self._predictor.observe(beat)
        # Verdicts come in the order of beats, so the queue is filled before they are read.
        self._undecided.append(beat)
        self._decide(self._classifier.push(beat.rr_ms, beat.after_hole))

    def _decide(self, verdicts: list[Verdict]) -> None:
        for verdict in verdicts:
            beat = self._undecided.popleft()
            self._labelled.append(LabelledBeat(beat.t_s, beat.rr_ms, verdict.label))
            self._window.add(beat.t_s, beat.rr_ms, verdict)

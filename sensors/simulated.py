"""SimulatedHeart: a listener that is not there, with the rhythms, faults and couplings asked for."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sensors.beat import RR_TICKS_PER_S, Link, LinkChange, Measurement, SensorEvent
from sensors.simulated_baroreflex import STEP_S as REFLEX_STEP_S
from sensors.simulated_baroreflex import SimulatedBaroreflex
from sensors.simulated_chest import SimulatedChest, fullness

PACKET_S = 1.0
"""Straps notify about once a second (Heart Rate Service 1.0; FIELD.md 5.1)."""
BAROREFLEX_HZ = 0.1
"""Mayer waves (Julien 2006, Cardiovasc Res 70:12)."""
HEART_LAG_S = 60.0
"""Time in which a coupled heart covers two thirds of the way to the music. Own choice."""
BREATH_LAG_S = 30.0
"""The same for the breath. Own choice."""
IN_STEP = 0.5
"""Share of the distance to the music's breath that one in step makes up in a breath. Own choice."""
FOLDS = (1.0, 4.0 / 3.0, 2.0)
"""Ratios of pulse to beat at which a coupled heart hears the same tempo (SCIENCE.md A7, fold)."""
TRUTH_BEATS = 8192
"""True beats kept for tests: two hours, so that the memory of a kiosk does not grow."""


@dataclass(frozen=True, slots=True)
class SimulatedListener:
    """What the listener is like. Rates of faults are probabilities a beat or events an hour."""

    rest: float = 70.0
    """Rate at rest, beats a minute."""
    start: float | None = None
    """Rate at the start, beats a minute; falls to `rest` with the time constant `settle`. None: `rest`."""
    settle: float = 300.0
    """Seconds."""
    breath: float = 14.0
    """Breaths a minute."""
    breath_jitter: float = 0.03
    """Standard deviation of the breathing rate, relative."""
    rsa: float = 35.0
    """Half the swing of RR with the breath, ms: respiratory sinus arrhythmia of +/- this."""
    resonance: float = 0.0
    """Breaths a minute at which the swing is widest, and half of it is then `rsa`; 0: no pace is its own."""
    reflex: float = 0.6
    """How sharp that resonance is, 0 to below 1 (sensors.simulated_baroreflex)."""
    baro: float = 12.0
    """Half the swing of RR near 0.1 Hz, ms."""
    drift: float = 1.5
    """Standard deviation of the slow wandering of the rate, beats a minute."""
    noise: float = 6.0
    """Standard deviation of RR from beat to beat, ms."""
    missed: float = 0.0
    extra: float = 0.0
    ectopic: float = 0.0
    displaced: float = 0.0
    """Probabilities a beat of each fault."""
    drops: float = 0.0
    """Drop-outs of the link an hour."""
    drop_s: float = 20.0
    """Length of a drop-out, seconds."""
    off: float = 0.0
    """Losses of skin contact an hour."""
    off_s: float = 15.0
    """Length of a loss of contact, seconds."""
    chest: float = 8.0
    """Half the tilt of the chest in a breath, thousandths of g; 0: the strap feels no acceleration."""
    coughs: float = 0.0
    turns: float = 0.0
    talks: float = 0.0
    """Events an hour that shake the chest."""
    latency: float = 0.4
    """From a beat to the earliest packet that can hold it, seconds; real straps 0.4 to 2.6."""
    coupling: float = 0.0
    """Share of the distance between own rate and tempo that the heart gives way, 0 to 1."""
    breath_coupling: float = 0.0
    """Share of the distance between own breath and the music's swell that the breath gives way, 0 to 1."""
    in_step: float = 0.0
    """How far the listener breathes with the music's swell, rate and phase, 0 to 1: less is the less well."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class TrueBeat:
    """What really happened: the moment, the interval before it, the fault put on it, the breath."""

    t_s: float
    rr_ms: float
    fault: str
    """Empty, or `missed`, `extra`, `ectopic`, `displaced`."""
    breath_per_min: float
    rate_bpm: float
    """The slow rate under the swings."""


class SimulatedHeart:
    """A strap on a simulated listener. With couplings at zero it is a function of engine time alone."""

    def __init__(self, listener: SimulatedListener | None = None) -> None:
        self.listener = listener or SimulatedListener()
        who = self.listener
        self._random = random.Random(who.seed)
        self._link_random = random.Random(f"link {who.seed}")
        self._events: deque[SensorEvent] = deque()
        self._truth: deque[TrueBeat] = deque(maxlen=TRUTH_BEATS)
        self._breaths: deque[tuple[float, float]] = deque(maxlen=TRUTH_BEATS)
        self._heard: deque[float] = deque()
        self._t = self._random.uniform(0.0, 0.5)
        self._step = 60.0 / (who.rest if who.start is None else who.start)
        self._breath_centre = who.breath
        self._breath_wander = 0.0
        self._breath = who.breath
        self._breath_phase = self._random.uniform(0.0, math.tau)
        self._chest: SimulatedChest | None = None
        if who.chest:
            self._chest = SimulatedChest(who.chest, who.coughs, who.turns, who.talks, who.seed)
        self._reflex = SimulatedBaroreflex(who.resonance, who.reflex, who.rsa) if who.resonance else None
        self._reflex_s = 0.0
        self._guide_turns, self._guide_s = 0.0, 0.0
        self._baro_phase = self._random.uniform(0.0, math.tau)
        self._baro_swing = 1.0
        self._drift = 0.0
        self._pull = 0.0
        self._tempo: float | None = None
        self._guide_breath: float | None = None
        self._last_tick: int | None = None
        self._packet_s = self._random.uniform(0.2, 1.0) * PACKET_S
        self._trouble_s = self._next_trouble(0.0)
        self._trouble: tuple[str, float] | None = None
        self._began = False

    @property
    def label(self) -> str:
        return "SIMULATED heart"

    @property
    def simulated(self) -> bool:
        return True

    @property
    def latency_s(self) -> float:
        return self.listener.latency

    @property
    def truth(self) -> Sequence[TrueBeat]:
        """Every true beat generated so far, oldest first: for tests and benchmarks only."""
        return self._truth

    def breaths_until(self, t_s: float) -> Sequence[tuple[float, float]]:
        """Breaths since the start, at every true beat to a little after `t_s`: for tests and benchmarks only.

        The heart runs on to `t_s`, so that what the music does until then comes too late.
        """
        while self._t <= t_s:
            self._beat()
        return self._breaths

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        """What the music does from `now_s` on; changes nothing while both couplings are zero."""
        self._run(now_s)
        self._guide_turns += (now_s - self._guide_s) * (self._guide_breath or 0.0) / 60.0
        self._guide_s = now_s
        self._tempo, self._guide_breath = tempo_bpm, breath_per_min

    def poll(self, now_s: float) -> list[SensorEvent]:
        """Every event that has arrived by `now_s` and was not returned before."""
        self._run(now_s)
        due: list[SensorEvent] = []
        while self._events and self._events[0].arrival_s <= now_s:
            due.append(self._events.popleft())
        return due

    def _run(self, now_s: float) -> None:
        if not self._began:
            self._began = True
            self._events.append(LinkChange(0.0, Link.LIVE, "SIMULATED heart: nobody is measured."))
        while self._packet_s <= now_s:
            while self._t <= self._packet_s:
                self._beat()
            self._send(self._packet_s)
            self._packet_s += PACKET_S

    def _beat(self) -> None:
        """The next beat of the listener: its true interval, and what the strap makes of it."""
        who, rng = self.listener, self._random
        t = self._t
        step = self._step
        self._drift += -self._drift * step / 90.0 + who.drift * math.sqrt(2.0 * step / 90.0) * rng.gauss(0, 1)
        start = who.rest if who.start is None else who.start
        own = who.rest + (start - who.rest) * math.exp(-t / who.settle)
        if who.coupling and self._tempo:
            near = min((self._tempo * fold for fold in FOLDS), key=lambda bpm: abs(bpm - own))
            self._pull += (who.coupling * (near - own) - self._pull) * min(1.0, step / HEART_LAG_S)
        rate = max(30.0, own + self._pull + self._drift)
        self._breathe(step)
        depth = who.rsa * min(2.0, max(0.5, who.breath / self._breath))
        self._baro_swing += -self._baro_swing * step / 30.0 + math.sqrt(2.0 * step / 30.0) * rng.gauss(0, 0.7)
        self._baro_phase += math.tau * BAROREFLEX_HZ * step + rng.gauss(0, 0.15)
        rr = 60_000.0 / rate
        reflex = self._reflex
        rr += depth * math.sin(self._breath_phase) if reflex is None else self._resonant(t, reflex)
        rr += who.baro * max(-2.0, min(2.0, self._baro_swing)) * math.sin(self._baro_phase)
        rr += rng.gauss(0, who.noise) if who.noise else 0.0
        rr = max(280.0, rr)
        self._step = rr / 1000.0
        beat_s = t + rr / 1000.0
        fault = self._fault(rng.random())
        heard_s = beat_s
        if fault == "ectopic":
            heard_s -= rng.uniform(0.22, 0.40) * rr / 1000.0
        elif fault == "displaced":
            heard_s += rng.choice((-1.0, 1.0)) * rng.uniform(0.20, 0.35) * rr / 1000.0
        elif fault == "extra":
            self._heard.append(t + rng.uniform(0.3, 0.7) * rr / 1000.0)
        if fault != "missed":
            self._heard.append(heard_s)
        self._truth.append(TrueBeat(beat_s, rr, fault, self._breath, rate))
        self._t = beat_s
        # RR is longest where the phase is a quarter turn: the chest is emptiest then (Eckberg 2003).
        self._breaths.append((t, self._breath_phase / math.tau - 0.25))
        if self._chest is not None:
            self._chest.breathes(*self._breaths[-1])

    def _resonant(self, t: float, reflex: SimulatedBaroreflex) -> float:
        """What the breath until `t` makes of an interval there, ms."""
        longer_ms = 0.0
        while self._reflex_s <= t:
            turns = self._breath_phase / math.tau - 0.25 - (t - self._reflex_s) * self._breath / 60.0
            longer_ms = reflex.step(2.0 * fullness(turns % 1.0) - 1.0)
            self._reflex_s += REFLEX_STEP_S
        return longer_ms

    def _breathe(self, step: float) -> None:
        who = self.listener
        wanted = who.breath
        if who.breath_coupling and self._guide_breath:
            wanted += who.breath_coupling * (self._guide_breath - who.breath)
        if who.breath_jitter:
            self._breath_wander += -self._breath_wander * step / 20.0
            self._breath_wander += who.breath_jitter * math.sqrt(2.0 * step / 20.0) * self._random.gauss(0, 1)
        self._breath_centre += (wanted - self._breath_centre) * min(1.0, step / BREATH_LAG_S)
        self._breath = max(2.4, self._breath_centre * (1.0 + self._breath_wander))
        if who.in_step and self._guide_breath:
            guide_turns = self._guide_turns + (self._t - self._guide_s) * self._guide_breath / 60.0
            behind = (guide_turns - self._breath_phase / math.tau + 0.75) % 1.0 - 0.5
            with_it = self._guide_breath * (1.0 + IN_STEP * behind + self._breath_wander)
            self._breath += who.in_step * (with_it - self._breath)
        self._breath_phase += math.tau * self._breath / 60.0 * step

    def _fault(self, dice: float) -> str:
        who = self.listener
        for name, chance in (
            ("missed", who.missed),
            ("extra", who.extra),
            ("ectopic", who.ectopic),
            ("displaced", who.displaced),
        ):
            if dice < chance:
                return name
            dice -= chance
        return ""

    def _send(self, end_s: float) -> None:
        ticks: list[int] = []
        while self._heard and self._heard[0] <= end_s:
            tick = round(self._heard.popleft() * RR_TICKS_PER_S)
            if self._last_tick is not None and tick > self._last_tick:
                ticks.append(tick - self._last_tick)
            self._last_tick = tick
        arrival_s = end_s + self.listener.latency
        if self._hindered(end_s, arrival_s):
            return
        truth = self._truth[-1] if self._truth else None
        bpm = round(60_000.0 / truth.rr_ms) if truth else 0
        self._events.append(Measurement(arrival_s, bpm, tuple(ticks), contact=True))
        if self._chest is not None and (motion := self._chest.until(end_s, arrival_s)) is not None:
            self._events.append(motion)

    def _hindered(self, end_s: float, arrival_s: float) -> bool:
        """Whether trouble on the link or the skin swallows this packet, with the words that belong to it."""
        if self._trouble is None and end_s >= self._trouble_s:
            who = self.listener
            dropped = self._link_random.random() * (who.drops + who.off) < who.drops
            self._trouble = ("drop", end_s + who.drop_s) if dropped else ("off", end_s + who.off_s)
            if dropped:
                self._events.append(LinkChange(arrival_s, Link.RECONNECTING, "The link broke: reconnecting."))
        if self._trouble is None:
            return False
        kind, until_s = self._trouble
        if end_s >= until_s:
            self._trouble, self._trouble_s = None, self._next_trouble(end_s)
            self._events.append(LinkChange(arrival_s, Link.LIVE, "SIMULATED heart: back again."))
            return False
        if kind == "off":
            self._events.append(Measurement(arrival_s, 0, (), contact=False))
        return True

    def _next_trouble(self, after_s: float) -> float:
        an_hour = self.listener.drops + self.listener.off
        return after_s + self._link_random.expovariate(an_hour / 3600.0) if an_hour else math.inf

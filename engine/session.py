"""Session: one sitting. Wires sensor, heart monitor, guide, composer and native engine on one clock.

The same loop runs live and offline. Every control tick it takes in what the sensor heard, asks the guide
and the composer, and sends commands stamped with the frame at which they take effect, a fixed horizon
after the tick. So for the same events the samples are the same, however engine time is moved on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dsp import command
from dsp.command import Command
from dsp.native import NO_LOSSES, Engine, Losses, Meter, Telemetry
from dsp.score import Note, Ramp
from engine.clock import HORIZON_S, TICK_S, Clock, Transport, tick_s
from engine.guide.guide import Guide
from engine.guide.music_state import Hand, Intent, MusicState
from engine.music.composer import Composer
from engine.player import Output
from engine.pulse import LOOK_S, HeartPulse
from profiles.schema import Profile
from sensors.artefacts import LabelledBeat
from sensors.beat import SensorEvent
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor
from sensors.sensor import KeepsTime, Sensor

AHEAD_BEATS = 12.0
"""How far ahead the composer writes: an interpreter that stalls for ten seconds is not heard."""

OPENING_S, OPENING_AHEAD_BEATS = 20.0, 4.0
"""At first it writes less far ahead, so that a heart found now still sets the tempo of the first tune."""

_STATE_TICKS = 10
"""Ticks after which the heart is looked at again though nothing was heard: its figures cost the most."""

CLOSE_S = 2.0
"""Fade to true silence after the guide's last one, which leaves the tails of strings and rooms."""


@dataclass(frozen=True, slots=True)
class Moment:
    """All of one tick: what came in, what was made of it, what was sent, and what the engine says."""

    t_s: float
    events: Sequence[SensorEvent]
    intents: Sequence[Intent]
    heart: HeartState
    music: MusicState
    tempo_bpm: float
    """Tempo at the tick; `music.tempo_bpm` is where it is going."""
    beat: float
    commands: Sequence[Command]
    """Sent at this tick, in the order in which the engine numbers them."""
    news: Sequence[Telemetry]
    """What the engine has reported since the last tick: which command took effect at which frame, meters."""
    meter: Meter | None
    """The newest reading, None before the first."""
    late_periods: int
    """Periods that came too late at the sound device so far."""
    beats: Sequence[LabelledBeat] = ()
    """Whose label has become final."""
    losses: Losses = NO_LOSSES
    """Notes that could not be played, or began late, and reports that were lost, so far."""


class Listener(Protocol):
    """Whoever follows a session: a view, a journal, a test."""

    def moment(self, moment: Moment) -> None:
        """Called in the control thread after every tick; must return well within a tick."""
        ...


class Session:
    """One sitting, from the first sound to the last."""

    def __init__(
        self,
        profile: Profile,
        sensor: Sensor,
        guide: Guide,
        composer: Composer,
        engine: Engine,
        output: Output,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._sensor = sensor
        self._monitor = HeartMonitor(simulated=sensor.simulated)
        self._guide = guide
        self._composer = composer
        self._engine = engine
        self._output = output
        self._listeners = listeners
        self._clock = Clock(output.rate_hz)
        self._pulse = HeartPulse(profile.pulse)
        self._pulse_pitch = _pulse_pitch(profile)
        self._transport: Transport | None = None
        self._wishes: deque[Intent] = deque()
        self._turns: deque[tuple[Profile, Hand]] = deque()
        self._unsent: deque[Command] = deque()
        self._heart: HeartState | None = None
        self._meter: Meter | None = None
        self._endings_wished = 0
        self._ended_by = Hand.LISTENER
        self._ending_said = False
        self._leaving_now = False
        self._over_s: float | None = None

    def wish(self, intent: Intent) -> None:
        """Hand in an intent; it counts from the next tick on. May be called from any thread."""
        self._wishes.append(intent)

    def turn_to(self, profile: Profile, hand: Hand) -> None:
        """Go on with another profile: the music glides there, and its own begins with the next unwritten bar.

        The record keeps it as the hand's intent `profile`, and where it was done as a decision with its name.
        May be called from any thread.
        """
        self._turns.append((profile, hand))

    def end(self, hand: Hand = Hand.LISTENER) -> None:
        """A hand ends the sitting: with the guide's fade of ten seconds, or at once when asked again.

        Safe to call from a signal handler.
        """
        self._ended_by = hand
        self._endings_wished += 1

    def run(self) -> None:
        """Play until the guide or the listener has ended the sitting and the last fade is over."""
        if isinstance(self._sensor, KeepsTime):
            self._sensor.keep_time(self._output.now_s)
        self._sensor.open()
        try:
            self._tick(0)
            self._output.start(self._engine)
            number = 0
            while self._over_s is None or tick_s(number) < self._over_s:
                number += 1
                self._output.advance(self._clock.frame(tick_s(number)))
                self._tick(number)
        finally:
            self._sensor.close()
            self._output.close()

    def _tick(self, number: int) -> None:
        now_s = tick_s(number)
        # Nothing sounds yet at the first tick, so what it sends may count from the first frame.
        effect_s = now_s + HORIZON_S if number else 0.0
        events = self._sensor.poll(now_s)
        for event in events:
            self._monitor.feed(event, self._sensor.latency_s)
        self._monitor.simulated = self._sensor.simulated  # `auto` decides on the way
        if events or self._heart is None or number % _STATE_TICKS == 0:
            self._heart = self._monitor.state(now_s)
        heart = self._heart
        turns = self._take_turns(effect_s) if number else []
        intents = self._take_wishes(now_s)
        music = self._guide.step(now_s, heart, intents)
        intents += [Intent(now_s, hand, "profile") for hand, _ in turns]
        commands = [command.ramp(ramp) for _, ramps in turns for ramp in ramps]
        commands += self._score(effect_s, music)
        commands += self._strokes(effect_s, now_s + HORIZON_S + TICK_S, heart, music)
        commands += self._ending(effect_s, music)
        frame = self._clock.frame(effect_s)
        commands = [asked.at_frame(frame) for asked in commands]
        self._send(commands)
        news = self._engine.poll()
        for report in news:
            if isinstance(report, Meter):
                self._meter = report
        transport = self._transport
        assert transport is not None, "the score comes first"
        tempo_bpm = transport.tempo(now_s)
        self._sensor.hear(now_s, tempo_bpm, music.breath_guide_per_min)
        moment = Moment(
            now_s, events, intents, heart, music, tempo_bpm, transport.beat(now_s), commands, news,
            self._meter, self._engine.load().late_periods, self._monitor.take_labelled(),
            self._engine.losses(),
        )  # fmt: skip
        for listener in self._listeners:
            listener.moment(moment)

    def _take_wishes(self, now_s: float) -> list[Intent]:
        intents: list[Intent] = []
        while self._wishes:
            intents.append(self._wishes.popleft())
        if self._endings_wished and not self._ending_said:
            self._ending_said = True
            intents.append(Intent(now_s, self._ended_by, "end"))
        return intents

    def _take_turns(self, effect_s: float) -> list[tuple[Hand, list[Ramp]]]:
        """Every hand that turned to another profile, and the ramps that lead there."""
        turns: list[tuple[Hand, list[Ramp]]] = []
        while self._turns:
            profile, hand = self._turns.popleft()
            if self._guide.turn_to(profile, hand):
                turns.append((hand, self._composer.turn_to(profile, effect_s)))
                self._pulse = HeartPulse(profile.pulse)
                self._pulse_pitch = _pulse_pitch(profile)
        return turns

    def _score(self, effect_s: float, music: MusicState) -> list[Command]:
        commands = [command.alive()]
        if self._transport is None:
            self._transport = Transport(music.tempo_bpm)
            commands += [command.ramp(ramp) for ramp in self._composer.opening()]
        transport = self._transport
        beat = transport.beat(effect_s)
        ahead = OPENING_AHEAD_BEATS if effect_s < OPENING_S else AHEAD_BEATS
        score = self._composer.compose(beat, effect_s, transport.tempo(effect_s), beat + ahead, music)
        for bar_line, bpm in score.tempo:
            transport.step(max(effect_s, transport.second(bar_line)), bpm)
            commands.append(command.tempo(bpm, beat=bar_line))
        commands += [command.ramp(ramp) for ramp in score.ramps]
        commands += [command.note(note) for note in score.notes]
        return commands

    def _strokes(self, from_s: float, until_s: float, heart: HeartState, music: MusicState) -> list[Command]:
        # What is rendered as frame f is heard the device's latency later, and there it shall meet the beat.
        ahead_s = self._output.latency_s
        from_s, until_s = from_s + ahead_s, until_s + ahead_s
        expected = self._monitor.expect(from_s - TICK_S, until_s + LOOK_S)
        strokes = self._pulse.strokes(from_s, until_s, expected, heart.hr_bpm, music.pulse_level)
        return [
            command.note_at_frame(
                Note(0.0, 0.25, "heart", self._pulse_pitch, stroke.level),
                self._clock.frame(stroke.t_s - ahead_s),
            )
            for stroke in strokes
        ]

    def _ending(self, effect_s: float, music: MusicState) -> list[Command]:
        """The engine's own last fade: after the guide's, or instead of it where the listener cannot wait."""
        if self._endings_wished >= 2 and not self._leaving_now:
            self._leaving_now = True
            self._over_s = effect_s + command.PANIC_S
            return [command.panic()]
        if music.ended and self._over_s is None:
            self._over_s = effect_s + CLOSE_S
            return [command.fade(0.0, CLOSE_S)]
        return []

    def _send(self, commands: Sequence[Command]) -> None:
        """Push what the ring takes; the rest waits, in order, for the next tick."""
        self._unsent.extend(commands)
        taken = self._engine.push(list(self._unsent))
        for _ in range(taken):
            self._unsent.popleft()


def _pulse_pitch(profile: Profile) -> float:
    channel = profile.palette.get("heart")
    return sum(channel.register) / 2.0 if channel is not None else 36.0

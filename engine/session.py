"""Session: one sitting. Wires sensor, heart monitor, guide, composer and synth on one clock.

The same loop runs live and offline. Every control tick it takes in what the sensor heard, asks the guide
and the composer, and sends commands stamped with the frame at which they take effect, a fixed horizon after
the tick, a shorter one where a hand has asked. So the same events give the same samples, whatever the clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dsp import command
from dsp.command import Command
from dsp.native import NO_LOSSES, Losses, Synth
from dsp.score import Note, Ramp
from dsp.telemetry import Meter, Stopped, Telemetry
from engine.along import Along
from engine.clock import HAND_HORIZON_S, HORIZON_S, TICK_S, BeatClock, Clock, tick_s, ticks
from engine.desk import FOR_THE_RECORD, Act, Answer, Ask, Desk, End, Touch, Turn, Undo, for_the_record
from engine.guest.channel import Cut, GuestChannel, Placed
from engine.guide.guide import Guide
from engine.guide.music_state import Decision, Hand, Intent, MusicState
from engine.in_step import InStep
from engine.music.composer import Composer
from engine.music.score import Score
from engine.player import Output
from engine.pulse import LOOK_S, HeartPulse, velocity
from engine.together import Together
from engine.watch import Watchers
from engine.words.telling import Standing
from engine.words.words import Ground, Words
from profiles.schema import Profile
from sensors.artefacts import LabelledBeat
from sensors.beat import SensorEvent
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor
from sensors.sensor import KeepsTime, Sensor

AHEAD_BEATS, AHEAD_S = 12.0, 14.0
"""How far ahead the bed is written, whichever is further: an interpreter that stalls for ten seconds leaves
no hole in it. What is heard as an onset is written much later (engine.music.composer)."""

_STATE_TICKS = 10
"""Ticks after which the heart is looked at again though nothing was heard: its figures cost the most."""

STALLED_TICKS = 5
"""A control side that is this many ticks late has been stalled: half a second, longer than any host's period
(own choice). What is later by less is done late, and all of it."""

BY = {Hand.LISTENER: 1, Hand.THERAPIST: 2, Hand.AUTO: 3, Hand.PROFILE: 4}
"""What the stop word says, by whose hand it is; the record keeps it."""

CLOSE_S = 2.0
"""Fade to true silence after the guide's last one, which leaves the tails of strings and rooms."""


@dataclass(frozen=True, slots=True)
class Moment:
    """All of one tick: what came in, what was made of it, what was sent, and what the synth says."""

    t_s: float
    events: Sequence[SensorEvent]
    intents: Sequence[Intent]
    heart: HeartState
    music: MusicState
    tempo_bpm: float
    """Tempo at the tick; `music.tempo_bpm` is where it is going."""
    beat: float
    commands: Sequence[Command]
    """Sent at this tick, in the order in which the synth numbers them."""
    news: Sequence[Telemetry]
    """What the synth has reported since the last tick: which command took effect at which frame, meters."""
    meter: Meter | None
    """The newest reading, None before the first."""
    late_periods: int
    """Periods that came too late at the sound device so far."""
    beats: Sequence[LabelledBeat] = ()
    """Whose label has become final."""
    losses: Losses = NO_LOSSES
    """Notes that could not be played, or began late, and reports that were lost, so far."""
    asks: Sequence[Ask] = ()
    """Taken from the desk at this tick."""
    answers: Sequence[Answer] = ()
    """To `asks`, in their order."""
    heard_frame: int = 0
    """The sound up to here has left the loudspeaker, as far as is known."""
    holders: Mapping[str, Hand] = field(default_factory=dict[str, Hand])
    """Every parameter that a hand holds, with that hand."""
    held: Mapping[str, float] = field(default_factory=dict[str, float])
    """The same parameters with the value at which each is held."""
    profile: str = ""
    """The profile that plays now, by its name."""
    swell_phase: float = 0.0
    """Where the swell that is heard stands, 0 to 1 from the inhale on."""
    target_bpm: float | None = None
    """The heart rate aimed at; None while the heart is still being met."""
    in_step: float | None = None
    """How well the swell as it is heard and the listener's breath go together (engine.in_step)."""
    guest: Sequence[Placed | Cut] = ()
    """What was placed on the guest channel, or cut off there, since the last tick."""
    words: Standing | None = None
    """Where a guide's words stand; None where none are told."""


class Session:
    """One sitting, from the first sound to the last.

    watchers  who follows it; `engine.watch.at_once` makes them of watchers that may be called in a tick
    desk      where hands put what they wish for
    monitor   reads the heart; one that is kept from sitting to sitting may be handed in
    `guest`   where other sound is put beside the music (engine.guest); in the control thread only
    words     what is told while it plays
    along     how somebody plays along; None where nobody does
    kept      whether one of the watchers keeps a record of it
    """

    def __init__(
        self,
        profile: Profile,
        sensor: Sensor,
        guide: Guide,
        composer: Composer,
        synth: Synth,
        output: Output,
        watchers: Watchers | None = None,
        desk: Desk | None = None,
        monitor: HeartMonitor | None = None,
        words: Words | None = None,
        along: Along | None = None,
        kept: bool = True,
    ) -> None:
        self.desk = Desk() if desk is None else desk
        self.watchers = Watchers() if watchers is None else watchers
        self._sensor = sensor
        self._monitor = HeartMonitor(simulated=sensor.simulated) if monitor is None else monitor
        self._together = Together(along, composer, synth)
        self._guide, self._words = guide, words
        self._composer = composer
        self._synth, self._output, self._kept = synth, output, kept
        self.guest = GuestChannel(output.rate_hz)
        self._clock = Clock(output.rate_hz)
        self._pulse = HeartPulse(profile.pulse)
        self._beat_clock: BeatClock | None = None
        self._in_step = InStep()
        self._opening: list[Ramp] = []
        self._unsent: deque[Command] = deque()
        self._heart: HeartState | None = None
        self._meter: Meter | None = None
        self._endings_wished = 0
        self._ended_by = Hand.LISTENER
        self._ending_said = False
        self._over_s: float | None = None

    def end(self, hand: Hand = Hand.LISTENER) -> None:
        """A hand ends the sitting: with a fade of ten seconds, or when asked again with the stop word.

        Safe to call from a signal handler, where the desk is not.
        """
        self._ended_by = hand
        self._endings_wished += 1
        if self._endings_wished > 1:
            self._synth.stop_now(BY[hand])

    def run(self) -> None:
        """Play until the guide or the listener has ended the sitting and the last fade is over."""
        if isinstance(self._sensor, KeepsTime):
            self._sensor.keep_time(self._output.now_s)
        self._sensor.open()
        try:
            self._tick(0)
            self._output.start(self._synth)
            number = 0
            while self._over_s is None or tick_s(number) < self._over_s:
                number += 1
                self._output.advance(self._clock.frame(tick_s(number)))
                number = self._now(number)
                self._tick(number)
        finally:
            self._sensor.close()
            self._output.close()

    def _now(self, number: int) -> int:
        """The tick to do: the next one, or after a long stall the one that the sound has come to.

        What should have been written meanwhile is left out, so that it is not played all at once.
        """
        present = ticks(self._clock.seconds(self._synth.frame))
        return present if present - number >= STALLED_TICKS else number

    def _tick(self, number: int) -> None:
        now_s = tick_s(number)
        asks = self.desk.take(now_s)
        touched = any(not isinstance(ask.wish, FOR_THE_RECORD) for ask in asks)
        # Nothing sounds yet at the first tick, so what it sends may count from the first frame.
        effect_s = now_s + (HAND_HORIZON_S if touched else HORIZON_S) if number else 0.0
        events = self._sensor.poll(now_s)
        for event in events:
            self._monitor.feed(event, self._sensor.latency_s)
        self._monitor.simulated = self._sensor.simulated  # `auto` decides on the way
        if events or self._heart is None or number % _STATE_TICKS == 0:
            self._heart = self._monitor.state(now_s)
        heart = self._heart
        for ask in asks:
            if isinstance(ask.wish, End) and ask.wish.at_once:
                self._synth.stop_now(BY[ask.hand])
        turns = self._turn([ask for ask in asks if isinstance(ask.wish, Turn)], effect_s)
        playing_bpm = None if self._beat_clock is None else self._beat_clock.tempo(effect_s)
        asked = [(ask, told) for ask in asks if (told := intent_of(ask, now_s, playing_bpm)) is not None]
        if any(isinstance(ask.wish, End) for ask in asks) and not self._endings_wished:
            # The guide has it from the desk; one Ctrl-C more is then the second wish.
            self._endings_wished, self._ending_said = 1, True
        intents = [intent for _, intent in asked] + self._ending_wished(now_s)
        intents += self._words.wishes() if self._words else []
        music = self._guide.step(now_s, heart, intents)
        music = music if self._words is None else self._words.under(music)
        obeyed = dict(zip((ask.id for ask, _ in asked), self._guide.obeyed, strict=False))
        intents += [Intent(now_s, hand, "profile") for hand, ramps in turns.values() if ramps is not None]
        commands = [command.ramp(ramp) for _, ramps in turns.values() for ramp in ramps or ()]
        score = self._score(effect_s, music, self._breath_to_meet(effect_s, heart, music))
        commands += self._written(effect_s, score)
        music = replace(music, decisions=(*music.decisions, *score.decisions, *self._together.done(now_s)))
        strokes_s = now_s + HORIZON_S if number else 0.0  # whatever a hand asked: their windows touch
        commands += self._strokes(strokes_s, now_s + HORIZON_S + TICK_S, heart, music)
        commands += self._said(effect_s, music, intents)
        commands += self._ending(effect_s, music)
        beat_clock, frame = self._beat_clock, self._clock.frame(effect_s)
        assert beat_clock is not None, "the score comes first"
        beat, bar_beats = beat_clock.beat(effect_s), self._guide.profile.form.beats_per_bar
        loops = self._together.answers(asks, beat, bar_beats, frame)
        commands += self._together.commands(beat, quiet=music.silence or music.ended)
        commands += [command.ramp(ramp) for ramp in self.guest.ramps(frame)]
        commands = [asked.at_frame(frame) for asked in commands]
        self._send(commands)
        self.guest.feed(self._synth, self._clock.frame(now_s))
        news = self._synth.poll()
        for report in news:
            if isinstance(report, Meter):
                self._meter = report
            elif isinstance(report, Stopped):
                self._over_s = now_s + command.PANIC_S
        self._together.hear(news)
        tempo_bpm, beat = beat_clock.tempo(now_s), beat_clock.beat(now_s)
        beat_clock.forget(now_s)
        self._sensor.hear(now_s, tempo_bpm, music.breath_guide_per_min)
        self._monitor.hear(music.breath_guide_per_min)
        played_s = now_s - self._output.latency_s  # when that was played which is heard now
        swell_phase = self._composer.breath_at(played_s)[0]
        self._in_step.look(now_s, _breath_phase(heart, now_s), swell_phase)
        answers = [loops.get(ask.id) or self._answer(ask, turns, obeyed, frame) for ask in asks]
        self.watchers.tell(Moment(
            now_s, events, intents, heart, music, tempo_bpm, beat, commands, news,
            self._meter, self._synth.load().late_periods, self._monitor.take_labelled(),
            self._synth.losses(), asks, answers, self._heard_frame(now_s), self._guide.holders(),
            self._guide.held(), self._guide.profile.name, swell_phase,
            self._guide.target_bpm, self._in_step.value, self.guest.news(),
            None if self._words is None else self._words.standing,
        ))  # fmt: skip

    def _heard_frame(self, now_s: float) -> int:
        """The newest frame that has left the loudspeaker, as far as the device tells its latency."""
        return self._clock.frame(max(0.0, now_s - self._output.latency_s))

    def _answer(
        self, ask: Ask, turns: _Turns, obeyed: Mapping[str, Sequence[Decision]], frame: int
    ) -> Answer:
        """What came of an ask, for whoever asked."""
        if isinstance(ask.wish, FOR_THE_RECORD):
            return for_the_record(ask, frame, kept=self._kept)
        if ask.id in turns:
            done = turns[ask.id][1] is not None
            words = "The music turns." if done else "It plays that already, or is coming to its end."
            return Answer(ask.id, done, words, frame)
        decisions = obeyed.get(ask.id, ())
        words = " ".join(sentence(decision.why) for decision in decisions)
        return Answer(ask.id, all(decision.done for decision in decisions), words, frame)

    def _ending_wished(self, now_s: float) -> list[Intent]:
        """Ctrl-C and its like, told to the guide once."""
        if not self._endings_wished or self._ending_said:
            return []
        self._ending_said = True
        return [Intent(now_s, self._ended_by, "end")]

    def _turn(self, asks: Sequence[Ask], effect_s: float) -> _Turns:
        """Turn to another profile, once for each ask: whose it is, and the ramps that lead there."""
        turns: _Turns = {}
        for ask in asks:
            assert isinstance(ask.wish, Turn)
            ramps = None
            if self._guide.turn_to(ask.wish.profile, ask.hand):
                ramps = self._composer.turn_to(ask.wish.profile, effect_s)
                self._pulse = HeartPulse(ask.wish.profile.pulse)
            turns[ask.id] = (ask.hand, ramps)
        return turns

    def _breath_to_meet(self, effect_s: float, heart: HeartState, music: MusicState) -> float | None:
        """Where the listener will stand in their breath when what is written for `effect_s` is heard, while
        the music goes with it; None where it leads, or where that is not known."""
        return _breath_phase(heart, effect_s + self._output.latency_s) if music.breath_meets else None

    def _score(self, effect_s: float, music: MusicState, breath_phase: float | None) -> Score:
        if self._beat_clock is None:
            self._beat_clock = BeatClock(music.tempo_bpm)
            self._opening = self._composer.opening()
        beat_clock = self._beat_clock
        beat = beat_clock.beat(effect_s)
        tempo_bpm = beat_clock.tempo(effect_s)
        ahead = max(AHEAD_BEATS, AHEAD_S * tempo_bpm / 60.0)
        return self._composer.compose(beat, effect_s, tempo_bpm, beat + ahead, music, breath_phase)

    def _written(self, effect_s: float, score: Score) -> list[Command]:
        """What the composer has written, as commands; a step of tempo moves the beat clock, too."""
        beat_clock = self._beat_clock
        assert beat_clock is not None, "the score comes first"
        commands = [command.alive(), *(command.ramp(ramp) for ramp in self._opening)]
        self._opening = []
        for bar_line, bpm in score.tempo:
            beat_clock.step(max(effect_s, beat_clock.second(bar_line)), bpm)
            commands.append(command.tempo(bpm, beat=bar_line))
        commands += [command.ramp(ramp) for ramp in score.ramps]
        commands += [command.forget(instrument) for instrument in score.forget]
        commands += [command.note(note) for note in score.notes]
        return commands

    def _strokes(self, from_s: float, until_s: float, heart: HeartState, music: MusicState) -> list[Command]:
        # What is rendered as frame f is heard the device's latency later, and there it shall meet the beat.
        ahead_s = self._output.latency_s
        from_s, until_s = from_s + ahead_s, until_s + ahead_s
        expected = self._monitor.expect(from_s - TICK_S, until_s + LOOK_S)
        strokes = self._pulse.strokes(from_s, until_s, expected, heart.hr_bpm, music.pulse_level)
        return [self._stroke(stroke.t_s - ahead_s, stroke.level) for stroke in strokes]

    def _stroke(self, at_s: float, level: float) -> Command:
        """One stroke of the heart, in the harmony that stands at that moment; `level` is its amplitude."""
        beat_clock = self._beat_clock
        assert beat_clock is not None, "the score comes first"
        pitch = self._composer.heart_pitch(beat_clock.beat(at_s))
        note = Note(0.0, 0.25, "heart", pitch, velocity(level))
        return command.note_at_frame(note, self._clock.frame(at_s))

    def _said(self, effect_s: float, music: MusicState, intents: Sequence[Intent]) -> list[Command]:
        """What a guide's words add to the sound."""
        if self._words is None:
            return []
        guide, composer = self._guide, self._composer
        ground = Ground(guide.profile, composer.home, music, self._meter, self._synth.cap_lufs)
        breath, held = composer.breath_at(effect_s), guide.held()
        return self._words.tick(effect_s, breath, ground, intents, held, guide.holders(), self.guest)

    def _ending(self, effect_s: float, music: MusicState) -> list[Command]:
        """The synth's own last fade, after the guide's; one that was stopped at once has had its fade."""
        if music.ended and self._over_s is None:
            self._over_s = effect_s + CLOSE_S
            return [command.fade(0.0, CLOSE_S)]
        return []

    def _send(self, commands: Sequence[Command]) -> None:
        """Push what the ring takes; the rest waits, in order, for the next tick."""
        self._unsent.extend(commands)
        taken = self._synth.push(list(self._unsent))
        for _ in range(taken):
            self._unsent.popleft()


_Turns = dict[str, tuple[Hand, "list[Ramp] | None"]]
"""By the id of the ask: whose hand turned, and the ramps that lead there; None where the profile stayed."""


def _breath_phase(heart: HeartState, t_s: float) -> float | None:
    """Where the listener stands in their breath at `t_s`, foretold from what the heart state holds."""
    if heart.breath_phase is None or heart.breath_per_min is None:
        return None
    return (heart.breath_phase + (t_s - heart.t_s) * heart.breath_per_min / 60.0) % 1.0


def intent_of(ask: Ask, now_s: float, playing_bpm: float | None = None) -> Intent | None:
    """What the guide is told of an ask; None where it is no business of the guide's.

    playing_bpm   the tempo that is heard, up to a bar behind the guide's: what `hold` keeps
    """
    match ask.wish:
        case Act("hold"):
            return Intent(now_s, ask.hand, "hold", playing_bpm)
        case Touch(parameter, value):
            return Intent(now_s, ask.hand, parameter, value)
        case Act(name):
            return Intent(now_s, ask.hand, name)
        case Undo():
            return Intent(now_s, ask.hand, "undo")
        case End():
            return Intent(now_s, ask.hand, "end")
        case _:
            return None


def sentence(words: str) -> str:
    """With a capital letter and a full stop."""
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '?', '!')) else '.'}"

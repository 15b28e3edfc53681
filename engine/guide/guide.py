"""Guide: from what the heart does and what hands wish to what the music shall be, moment by moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

from engine.guide.answer import Answer
from engine.guide.arms import Arm, Path, PathError
from engine.guide.breath import clamp_breath
from engine.guide.conductor import FREE_START_S, Conductor
from engine.guide.course import course_of
from engine.guide.energy import AROUSAL_BPM, Energy, energy
from engine.guide.evenness import Evenness
from engine.guide.events import HEARD_BY_S, Events, together
from engine.guide.fades import SILENT_DB, Fades
from engine.guide.glide import Layered, Slew
from engine.guide.hands import FOREGROUND_DB, SOFTEN_DB, SOFTEN_FOREGROUND_DB, TRIM_DB, Hands, checked_trim_db
from engine.guide.meeting import Meeting, Met, Words
from engine.guide.music_state import Decision, Event, Hand, Intent, MusicState, Stage
from engine.guide.outputs import AT_HAND_S, BACK_DB_PER_S, FASTEST_RISE_DB_PER_S, outputs, within
from engine.guide.pacer import Paces
from engine.guide.senses import Senses
from engine.guide.swell import Swell
from engine.guide.target import Usual, asked_of, checked_duration, checked_target
from profiles.schema import Profile
from sensors.heart_state import HeartState

LONGEST_STEP_S = 2.0
"""Calls further apart than this are taken as this far apart, so that a stall never makes a jump."""

RESTING_DB = -30.0
"""Loudness while a hand asks for silence."""

HAND_SPEED = 4.0
"""A hand's tempo, and another sitting's path, are eased to this much quicker than the guide's own wishes."""

NUDGED = {"density": 1.0, "brightness": 0.5}
NUDGED_DB = 15.0
"""What the energy asked for by hands, -1 to 1, adds: shares of a range, and decibels of the whole; below 0 of
the foreground besides. One `less` or `more`, a fifth, is 3 dB. More of the foreground than of the whole would
only have the cap on loudness turn both down (own choice)."""

LISTENING_STAGES = (Stage.MATCH, Stage.GUIDE, Stage.STALL, Stage.ARRIVE)
"""Stages in which the soft heart pulse sounds, and heart and breath are answered."""


class Guide:
    """The entrainment controller of one sitting.

    `profile`     what the sitting is for; its ranges and limits hold whatever happens
    `arm`         how it leads
    `target_bpm`  heart rate to lead to; None leaves it to the profile. Raises TargetError
    `duration_s`  length of the sitting, last fade included; None for the profile's. Raises DurationError
    `usual`       what earlier sittings have taught
    `path`        rows of PathPoint, for the yoked arm only. Raises PathError
    `mood`        valence at home, -1 to 1; None for the profile's
    `words`       what the listener has said of how they feel
    `asked_by`    whose target it is
    `paces`       what the paced arm leads; a search ends the sitting (engine.guide.pacer)
    `worded`      whether words are told that hands may move (engine.words)
    `trim_db`     level of the whole, from which hands' trims count. Raises ValueError outside TRIM_DB

    Call `step` in order of engine time, every 0.1 to 2 s; uneven calls are welcome. The first is the start of
    the sitting: the tempo starts at its heart rate where that is known, so let a drone sound until it is.
    """

    def __init__(
        self,
        profile: Profile,
        arm: Arm = Arm.GOVERNED,
        target_bpm: float | None = None, duration_s: float | None = None,
        usual: Usual | None = None,
        path: Sequence[Sequence[float]] | None = None,
        mood: float | None = None,
        asked_by: Hand = Hand.LISTENER,
        words: Words | None = None,
        paces: Paces = Paces(),  # noqa: B008 — it never changes
        worded: bool = False, trim_db: float = 0.0,
    ) -> None:  # fmt: skip
        if target_bpm is not None:
            checked_target(target_bpm, profile)
        if (arm is Arm.YOKED) != (path is not None):
            raise PathError("The yoked arm, and only it, needs the path of another sitting.")
        self.profile, self.arm, self._trim_db = profile, arm, checked_trim_db(trim_db)
        self.duration_s = checked_duration(profile.arc.duration_s if duration_s is None else duration_s)
        self._path = None if path is None else Path(path)
        self._course = course_of(profile, self.duration_s)
        self._hands = Hands(profile, worded=worded)
        self._decisions: list[Decision] = []
        self.obeyed: list[tuple[Decision, ...]] = []
        """What came of each intent of the last step, in their order."""
        asked = None if target_bpm is None else asked_of(asked_by, target_bpm)
        self._conductor = Conductor(profile, arm, self._course, asked, usual, self._decide)
        self._home_mood = profile.harmony.mood if mood is None else min(max(mood, -1.0), 1.0)
        self._meeting = Meeting(words, self._decide)
        self._start_s: float | None = None
        self._t_s = 0.0
        self._senses = Senses(0.0)
        self._fades = Fades(self._course.fade_in_s, self._course.fade_out_s)
        self._swell = Swell(profile, arm, self._settle_s, usual or Usual(), paces, self._decide)
        self._answer, self._evenness = Answer(self._decide), Evenness()
        self._answer_heard = Slew(0.0, rise_per_s=2.0 / AT_HAND_S, fall_per_s=2.0 / AT_HAND_S)
        self._events = Events(profile.goal, self._decide)
        self._outputs = self._begun()

    @property
    def _settle_s(self) -> float:
        return min(self.profile.breath.settle_s, 0.3 * self.duration_s)

    def _begun(self) -> dict[str, Layered]:
        """Every output but the tempo, at its beginning."""
        goal, whom = self.profile.goal, self._meeting.whom
        begin = energy(goal, Stage.MATCH, 0.0, 0.0, 0.0, whom.met)
        return outputs(self.profile, begin, whom.mood(self._home_mood, goal), self._swell.first_per_min)

    @property
    def stage(self) -> Stage:
        return self._conductor.stage

    @property
    def target_bpm(self) -> float | None:
        """The heart rate aimed at, or None while the heart is still being met."""
        aim = self._conductor.aim
        return None if aim is None else aim.bpm

    @property
    def start_bpm(self) -> float | None:
        """The heart's rate when the lead began."""
        return self._conductor.start_bpm

    @property
    def fold(self) -> float | None:
        """Beats of music to one of the heart: 1, 1/2 or 3/4; None until the heart is met."""
        return self._conductor.fold

    def holders(self) -> Mapping[str, Hand]:
        """Every parameter that a hand holds, with that hand."""
        return self._hands.holders()

    def held(self) -> Mapping[str, float]:
        """The same parameters with the value at which each is held."""
        return {parameter: value for parameter, (_, value) in self._hands.held.items()}

    def turn_to(self, profile: Profile, hand: Hand) -> bool:
        """Go on with another profile from where the music is: everything glides into its ranges.

        Length and fades of the sitting stay. False, and nothing changed, where it is the same profile or the
        sitting is ending.
        """
        if profile == self.profile or self.stage is Stage.END:
            return False
        before, self.profile, t = self.profile, profile, self._t_s - (self._start_s or 0.0)
        self._course = replace(course_of(profile, self.duration_s), fade_in_s=self._course.fade_in_s)
        self._hands.turn_to(profile)
        self._decide(hand, "profile", profile.name, f"the music turns to {profile.title}")
        self._conductor.turn_to(t, profile, self._course, hand)
        self._fades.fade_out_s = self._course.fade_out_s
        self._swell.turn_to(profile, self._settle_s)
        self._events.turn_to(profile.goal)
        self._home_mood = profile.harmony.mood
        # Loudness counts from each profile's own level.
        self._outputs["loudness_db"].shift(before.master.level_db - profile.master.level_db)
        stood, self._outputs = self._outputs, self._begun()
        for name, output in self._outputs.items():
            output.law.value, output.heard.value = stood[name].law.value, stood[name].heard.value
        return True

    def step(self, t_s: float, heart: HeartState, intents: Sequence[Intent] = ()) -> MusicState:
        """What the music shall be at engine time `t_s`. Never raises, never leaves its limits."""
        dt = self._advance(t_s, heart)
        self._senses.read(self._t_s, dt, heart)
        self.obeyed = []
        for intent in intents:
            before = len(self._decisions)
            self._obey(intent)
            self.obeyed.append(tuple(self._decisions[before:]))
        hands, conductor, ranges = self._hands, self._conductor, self.profile.ranges
        t = self._t_s - (self._start_s or 0.0)
        replayed = None if self._path is None else self._path.at(t)
        path_bpm = None if replayed is None else replayed.tempo_bpm
        tempo = conductor.step(t, dt, self._senses, hands.value("tempo_bpm"), path_bpm)
        stage = conductor.stage
        self._meet(stage, t)
        wants = self._energy(stage, t)
        silence = self._silent(stage, t)
        density, bright = within(ranges.density, wants.density), within(ranges.brightness, wants.brightness)
        loud = within(ranges.loudness_db, wants.loudness)
        swell = self._outputs["breath_guide_per_min"].law.value
        breath, depth = self._swell.want(stage, t, self._senses, conductor.led_since_s, swell)
        if self._swell.over:
            self._stop(t, Hand.PROFILE)
        pace = 1.0
        if replayed is not None and stage not in (Stage.END, Stage.BACK_OFF):
            # Another sitting's values are smooth already and are followed closely.
            pace = HAND_SPEED
            density = min(max(replayed.density, ranges.density[0]), ranges.density[1])
            bright = min(max(replayed.brightness, ranges.brightness[0]), ranges.brightness[1])
            loud = min(max(replayed.loudness_db, ranges.loudness_db[0]), ranges.loudness_db[1])
            breath, depth = replayed.breath_guide_per_min, replayed.breath_depth_db
        density = self._ease("density", dt, density, pace)
        bright = self._ease("brightness", dt, bright, pace)
        level, prompt = self._ease_loudness(dt, loud, t)
        quick = max(pace, self._swell.pace(breath, swell))
        breath = self._ease("breath_guide_per_min", dt, clamp_breath(breath), quick)
        depth = self._ease("breath_depth_db", dt, min(max(depth, 0.0), 3.0), pace * self._swell.depth_pace)
        pulse = self._ease("pulse_level", dt, self._pulse_want(stage, silence))
        mood = self._ease("mood", dt, self._mood_want(t))
        answer = self._answered(stage, silence, breath, dt, heart)
        fade = self._fades.level_db(stage is Stage.END, dt)
        event = self._event(t, dt, heart, room=not silence and not self._rests(t) and density > 0.0)
        decisions, self._decisions = tuple(self._decisions), []
        return MusicState(
            t_s=self._t_s,
            stage=stage,
            tempo_bpm=tempo,
            density=density,
            brightness=bright,
            loudness_db=max(level + fade, SILENT_DB),
            breath_guide_per_min=breath,
            breath_depth_db=depth,
            pulse_level=pulse,
            silence=silence,
            ended=self._fades.over,
            decisions=decisions,
            mood=mood,
            register_st=self._met(t).register_st,
            foreground_db=self._foreground_db(t),
            prompt=prompt,
            rests=self._rests(t),
            full_by_hand=self._hands.value("density") is not None or self._nudge != 0.0,
            tempo_by_hand=conductor.rematches_by_hand or hands.value("tempo_bpm") is not None,
            left_s=self._fades.left_s if self._fades.last_s else self.duration_s - t,
            answer=answer,
            breath_meets=self._swell.meets and self._hands.value("breath_guide_per_min") is None,
            event=event,
        )

    def _advance(self, t_s: float, heart: HeartState) -> float:
        """Move the guide's time on and return by how much, in seconds."""
        if self._start_s is None:
            self._start_s = self._t_s = t_s if isfinite(t_s) else 0.0
            self._senses = Senses(self._t_s)
            self._senses.read(self._t_s, 0.0, heart)
            path_bpm = None if self._path is None else self._path.at(0.0).tempo_bpm
            self._conductor.begin(self._senses.hr, path_bpm)
            return 0.0
        if not isfinite(t_s) or t_s <= self._t_s:
            return 0.0
        dt = min(t_s - self._t_s, LONGEST_STEP_S)
        self._t_s = t_s
        return dt

    def _decide(self, hand: Hand, parameter: str, value: float | str | None, why: str) -> None:
        self._decisions.append(Decision(self._t_s, hand, parameter, value, why))

    def _obey(self, intent: Intent) -> None:
        now = {"tempo_bpm": self._conductor.tempo.bpm}
        before = self._hands.held.get("target_bpm")
        intent = replace(intent, t_s=intent.t_s if isfinite(intent.t_s) else self._t_s)
        t, undone = self._t_s - (self._start_s or 0.0), None
        if intent.parameter == "undo":
            undone, decision = self._hands.undo(intent)
            self._decisions.append(decision)
        else:
            self._decisions += self._hands.take(intent, now)
        match intent.parameter, undone:
            case "end", _:
                self._stop(t, intent.hand)
            case "too_much", _:
                self._conductor.too_much(t, intent.hand)
            case "rematch", _:
                self._conductor.rematch(t)
            case "undo", ("too_much" | "rematch"):
                self._conductor.go_on(t, intent.hand)
            case _:
                pass
        target = self._hands.held.get("target_bpm")
        if target is not None and target != before:
            self._conductor.retarget(t, target[1], target[0])
        elif target is None and before is not None:
            self._conductor.target_given_back()

    def _meet(self, stage: Stage, t: float) -> None:
        """Begin where the first rate that is heard has it; a sitting that replays a path meets no heart.

        While only the bed sounds, the law is set there and does not glide; what is heard follows it as it
        follows a hand.
        """
        senses = self._senses
        hr = senses.hr if self._path is None and not senses.irregular else None
        if self._meeting.step(hr, self._home_mood, self.profile.goal) and t <= FREE_START_S:
            wants, ranges = self._energy(stage, t), self.profile.ranges
            self._outputs["density"].law.value = within(ranges.density, wants.density)
            self._outputs["brightness"].law.value = within(ranges.brightness, wants.brightness)
            self._outputs["mood"].law.value = self._mood_want(t)

    def _met(self, t: float) -> Met:
        """What is left of it: it fades out as the lead goes on."""
        return self._meeting.whom.met.times(1.0 - self._conductor.lead_progress(t))

    def _ease(self, parameter: str, dt: float, want: float, pace: float = 1.0) -> float:
        output, held = self._outputs[parameter], self._hands.value(parameter)
        target = output.law.toward(want, dt, pace)
        nudge = self._nudge * NUDGED.get(parameter, 0.0)
        if held is not None:
            target = held
        elif nudge != 0.0:
            low, high = getattr(self.profile.ranges, parameter)
            target = min(max(target + nudge * (high - low), low), high)
        return output.heard.toward(target, dt)

    @property
    def _nudge(self) -> float:
        """Energy that hands have asked for, -1 to 1."""
        return self._hands.value("energy") or 0.0

    def _ease_loudness(self, dt: float, want: float, t: float) -> tuple[float, bool]:
        """Loudness, and whether a hand moves it: down at once, up by no more than the limit."""
        output, held = self._outputs["loudness_db"], self._hands.value("loudness_db")
        law, was_late = output.law, output.heard.late
        # Far down after a turn from a softer profile, the law may rise as fast as any rise may be.
        low = law.value < self.profile.ranges.loudness_db[0] and want > law.value
        law.toward(want, dt, FASTEST_RISE_DB_PER_S / law.rise_per_s if low else 1.0)
        target = law.value if held is None else held
        trim = self._trim_db + (self._hands.value("trim_db") or 0.0) + NUDGED_DB * self._nudge
        if self._conductor.relieves(t):
            trim += SOFTEN_DB
        output.heard.trim(trim, target + TRIM_DB[0])
        target = min(target + min(max(trim, TRIM_DB[0]), TRIM_DB[1]), TRIM_DB[1])
        if self._hands.value("silence"):
            target = min(target, RESTING_DB)
            output.heard.rise_slowly(BACK_DB_PER_S)
        level = output.heard.toward(target, dt)
        return level, was_late or output.heard.late

    def _foreground_db(self, t: float) -> float:
        wanted = (self._hands.value("foreground_db") or 0.0) + NUDGED_DB * min(self._nudge, 0.0)
        if self._conductor.relieves(t):
            wanted += SOFTEN_FOREGROUND_DB
        return min(max(wanted, FOREGROUND_DB[0]), FOREGROUND_DB[1])

    def _rests(self, t: float) -> bool:
        """Whether a hand has sent the foreground away; where the guide thins by itself, it ends its bar."""
        return bool(self._hands.value("silence")) or self._foreground_db(t) <= SOFTEN_FOREGROUND_DB

    def _energy(self, stage: Stage, t: float) -> Energy:
        conductor, hr = self._conductor, self._senses.hr
        arousal = 0.0
        if self.arm is Arm.GOVERNED and hr is not None and conductor.start_bpm is not None:
            arousal = min(max((hr - conductor.start_bpm) / AROUSAL_BPM, -1.0), 1.0)
        progress = conductor.lead_progress(t)
        return energy(self.profile.goal, stage, t - conductor.since_s, progress, arousal, self._met(t))

    def _silent(self, stage: Stage, t: float) -> bool:
        held = self._hands.value("silence")
        if held is not None:
            return held > 0.0
        return stage is Stage.BACK_OFF and t < self._conductor.thin_until_s

    def _pulse_want(self, stage: Stage, silence: bool) -> float:
        """The pulse is the body's own: it sounds where the heart is heard and the arm may use it."""
        pulse = self.profile.pulse
        feedback = self.arm in (Arm.GOVERNED, Arm.FOLLOW)
        heard = self._senses.hr is not None and not self._senses.irregular
        if pulse.mode == "off" or silence or not feedback or not heard or stage not in LISTENING_STAGES:
            return 0.0
        return pulse.level

    def _answered(
        self, stage: Stage, silence: bool, breath_per_min: float, dt: float, heart: HeartState
    ) -> float:
        """What the quick path makes of heart and breath, or what a hand holds it at."""
        even = self._evenness.step(self._t_s, breath_per_min, heart.intervals, heart.half_breaths)
        if stage is Stage.MATCH:
            even = 0.0  # there it is the swell that has found the breath
        free = self.arm is Arm.GOVERNED and stage in LISTENING_STAGES and not silence
        law = self._answer.toward(heart.lean_bpm, even, dt, free=free)
        held = self._hands.value("answer")
        return self._answer_heard.toward(law if held is None else held, dt)

    def _mood_want(self, t: float) -> float:
        """From where the listener was met to the home mood; a dark home brightens a little on the way."""
        home, progress = self._home_mood, self._conductor.lead_progress(t)
        met = self._meeting.whom.mood(home, self.profile.goal)
        return met + (home - met) * progress + (0.3 * progress if home < 0.0 else 0.0)

    def _event(self, t: float, dt: float, heart: HeartState, *, room: bool) -> Event | None:
        """What the music shall mark now; `room` is whether anything of it would be heard."""
        hr = None if heart.irregular else self._senses.hr
        swell_per_min = self._outputs["breath_guide_per_min"].heard.value
        breath = together(self._evenness.share, swell_per_min, self._swell.from_per_min)
        room = room and self.arm is Arm.GOVERNED and t < self._course.end_s - HEARD_BY_S
        return self._events.step(t, dt, self.stage, hr, breath, room)

    def _stop(self, t: float, hand: Hand) -> None:
        """A hand ends the sitting: ten seconds, or what is left of a fade already under way."""
        if self._fades.stop():
            self._conductor.end(t, f"ending: a last fade of {self._fades.stop_s:.0f} seconds", hand)

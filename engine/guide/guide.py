"""Guide: from what the heart does and what hands wish to what the music shall be, moment by moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

from engine.guide.arms import Arm, Path, PathError
from engine.guide.breath import MEET_SPEED, MET_PER_MIN, PACED_PER_MIN, BreathPath, clamp_breath
from engine.guide.course import course_of
from engine.guide.energy import AROUSAL_BPM, Energy, energy
from engine.guide.glide import Glide
from engine.guide.governor import Governor
from engine.guide.hands import Hands
from engine.guide.music_state import Decision, Hand, Intent, MusicState, Stage
from engine.guide.senses import Senses
from engine.guide.target import Usual, checked_duration, checked_target
from profiles.schema import Profile
from sensors.heart_state import HeartState

LONGEST_STEP_S = 2.0
"""Calls further apart than this are taken as this far apart, so that a stall never makes a jump."""

STOP_FADE_S = 10.0
"""Last fade where a hand ends the sitting (SCIENCE.md A6: stop fade 10 s)."""

SILENT_DB = -60.0
"""Where the first fade begins and the last one ends."""

RESTING_DB = -30.0
"""Loudness while a hand asks for silence."""

FASTEST_RISE_DB_PER_S = 1.0
"""No rise after the first fade is faster (SCIENCE.md A6)."""

HAND_SPEED = 4.0
"""A hand's wish is eased this much quicker than the guide's own."""

LISTENING_STAGES = (Stage.MATCH, Stage.GUIDE, Stage.STALL, Stage.ARRIVE)
"""Stages in which the soft heart pulse sounds."""


FADE_IN_FROM_DB = -52.0
"""Where the fade-in begins: inaudible, but not yet off, so that the first frame already sounds."""


class Guide:
    """The entrainment controller of one sitting.

    `profile`     what the sitting is for; its ranges and limits hold whatever happens
    `arm`         how it leads
    `target_bpm`  heart rate to lead to; None leaves it to the profile. Raises TargetError
    `duration_s`  length of the sitting, last fade included; None for the profile's. Raises DurationError
    `usual`       what earlier sittings have taught
    `path`        rows of PathPoint, for the yoked arm only. Raises PathError
    `mood`        valence at home, -1 to 1; None for the profile's

    Call `step` in order of engine time, every 0.1 to 2 s; uneven calls are welcome. The first call is
    the start of the sitting: where its heart rate is known the tempo starts at it, so a session does
    well to let a drone sound for the few seconds until it is.
    """

    def __init__(
        self,
        profile: Profile,
        arm: Arm = Arm.GOVERNED,
        target_bpm: float | None = None,
        duration_s: float | None = None,
        usual: Usual | None = None,
        path: Sequence[Sequence[float]] | None = None,
        mood: float | None = None,
    ) -> None:
        if target_bpm is not None:
            checked_target(target_bpm, profile)
        if (arm is Arm.YOKED) != (path is not None):
            raise PathError("The yoked arm, and only it, needs the path of another sitting.")
        self.profile, self.arm = profile, arm
        self.duration_s = checked_duration(profile.arc.duration_s if duration_s is None else duration_s)
        self._path = None if path is None else Path(path)
        self._course = course_of(profile, self.duration_s)
        self._hands = Hands(profile)
        self._decisions: list[Decision] = []
        self._governor = Governor(profile, arm, self._course, target_bpm, usual, self._decide)
        self._home_mood = profile.harmony.mood if mood is None else min(max(mood, -1.0), 1.0)
        self._start_s: float | None = None
        self._t_s = 0.0
        self._senses = Senses(0.0)
        self._fade_db = FADE_IN_FROM_DB
        self._faded_s = 0.0
        self._last_fade: tuple[float, float] | None = None
        self._ended = False
        known = usual.breath_per_min if usual is not None else None
        self._breath_path = BreathPath(
            profile.breath,
            profile.goal,
            min(profile.breath.settle_s, 0.3 * self.duration_s),
            profile.breath.default_per_min if known is None else known,
        )
        self._breath_known_s: float | None = None
        self._breath_presumed = self._breath_met = self._breath_yielded = False
        self._build_glides()

    def _build_glides(self) -> None:
        ranges, limits = self.profile.ranges, self.profile.limits
        begin = energy(self.profile.goal, Stage.MATCH, 0.0, 0.0, 0.0, 0.0)
        low, high = ranges.density
        # Quick to thin, slow to fill (SCIENCE.md A7); the speed limits make the largest step known.
        self._density = Glide(
            _within(ranges.density, begin.density), tau_up_s=90.0, tau_down_s=20.0,
            rise_per_s=0.04 * (high - low), fall_per_s=0.08 * (high - low),
        )  # fmt: skip
        low, high = ranges.brightness
        self._brightness = Glide(
            _within(ranges.brightness, begin.brightness), tau_up_s=45.0, tau_down_s=30.0,
            rise_per_s=0.04 * (high - low), fall_per_s=0.06 * (high - low),
        )  # fmt: skip
        self._loudness = Glide(
            _within(ranges.loudness_db, begin.loudness), tau_up_s=45.0, tau_down_s=30.0,
            rise_per_s=limits.loudness_db_per_s, fall_per_s=3.0,
        )  # fmt: skip
        own = PACED_PER_MIN if self.arm is Arm.PACED else self._breath_path.own_per_min
        self._breath = Glide(own, tau_up_s=20.0, tau_down_s=20.0, rise_per_s=2 / 60, fall_per_s=2 / 60)
        self._depth = Glide(
            self.profile.breath.depth_db[0], tau_up_s=20.0, tau_down_s=10.0, rise_per_s=0.1, fall_per_s=0.2
        )
        self._pulse = Glide(0.0, tau_up_s=8.0, tau_down_s=4.0, rise_per_s=0.1, fall_per_s=0.2)
        self._mood = Glide(self._home_mood, tau_up_s=60.0, tau_down_s=60.0, rise_per_s=0.05, fall_per_s=0.05)

    # -- what a console may ask ---------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        return self._governor.stage

    @property
    def target_bpm(self) -> float | None:
        """The heart rate aimed at, or None while the heart is still being met."""
        aim = self._governor.aim
        return None if aim is None else aim.bpm

    @property
    def start_bpm(self) -> float | None:
        """The heart's rate when the lead began."""
        return self._governor.start_bpm

    @property
    def fold(self) -> float | None:
        """Beats of music to one of the heart: 1, 1/2 or 3/4; None until the heart is met."""
        return self._governor.fold

    def holders(self) -> Mapping[str, Hand]:
        """Every parameter that a hand holds, with that hand."""
        return self._hands.holders()

    def turn_to(self, profile: Profile, hand: Hand) -> bool:
        """Go on with another profile from where the music is: everything glides into its ranges.

        Length and fades of the sitting stay. False, and nothing changed, where it is the same profile or the
        sitting is ending.
        """
        if profile == self.profile or self.stage is Stage.END:
            return False
        before, self.profile = self.profile, profile
        t = self._t_s - (self._start_s or 0.0)
        fade_in_s = self._course.fade_in_s
        self._course = replace(course_of(profile, self.duration_s), fade_in_s=fade_in_s)
        self._hands.turn_to(profile)
        self._decide(hand, "profile", profile.name, f"the music turns to {profile.title}")
        self._governor.turn_to(t, profile, self._course, hand)
        settle_s = min(profile.breath.settle_s, 0.3 * self.duration_s)
        self._breath_path.turn_to(profile.breath, profile.goal, settle_s)
        self._home_mood = profile.harmony.mood
        # Loudness counts from each profile's own level.
        self._loudness.value += before.master.level_db - profile.master.level_db
        names = ("_density", "_brightness", "_loudness", "_breath", "_depth", "_pulse", "_mood")
        stood = {name: getattr(self, name).value for name in names}
        self._build_glides()
        for name, value in stood.items():
            getattr(self, name).value = value
        return True

    # -- one step -----------------------------------------------------------------------------------

    def step(self, t_s: float, heart: HeartState, intents: Sequence[Intent] = ()) -> MusicState:
        """What the music shall be at engine time `t_s`. Never raises, never leaves its limits."""
        dt = self._advance(t_s, heart)
        self._senses.read(self._t_s, dt, heart)
        for intent in intents:
            self._obey(intent)
        hands, governor, ranges = self._hands, self._governor, self.profile.ranges
        t = self._t_s - (self._start_s or 0.0)
        replayed = None if self._path is None else self._path.at(t)
        path_bpm = None if replayed is None else replayed.tempo_bpm
        tempo = governor.step(t, dt, self._senses, hands.value("tempo_bpm"), path_bpm)
        stage = governor.stage
        wants = self._energy(stage, t)
        silence = self._silent(stage, t)
        density, bright = _within(ranges.density, wants.density), _within(ranges.brightness, wants.brightness)
        loud = _within(ranges.loudness_db, wants.loudness)
        breath, depth = self._breath_want(stage, t)
        pace = 1.0
        if replayed is not None and stage not in (Stage.END, Stage.BACK_OFF):
            # Another sitting's values are smooth already and are followed closely.
            pace = HAND_SPEED
            density = min(max(replayed.density, ranges.density[0]), ranges.density[1])
            bright = min(max(replayed.brightness, ranges.brightness[0]), ranges.brightness[1])
            loud = min(max(replayed.loudness_db, ranges.loudness_db[0]), ranges.loudness_db[1])
            breath, depth = replayed.breath_guide_per_min, replayed.breath_depth_db
        density = self._ease(self._density, "density", dt, density, pace)
        bright = self._ease(self._brightness, "brightness", dt, bright, pace)
        level = self._ease_loudness(dt, loud)
        breath_pace = self._breath_pace(breath, pace)
        breath = self._ease(self._breath, "breath_guide_per_min", dt, clamp_breath(breath), breath_pace)
        depth = self._ease(self._depth, "breath_depth_db", dt, min(max(depth, 0.0), 3.0), pace)
        pulse = self._ease(self._pulse, "pulse_level", dt, self._pulse_want(stage, silence))
        mood = self._ease(self._mood, "mood", dt, self._mood_want(t))
        fade = self._fade(stage, dt)
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
            ended=self._ended,
            decisions=decisions,
            mood=mood,
        )

    def _advance(self, t_s: float, heart: HeartState) -> float:
        """Move the guide's time on and return by how much, in seconds."""
        if self._start_s is None:
            self._start_s = self._t_s = t_s if isfinite(t_s) else 0.0
            self._senses = Senses(self._t_s)
            self._senses.read(self._t_s, 0.0, heart)
            path_bpm = None if self._path is None else self._path.at(0.0).tempo_bpm
            self._governor.begin(self._senses.hr, path_bpm)
            return 0.0
        if not isfinite(t_s) or t_s <= self._t_s:
            return 0.0
        dt = min(t_s - self._t_s, LONGEST_STEP_S)
        self._t_s = t_s
        return dt

    def _decide(self, hand: Hand, parameter: str, value: float | str | None, why: str) -> None:
        self._decisions.append(Decision(self._t_s, hand, parameter, value, why))

    def _obey(self, intent: Intent) -> None:
        now = {"tempo_bpm": self._governor.tempo.bpm}
        before = self._hands.value("target_bpm")
        at_s = intent.t_s if isfinite(intent.t_s) else self._t_s
        self._decisions += self._hands.take(replace(intent, t_s=at_s), now)
        t = self._t_s - (self._start_s or 0.0)
        match intent.parameter:
            case "end":
                self._stop(t, intent.hand)
            case "too_much":
                self._governor.too_much(t, intent.hand)
            case "rematch":
                self._governor.rematch(t)
            case "target_bpm" | "resume":
                target = self._hands.value("target_bpm")
                if target is not None and target != before:
                    self._governor.retarget(t, target, intent.hand)
                elif target is None and before is not None:
                    self._governor.target_given_back()
            case _:
                pass

    # -- what each output wants ---------------------------------------------------------------------

    def _ease(self, glide: Glide, parameter: str, dt: float, want: float, pace: float = 1.0) -> float:
        held = self._hands.held.get(parameter)
        return glide.toward(want, dt, pace) if held is None else glide.toward(held[1], dt, HAND_SPEED)

    def _ease_loudness(self, dt: float, want: float) -> float:
        """Loudness falls quicker under a hand, but rises by no more than the limit.

        Out of a silence that a hand asked for it comes back as fast as any rise may be.
        """
        held = RESTING_DB if self._hands.value("silence") else self._hands.value("loudness_db")
        want, now = want if held is None else held, self._loudness.value
        if now < self.profile.ranges.loudness_db[0] and want > now:
            return self._loudness.toward(want, dt, FASTEST_RISE_DB_PER_S / self._loudness.rise_per_s)
        return self._loudness.toward(want, dt, 1.0 if held is None or want > now else HAND_SPEED)

    def _energy(self, stage: Stage, t: float) -> Energy:
        governor, hr = self._governor, self._senses.hr
        arousal = 0.0
        if self.arm is Arm.GOVERNED and hr is not None and governor.start_bpm is not None:
            arousal = min(max((hr - governor.start_bpm) / AROUSAL_BPM, -1.0), 1.0)
        nudge = self._hands.value("energy") or 0.0
        progress = governor.lead_progress(t)
        return energy(self.profile.goal, stage, t - governor.since_s, progress, arousal, nudge)

    def _silent(self, stage: Stage, t: float) -> bool:
        held = self._hands.value("silence")
        if held is not None:
            return held > 0.0
        return stage is Stage.BACK_OFF and t < self._governor.thin_until_s

    def _pulse_want(self, stage: Stage, silence: bool) -> float:
        """The pulse is the body's own: it sounds where the heart is heard and the arm may use it."""
        pulse = self.profile.pulse
        feedback = self.arm in (Arm.GOVERNED, Arm.FOLLOW)
        heard = self._senses.hr is not None and not self._senses.irregular
        if pulse.mode == "off" or silence or not feedback or not heard or stage not in LISTENING_STAGES:
            return 0.0
        return pulse.level

    def _mood_want(self, t: float) -> float:
        """A dark home brightens a little on the way."""
        home = self._home_mood
        return home + 0.3 * self._governor.lead_progress(t) if home < 0.0 else home

    def _breath_pace(self, want: float, pace: float) -> float:
        """The listener's own breathing is met quickly once it is known, and led from slowly."""
        if self._breath_met or self._breath_known_s is None:
            return pace
        self._breath_met = abs(want - self._breath.value) < MET_PER_MIN
        return max(pace, MEET_SPEED)

    def _breath_want(self, stage: Stage, t: float) -> tuple[float, float]:
        """Rate and depth of the swell: breaths a minute, dB."""
        shallow, deep = self.profile.breath.depth_db
        if self.arm is Arm.PACED:
            return PACED_PER_MIN, deep
        path, own, led_from_s = self._breath_path, self._senses.breath_per_min, self._governor.led_since_s
        if own is not None and (led_from_s is None or self._breath_known_s is None):
            # Followed while the music meets the listener; from the lead on it is what the lead started from.
            path.own_per_min = clamp_breath(own)
            if self._breath_known_s is None:
                self._breath_known_s = t
                why = f"the swell goes to the listener's own breathing, {path.own_per_min:.1f} a minute"
                self._decide(Hand.AUTO, "breath_guide_per_min", path.own_per_min, why)
        if led_from_s is not None and self._breath_known_s is None and not self._breath_presumed:
            self._breath_presumed = True
            why = f"breathing is not known: taking {path.own_per_min:g} a minute for the listener's own"
            self._decide(Hand.PROFILE, "breath_guide_per_min", path.own_per_min, why)
        if stage in (Stage.BACK_OFF, Stage.COAST):
            return self._breath.value, shallow
        if led_from_s is None:
            return path.own_per_min, shallow
        led_s = t - max(led_from_s, self._breath_known_s or 0.0)
        if self.arm is not Arm.GOVERNED:
            return path.at(led_s), deep
        want = path.beside(led_s, own)
        if path.yields and not self._breath_yielded:
            self._breath_yielded = True
            why = "the swell stays with the listener, who breathes slower by themselves"
            self._decide(Hand.AUTO, "breath_guide_per_min", want, why)
        return want, deep

    # -- the two fades ------------------------------------------------------------------------------

    def _stop(self, t: float, hand: Hand) -> None:
        """A hand ends the sitting: ten seconds, or what is left of a fade already under way."""
        fade = min(STOP_FADE_S, self._course.fade_out_s)
        if self._last_fade is not None and self._last_fade[0] - self._faded_s <= fade:
            return
        self._governor.end(t, f"ending: a last fade of {fade:.0f} seconds", hand)
        self._last_fade, self._faded_s = (fade, self._fade_db), 0.0

    def _fade(self, stage: Stage, dt: float) -> float:
        """Level of the fades, dB: up from silence at the start, down to it at the end.

        Fades count the seconds of steps, not the clock: a clock that jumps makes no jump in sound.
        """
        self._faded_s += dt
        if stage is not Stage.END:
            left = 1.0 - min(self._faded_s / self._course.fade_in_s, 1.0)
            self._fade_db = FADE_IN_FROM_DB * left * left
            return self._fade_db
        if self._last_fade is None:
            self._last_fade, self._faded_s = (self._course.fade_out_s, self._fade_db), dt
        length_s, level = self._last_fade
        way = min(self._faded_s / length_s, 1.0)
        # Slow at first: a straight line in dB would be half gone in the first quarter.
        self._fade_db = level + (SILENT_DB - level) * way * way
        self._ended = way >= 1.0
        return self._fade_db


def _within(span: tuple[float, float], position: float) -> float:
    """The value at `position` (0 low, 1 high, clamped) of a range."""
    low, high = span
    if position <= 0.0:
        return low
    return high if position >= 1.0 else low + (high - low) * position

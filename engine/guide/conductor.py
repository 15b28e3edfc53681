"""The conductor: which stage a sitting is in, and which tempo it wants (SCIENCE.md A7).

What control calls a reference governor, with a ratchet: the tempo leads the heart by a bounded share,
waits where the heart does not follow, and gives way where the heart rises. It never integrates an error.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from engine.guide.arms import Arm
from engine.guide.course import BACK_OFF_HOLD_S, BACK_OFF_REST_S, LEAST_HEARD_S, REMATCH_S, Course
from engine.guide.following import Following
from engine.guide.music_state import Hand, Stage
from engine.guide.senses import Senses
from engine.guide.target import Aim, Usual, aim, asked_of
from engine.guide.tempo import CALM_SHARE, HARD_SHARE_PER_MIN, UNKNOWN_BPM, BoundedTempo, fold_for
from profiles.schema import Profile

FREE_START_S = 20.0
"""While only the bed sounds there is no pulse to hear: a heart found this early sets the tempo at
once instead of being walked to. As long as the composer's opening. Our own choice."""

DEAD_BAND_BPM = 1.5
"""Differences smaller than this set nothing in motion (SCIENCE.md A7); a way begun is gone to its end."""

RATCHET_SHARE = 0.15
"""Against its way the tempo moves only where the heart is further off than this (SCIENCE.md A7)."""

COAST_HOLD_S, COAST_IDLE_S, COAST_SHARE_PER_MIN = 30.0, 120.0, 0.01
"""A lost heart: hold for 30 s, then drift to the preset, 1 % a minute; after two minutes by the clock."""


class Conductor:
    """Stage and tempo of one sitting. `decide(hand, parameter, value, why)` takes down each change."""

    def __init__(
        self,
        profile: Profile,
        arm: Arm,
        course: Course,
        asked: Aim | None,
        usual: Usual | None,
        decide: Callable[[Hand, str, float | str | None, str], None],
    ) -> None:
        self._profile, self._arm, self._course = profile, arm, course
        self._asked, self._usual = asked, usual
        self._decide = decide
        self._following = Following(profile, course)
        self.stage = Stage.MATCH
        self.since_s = 0.0
        self.aim: Aim | None = None
        self.start_bpm: float | None = None
        """The heart's rate when the lead began: what following is measured against."""
        self.fold: float | None = None
        self.tempo = BoundedTempo(0.0, *profile.ranges.tempo_bpm)
        self._first_tempo = self.tempo.bpm
        self.led_since_s: float | None = None
        self._rematch_until_s: float | None = None
        self._by_hand = False
        self._before_coast = Stage.MATCH
        self._idle = False
        self._under_way = False
        self._relief_until_s = 0.0

    @property
    def _down(self) -> float:
        """1 where lower is further on the way, -1 where higher is."""
        return self._following.down

    # -- the start ---------------------------------------------------------------------------------

    def begin(self, hr: float | None, path_bpm: float | None = None) -> None:
        """Choose the first tempo: the heart's own where it is known, else the usual, a watch's, or a middle.

        A sitting that replays a path begins where that does.
        """
        usual = self._usual or Usual()
        self.tempo = self._tempo_for(hr or usual.resting_bpm or usual.watch_bpm or UNKNOWN_BPM)
        if path_bpm is not None:
            self.tempo = BoundedTempo(path_bpm, *self._profile.ranges.tempo_bpm)
        self._first_tempo = self.tempo.bpm
        if hr is not None:
            self._find_fold(hr)

    def _tempo_for(self, hr: float) -> BoundedTempo:
        return BoundedTempo(hr * self._fold_for(hr), *self._profile.ranges.tempo_bpm)

    def _fold_for(self, hr: float, playing_bpm: float | None = None) -> float:
        profile = self._profile
        return fold_for(hr, *profile.ranges.tempo_bpm, profile.limits.fold_over, playing_bpm)

    def _find_fold(self, hr: float) -> float:
        if self.fold is None:
            self.fold = self._fold_for(hr, self.tempo.bpm)
            words = {1.0: "one beat to each of the heart's", 0.5: "one beat to two of the heart's"}
            why = words.get(self.fold, "three beats to four of the heart's")
            self._decide(Hand.AUTO, "fold", self.fold, f"meeting the heart: {why}")
        return self.fold

    # -- hands -------------------------------------------------------------------------------------

    def end(self, t_s: float, why: str, hand: Hand) -> None:
        if self.stage is not Stage.END:
            self._enter(Stage.END, t_s, hand, why)

    def too_much(self, t_s: float, hand: Hand) -> None:
        """Whatever the stage: the last fade goes on, softer; anything else gives way to a back-off."""
        self._relief_until_s = inf
        if self.stage is not Stage.END:
            self._back_off(t_s, hand, "giving room: it was too much")

    def relieves(self, t_s: float) -> bool:
        """Whether somebody has said that it was too much, and the music still keeps down for it."""
        return t_s < self._relief_until_s

    def go_on(self, t_s: float, hand: Hand) -> None:
        """What was too much is taken back, or a re-match: on from here."""
        self._rematch_until_s, self._by_hand, self._relief_until_s = None, False, 0.0
        if self.stage is Stage.BACK_OFF:
            stage = Stage.MATCH if self.led_since_s is None else Stage.GUIDE
            self._enter(stage, t_s, hand, "going on from here: it was taken back")

    @property
    def rematches_by_hand(self) -> bool:
        """Whether the tempo meets the heart again because somebody asked for it."""
        return self._by_hand and self._rematch_until_s is not None

    def rematch(self, t_s: float) -> None:
        if self.stage is not Stage.END:
            self._by_hand = True
            self._rematch_until_s = t_s + self._course.wait(REMATCH_S)

    def retarget(self, t_s: float, bpm: float, hand: Hand) -> None:
        self.aim = self._asked = asked_of(hand, bpm)
        if self.stage in (Stage.ARRIVE, Stage.STALL):
            self._enter(Stage.GUIDE, t_s, hand, f"leading again: the target is now {bpm:.0f}")

    def turn_to(self, t_s: float, profile: Profile, course: Course, hand: Hand) -> None:
        """Lead on by another profile, from the tempo that is played."""
        self._profile, self._course = profile, course
        self._following.turn_to(profile, course)
        self.tempo.turn_to(*profile.ranges.tempo_bpm)
        self._first_tempo = self.tempo.bpm
        self.fold = None
        low, high = profile.limits.target_bpm
        if self._asked is not None:
            self._asked = asked_of(self._asked.hand, min(max(self._asked.bpm, low), high))
        if self.start_bpm is not None:
            self.aim = aim(profile, self._asked, self._usual, self.start_bpm)
        if self.stage in (Stage.ARRIVE, Stage.STALL):
            self._enter(Stage.GUIDE, t_s, hand, f"leading again, to where {profile.title} goes")

    def target_given_back(self) -> None:
        self._asked = None
        if self.start_bpm is not None:
            self.aim = aim(self._profile, None, self._usual, self.start_bpm)

    # -- one step ----------------------------------------------------------------------------------

    def step(
        self, t_s: float, dt_s: float, senses: Senses, held_bpm: float | None, path_bpm: float | None
    ) -> float:
        """Stage and tempo after `dt_s` seconds.

        `held_bpm` is a hand's tempo, which goes before all; `path_bpm` that of a sitting replayed.
        """
        if senses.hr is not None:
            if self.fold is None and t_s <= FREE_START_S and held_bpm is None and path_bpm is None:
                self.tempo = self._tempo_for(senses.hr)
                self._first_tempo = self.tempo.bpm
            self._find_fold(senses.hr)
        self._change_stage(t_s, senses)
        if held_bpm is not None:
            return self.tempo.move(held_bpm, t_s, dt_s, HARD_SHARE_PER_MIN, free=True)
        if path_bpm is not None and self.stage is not Stage.BACK_OFF:
            return self.tempo.move(path_bpm, t_s, dt_s, HARD_SHARE_PER_MIN, free=True)
        want, share, free = self._want(t_s, senses)
        want = self.tempo.inside(want)
        steady = self._arm is Arm.OPEN_LOOP and self.stage is Stage.GUIDE
        gap = abs(want - self.tempo.bpm)
        self._under_way = gap >= DEAD_BAND_BPM or (self._under_way and gap > 0.0)
        if not free and not steady and not self._under_way:
            return self.tempo.bpm
        return self.tempo.move(want, t_s, dt_s, share, free=free)

    def _enter(self, stage: Stage, t_s: float, hand: Hand, why: str) -> None:
        self.stage, self.since_s = stage, t_s
        self._following.begin(t_s)
        self._decide(hand, "stage", stage.value, why)

    @property
    def thin_until_s(self) -> float:
        """Until when a back-off thins to the drone: while it re-matches, not while it holds."""
        return self.since_s + self._course.wait(REMATCH_S)

    def _back_off(self, t_s: float, hand: Hand, why: str) -> None:
        self._enter(Stage.BACK_OFF, t_s, hand, why)
        self._by_hand = hand is not Hand.AUTO
        self._rematch_until_s = t_s + self._course.wait(REMATCH_S)

    # -- stages ------------------------------------------------------------------------------------

    def _change_stage(self, t_s: float, senses: Senses) -> None:
        stage = self.stage
        if stage is Stage.END:
            return
        if t_s >= self._course.end_s:
            fade = self._course.fade_out_s
            self._enter(Stage.END, t_s, Hand.PROFILE, f"ending: the last fade takes {fade:.0f} seconds")
        elif stage is Stage.BACK_OFF and t_s >= self.thin_until_s + self._course.wait(BACK_OFF_HOLD_S):
            self._lead_after_back_off(t_s, senses)
        elif self._arm is not Arm.GOVERNED:
            if stage is Stage.MATCH and t_s >= self._course.match_s:
                self._lead(t_s, senses)
        elif stage is Stage.BACK_OFF and self.relieves(t_s):
            pass  # whoever asked for it gets it, whatever the heart does
        elif stage is Stage.COAST:
            self._coast(t_s, senses)
        elif senses.irregular:
            self._before_coast = stage
            why = "the beats are hard to make out: the music goes on gently by itself"
            self._enter(Stage.COAST, t_s, Hand.AUTO, why)
        elif senses.lost:
            self._before_coast = stage
            why = "nothing heard from the sensor for ten seconds: the tempo holds"
            self._enter(Stage.COAST, t_s, Hand.AUTO, why)
        elif senses.hr is not None and stage is not Stage.BACK_OFF:
            self._heart_driven(t_s, senses, senses.hr)

    def _lead(self, t_s: float, senses: Senses) -> None:
        """From meeting the heart to leading it."""
        self.start_bpm = senses.median.value if senses.heard_s > 0.0 else self.tempo.bpm / (self.fold or 1.0)
        if self.aim is None:
            self.aim = aim(self._profile, self._asked, self._usual, self.start_bpm)
        self.led_since_s = t_s
        self._first_tempo = self.tempo.bpm
        came, to = f"{self.start_bpm:.0f}", f"{self.aim.bpm:.0f}, {self.aim.why}"
        if self._arm is Arm.PACED:
            why = "the tempo stays where it met the heart; only the breath is led"
        elif self._profile.goal == "stay":
            why = f"staying with the heart at {to}"
        else:
            why = f"leading {'up' if self._down < 0 else 'down'} from {came}, toward {to}"
        self._enter(Stage.GUIDE, t_s, Hand.PROFILE, why)

    def _lead_after_back_off(self, t_s: float, senses: Senses) -> None:
        self._by_hand = False
        self._rematch_until_s = None
        self._relief_until_s = 0.0
        self._following.rest(t_s + self._course.wait(BACK_OFF_REST_S))
        if self.led_since_s is None:
            self._enter(Stage.MATCH, t_s, Hand.AUTO, "meeting the heart again after the pause")
            return
        if senses.hr is not None and not senses.irregular:
            self.start_bpm = senses.hr
        self._enter(Stage.GUIDE, t_s, Hand.AUTO, "leading again, from where the heart is now")

    def _coast(self, t_s: float, senses: Senses) -> None:
        if senses.lost and not self._idle and senses.lost_s >= COAST_IDLE_S:
            self._idle = True
            why = "nothing heard from the sensor for two minutes: the music goes on by the clock, to its end"
            self._decide(Hand.AUTO, "stage", self.stage.value, why)
        if senses.lost or senses.irregular:
            return
        self._idle = False
        back = self._before_coast
        stage = Stage.MATCH if self.led_since_s is None else back
        if stage in (Stage.BACK_OFF, Stage.STALL, Stage.COAST):
            stage = Stage.GUIDE
        self._enter(stage, t_s, Hand.AUTO, "the heart is heard again: going on from here")

    def _heart_driven(self, t_s: float, senses: Senses, hr: float) -> None:
        course = self._course
        if self.stage is Stage.MATCH:
            heard_enough = senses.heard_s >= min(LEAST_HEARD_S, 0.5 * course.match_s)
            if t_s >= course.match_s and heard_enough:
                self._lead(t_s, senses)
            return
        assert self.aim is not None
        assert self.start_bpm is not None
        middle, start, target = senses.median.value, self.start_bpm, self.aim.bpm
        verdict = self._following.verdict(self.stage, t_s, hr, middle, start, target)
        if verdict is None:
            return
        stage, why = verdict
        if stage is Stage.BACK_OFF:
            self._back_off(t_s, Hand.AUTO, why)
        else:
            self._enter(stage, t_s, Hand.AUTO, why)

    # -- tempo -------------------------------------------------------------------------------------

    @property
    def goal_tempo_bpm(self) -> float:
        """Where the tempo may be led: the target folded, no further from the first tempo than allowed."""
        total = self._profile.limits.tempo_total
        first = self._first_tempo
        low, high = (0.95, 1.0 + total) if self._profile.goal == "up" else (1.0 - total, 1.05)
        wanted = CALM_SHARE * first if self.aim is None else self.aim.bpm * (self.fold or 1.0)
        return min(max(wanted, low * first), high * first)

    def _want(self, t_s: float, senses: Senses) -> tuple[float, float, bool]:
        """The tempo wanted, its fastest share a minute, and whether it is free of the turn rule."""
        now, slow = self.tempo.bpm, self._profile.limits.tempo_per_min
        folded = None if senses.hr is None or self.fold is None else senses.hr * self.fold
        if self._rematch_until_s is not None:
            if t_s < self._rematch_until_s and self.stage is not Stage.END:
                folded = None if senses.irregular else folded
                if folded is not None and self._by_hand:
                    return folded, HARD_SHARE_PER_MIN, True
                # One turn in twenty minutes: it is spent only on a heart that is far from the music.
                far = folded is not None and abs(folded / now - 1.0) > RATCHET_SHARE
                return (folded if folded is not None and far else now), slow, False
            self._rematch_until_s = None
        if self._arm is Arm.FOLLOW:
            still = folded is None or self.stage is Stage.END
            return (now if still or folded is None else folded), HARD_SHARE_PER_MIN, True
        match self.stage:
            case Stage.MATCH:
                return self._meet(folded), slow, False
            case Stage.GUIDE if self._arm is Arm.GOVERNED:
                return self._lead_tempo(folded), slow, False
            case Stage.GUIDE if self._arm is Arm.OPEN_LOOP:
                return self._by_the_clock(t_s), slow, False
            case Stage.COAST if senses.irregular or senses.lost_s >= COAST_HOLD_S:
                return self._preset(), COAST_SHARE_PER_MIN, False
            case _:
                return now, slow, False

    def _meet(self, folded: float | None) -> float:
        """Go to the heart; a step that the lead would take back at once is not begun."""
        now = self.tempo.bpm
        if folded is None:
            return now
        behind = (folded - now) * self._down
        if behind > 0.0:
            # Against the way of the lead: only as the first move of all, since the way back is a turn.
            begun = self.tempo.direction * self._down > 0.0
            if not begun and (self.tempo.direction != 0 or behind <= self._profile.limits.lead * folded):
                return now
        return folded

    def _lead_tempo(self, folded: float | None) -> float:
        now = self.tempo.bpm
        if folded is None:
            return now
        if self._profile.goal == "stay":
            return folded if abs(folded / now - 1.0) > RATCHET_SHARE else now
        lead, goal = self._profile.limits.lead, self.goal_tempo_bpm
        want = max(goal, folded * (1.0 - lead)) if self._down > 0 else min(goal, folded * (1.0 + lead))
        against = (want / now - 1.0) * self._down
        return want if against <= 0.0 or against > RATCHET_SHARE else now

    def _by_the_clock(self, t_s: float) -> float:
        """The open loop's way: a steady glide that is at the goal after 60 % of the lead's time."""
        way = min(self.lead_progress(t_s) / 0.6, 1.0)
        first = self._first_tempo
        return first * (self.goal_tempo_bpm / first) ** way

    def _preset(self) -> float:
        now, goal = self.tempo.bpm, self.goal_tempo_bpm
        if self._profile.goal == "stay":
            return now
        return goal if (goal - now) * self._down < 0.0 else now

    def lead_progress(self, t_s: float) -> float:
        """0 to 1: how much of the lead's time is over."""
        began = self._course.match_s if self.led_since_s is None else self.led_since_s
        span = self._course.end_s - began
        return min(max((t_s - began) / span, 0.0), 1.0) if span > 0.0 else 1.0

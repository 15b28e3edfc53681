"""The swell: what the breath guide wants, moment by moment, from the listener's own breathing on."""

from __future__ import annotations

from collections.abc import Callable

from engine.guide.arms import Arm
from engine.guide.breath import MEET_SPEED, MET_PER_MIN, BreathPath, clamp_breath
from engine.guide.breath_lead import BreathLead
from engine.guide.music_state import Hand, Stage
from engine.guide.pacer import Pacer, Paces
from engine.guide.senses import Senses
from engine.guide.target import Usual
from profiles.schema import Profile

PACER_SPEED = 4.0
"""A pacer's rate and depth are at once where they should be, quicker than what is led: a rest, or a pace, is
known for one within a breath (own choice)."""

QUICKER = 1.2
"""Who comes to breathe at more than this times the rate that the lead began from is met again there: they are
not where the swell took them to be (own choice)."""


class Swell:
    """Rate and depth of the swell. `decide(hand, parameter, value, why)` takes down each change of mind.

    `usual`     what earlier sittings have taught
    `settle_s`  how long the way from the own rate to its share takes
    `paces`     what the paced arm leads
    """

    def __init__(
        self,
        profile: Profile,
        arm: Arm,
        settle_s: float,
        usual: Usual,
        paces: Paces,
        decide: Callable[[Hand, str, float | str | None, str], None],
    ) -> None:
        self._breath, self._arm, self._decide = profile.breath, arm, decide
        self._leads_up = profile.goal == "up"
        own = profile.breath.default_per_min if usual.breath_per_min is None else usual.breath_per_min
        self._path = BreathPath(profile.breath, profile.goal, settle_s, own, usual.pace_per_min)
        self._lead, self._led_s = BreathLead(), 0.0
        self._pacer = Pacer(paces, decide) if arm is Arm.PACED else None
        self._known_s: float | None = None
        self._presumed = self._met = self._yielded = self._returned = self._paced = False
        self.meets = False
        """Whether the swell goes with the listener's own breath, and does not lead it."""

    @property
    def _looks(self) -> bool:
        """Whether the way depends on how the listener breathes while they are led."""
        return self._arm is Arm.GOVERNED and not self._leads_up

    @property
    def first_per_min(self) -> float:
        """Where the swell begins."""
        return self._path.own_per_min if self._pacer is None else self._pacer.per_min

    @property
    def over(self) -> bool:
        """Whether all was led that there was to lead: paces that come one after the other have an end."""
        return self._pacer is not None and self._pacer.over

    @property
    def depth_pace(self) -> float:
        """How much quicker than usual its depth is where it should be."""
        return 1.0 if self._pacer is None else PACER_SPEED

    @property
    def from_per_min(self) -> float:
        """The listener's own breathing, as far as it is known, that the swell leads on from."""
        return self._path.own_per_min

    def turn_to(self, profile: Profile, settle_s: float) -> None:
        """Lead on by another profile, from the same own rate."""
        self._breath, self._leads_up = profile.breath, profile.goal == "up"
        self._path.turn_to(profile.breath, profile.goal, settle_s)

    def pace(self, want_per_min: float, now_per_min: float) -> float:
        """The listener's own breathing is met quickly once it is known, and led from slowly: 1 is slowly."""
        if self._pacer is not None:
            return PACER_SPEED
        if self._met or self._known_s is None:
            return 1.0
        self._met = abs(want_per_min - now_per_min) < MET_PER_MIN
        return MEET_SPEED

    def want(
        self, stage: Stage, t_s: float, senses: Senses, led_from_s: float | None, now_per_min: float
    ) -> tuple[float, float]:
        """Breaths a minute and depth in dB.

        senses       the listener's heart and breathing now
        led_from_s   when the lead began, or None
        now_per_min  where the swell is
        """
        shallow, deep = self._breath.depth_db
        self.meets = self._arm is Arm.GOVERNED and stage is Stage.MATCH
        dt_s, self._led_s = t_s - self._led_s, t_s
        if self._pacer is not None:
            self._pacer.step(dt_s, heard=not (senses.lost or senses.irregular))
            return self._pacer.per_min, deep if self._pacer.leads else 0.0
        own = senses.breath_per_min
        if own is not None:
            self._meet(t_s, own, led_from_s)
        path = self._path
        if led_from_s is not None and self._known_s is None and not self._presumed:
            self._presumed = True
            why = f"the breath cannot be made out yet: the swell takes {path.own_per_min:g} a minute"
            self._decide(Hand.PROFILE, "breath_guide_per_min", path.own_per_min, why)
        if stage in (Stage.BACK_OFF, Stage.COAST):
            return now_per_min, shallow
        if led_from_s is None:
            return path.own_per_min, shallow
        self._tell_pace()
        led_s = t_s - max(led_from_s, self._known_s or 0.0)
        if self._arm is not Arm.GOVERNED:
            return path.at(led_s), deep
        want = path.beside(led_s, own)
        if self._looks and not path.yields:
            want = self._lead.want(dt_s, want, own, now_per_min)
        self.meets = self._looks and (path.yields or self._lead.meets)
        if stage is not Stage.END:
            self._tell(want)
        return want, deep

    def _tell_pace(self) -> None:
        """Say once that the way ends at the listener's own pace."""
        pace = self._path.to_pace
        if pace is not None and not self._paced:
            self._paced = True
            why = f"the way of the breath ends at the listener's own pace, {pace:g} a minute"
            self._decide(Hand.PROFILE, "breath_guide_per_min", pace, why)

    def _tell(self, want: float) -> None:
        """Say, once each, that the listener's own breathing is kept to, or gone back to."""
        if self._path.yields and not self._yielded:
            self._yielded = True
            why = "the swell stays with the listener's own breathing, which is slower"
            self._decide(Hand.AUTO, "breath_guide_per_min", want, why)
        elif self._lead.meets and not self._returned:
            self._returned = True
            why = "the breath did not come along: the swell meets it again and leads from there"
            self._decide(Hand.AUTO, "breath_guide_per_min", want, why)

    def _meet(self, t_s: float, own: float, led_from_s: float | None) -> None:
        """Take the listener's breathing for the rate to lead from: all the time until the lead begins,
        then only where it comes to be known, or turns out quicker than was thought."""
        path = self._path
        if self._known_s is None:
            why = f"the swell goes with the listener's own breathing, {clamp_breath(own):.1f} a minute"
        elif led_from_s is None:
            path.own_per_min = clamp_breath(own)
            return
        elif self._looks and clamp_breath(own) > QUICKER * path.own_per_min:
            why = f"the swell goes back up to the listener's breathing, {clamp_breath(own):.1f} a minute"
        else:
            return
        path.own_per_min = clamp_breath(own)
        self._known_s, self._met = t_s, False
        self._decide(Hand.AUTO, "breath_guide_per_min", path.own_per_min, why)

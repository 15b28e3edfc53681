"""Following: which stage the heart of a sitting calls for: it has followed, or not, or arrived, or risen."""

from __future__ import annotations

from engine.guide.course import Course
from engine.guide.music_state import Stage
from profiles.schema import Profile

FOLLOWED_BPM = 1.0
"""A heart this far from its start, on the way to the target, has followed (SCIENCE.md A7)."""

STALL_AFTER_S, STALL_OVER_S = 240.0, 60.0
"""Not followed for four minutes: stall. Followed for one: lead again."""

BACK_OFF_BPM, BACK_OFF_SHARE, BACK_OFF_AFTER_S = 8.0, 0.10, 45.0
"""Over the sitting's median by 8 bpm and by 10 % for 45 s: back off (SCIENCE.md A7)."""

ARRIVE_BPM, ARRIVE_AFTER_S, LEAVE_BPM = 3.0, 180.0, 6.0
"""Within 3 bpm of the target for three minutes: arrived; off by 6 for a minute: lead again."""


class _Lasting:
    """For how long something has held without a break."""

    __slots__ = ("since_s",)

    def __init__(self) -> None:
        self.since_s = 0.0

    def seconds(self, t_s: float, holds: bool) -> float:
        if not holds:
            self.since_s = t_s
        return t_s - self.since_s


class Following:
    """Watches one heart. `down` is 1 where lower is further on the way, -1 where higher is."""

    def __init__(self, profile: Profile, course: Course) -> None:
        self._near, self._far, self._followed, self._unmoved = (_Lasting() for _ in range(4))
        self._high_since_s: float | None = None
        self._rested_s = 0.0
        self.turn_to(profile, course)

    def turn_to(self, profile: Profile, course: Course) -> None:
        """Watch it on the way of another profile."""
        self._goal, self._course = profile.goal, course
        self.down = -1.0 if profile.goal == "up" else 1.0

    def begin(self, t_s: float) -> None:
        """A stage begins at `t_s`: nothing counts that was before."""
        for lasting in (self._near, self._far, self._followed, self._unmoved):
            lasting.since_s = t_s
        self._high_since_s = None

    def rest(self, until_s: float) -> None:
        """No back-off before `until_s`."""
        self._rested_s = until_s

    def verdict(
        self, stage: Stage, t_s: float, hr: float, middle_bpm: float, start_bpm: float, target_bpm: float
    ) -> tuple[Stage, str] | None:
        """The stage that a heart at `hr` calls for instead of `stage`, and why; None where it calls for none.

        middle_bpm  median rate of the sitting so far
        start_bpm   the rate when the lead began
        """
        if self._risen(t_s, hr, middle_bpm, target_bpm):
            return Stage.BACK_OFF, "giving room: the heart has risen, so the music thins out"
        stays = self._goal == "stay"
        ahead = abs(hr - target_bpm) if stays else (hr - target_bpm) * self.down
        if stage is Stage.ARRIVE:
            if self._far.seconds(t_s, ahead > LEAVE_BPM) < STALL_OVER_S:
                return None
            way = "staying" if stays else "leading"
            return Stage.GUIDE, f"{way} again: the heart has moved on"
        near_s = self._near.seconds(t_s, ahead <= ARRIVE_BPM)
        if ahead <= ARRIVE_BPM and near_s >= self._course.wait(ARRIVE_AFTER_S):
            why = "settled: the heart stays" if stays else "arrived"
            return Stage.ARRIVE, f"{why}; the tempo rests"
        if stays:
            return None
        followed = (start_bpm - hr) * self.down > FOLLOWED_BPM
        unmoved_s = self._unmoved.seconds(t_s, not followed)
        followed_s = self._followed.seconds(t_s, followed)
        patience = self._course.wait(STALL_AFTER_S)
        if stage is Stage.GUIDE and unmoved_s >= patience:
            return Stage.STALL, "staying where the heart is; the tempo rests"
        if stage is Stage.STALL and followed_s >= STALL_OVER_S:
            return Stage.GUIDE, "leading again, with the heart"
        return None

    def _risen(self, t_s: float, hr: float, middle_bpm: float, target_bpm: float) -> bool:
        limit = middle_bpm + max(BACK_OFF_BPM, BACK_OFF_SHARE * middle_bpm)
        if self._goal == "up":
            limit = max(limit, target_bpm + BACK_OFF_BPM)
        if hr <= limit or t_s < self._rested_s:
            self._high_since_s = None
            return False
        if self._high_since_s is None:
            self._high_since_s = t_s
        return t_s - self._high_since_s >= BACK_OFF_AFTER_S

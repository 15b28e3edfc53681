"""The breath's lead: how far the swell may run ahead of the breath that is heard (LOOP.md section 8).

The way by the clock (engine.guide.breath) says where the swell would like to be; the lead lets it be no
further below the breath than a fixed share. Where the breath does not come along the swell holds, and after
half a minute it goes back to meet the breath and leads anew: a swell that is out of reach leads nobody.
"""

from __future__ import annotations

LEAD = 0.12
"""The swell is at most this share slower than the breath heard. At 15 % listeners whose breath follows only
what is near were lost for half of the time, at 12 % for a sixth (LOOP.md section 8)."""

MEET_SHARE = 0.97
"""Share of the breath's rate at which it is met again (LOOP.md section 8)."""

WAIT_S = 30.0
"""How long the swell holds for a breath that does not come: five to seven breaths (LOOP.md section 8)."""

CAME_SHARE = 0.02
"""A breath this much slower than where it was met last has come along. Who gives way a little and stays there
is not met again and again: for them every return would be a step back (own choice)."""

LOST_SHARE = 0.15
"""A breath that the swell is further below than this has gone off by itself (own choice: the lead, and the
error of the breath heard)."""

LEAD_AGAIN_S = 60.0
"""From a meeting to the whole lead (own choice: as slowly as the first way leads)."""


class BreathLead:
    """Where the swell may be, step by step, for one listener whose breath is led down."""

    __slots__ = ("_lead", "_met_per_min", "_waited_s", "meets")

    def __init__(self) -> None:
        self._lead = LEAD
        self._met_per_min: float | None = None
        self._waited_s = 0.0
        self.meets = False
        """Whether the swell is on its way back to a breath that did not come."""

    def want(self, dt_s: float, path_per_min: float, breath: float | None, swell: float) -> float:
        """Breaths a minute wanted now, never below `path_per_min`.

        dt_s          seconds since the last call
        path_per_min  where the clock would have the swell
        breath        the listener's breathing, or None where it is not known: then the clock leads
        swell         where the swell is
        """
        if breath is None:
            self._waited_s = 0.0
            return path_per_min
        if self._met_per_min is None:
            self._met_per_min = breath
        if self.meets and swell >= (MEET_SHARE - 0.01) * breath:  # the glide comes near, never quite there
            self.meets, self._met_per_min, self._lead = False, breath, 1.0 - MEET_SHARE
        if self.meets:
            return max(path_per_min, MEET_SHARE * breath)
        self._lead = min(self._lead + (LEAD - 1.0 + MEET_SHARE) * dt_s / LEAD_AGAIN_S, LEAD)
        self._waited_s = self._waited_s + dt_s if self._alone(breath, self._met_per_min, swell) else 0.0
        if self._waited_s >= WAIT_S:
            self.meets, self._waited_s = True, 0.0
        # A breath that rises again does not take the swell along: it holds.
        return max(path_per_min, min((1.0 - self._lead) * breath, swell))

    def _alone(self, breath: float, met_per_min: float, swell: float) -> bool:
        """Whether the swell leads as far as it may and the breath does not come along."""
        ahead = 1.0 - swell / breath
        came = breath < (1.0 - CAME_SHARE) * met_per_min
        return self._lead >= LEAD and (ahead > LOST_SHARE or (ahead > 0.9 * LEAD and not came))

"""Plan: what a trial of one person is, all of it said before the first sitting.

Sittings are led in two ways, drawn by lot in blocks: each block holds both ways equally often, so that
whatever changes over the weeks meets both alike.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from engine.guide.arms import Arm

ARMS = tuple(arm.value for arm in Arm if arm is not Arm.YOKED)
"""What may be compared; a yoked sitting needs another, which here nobody may choose."""

LEAST_SITTINGS, MOST_SITTINGS = 4, 400
"""Fewer tell nothing, and more is over a year of them (own choice)."""

LONGEST_WASHOUT_S = 60 * 86_400.0

Outcome = Literal["heart", "calm"]
CutShort = Literal["count", "leave-out"]

OUTCOMES: dict[Outcome, str] = {
    "heart": "how far the heart falls from the first two minutes to the last",
    "calm": "how much calmer the listener is after than before, from 0 to 10",
}
"""What may be compared."""

UNITS: dict[Outcome, str] = {"heart": "beats a minute", "calm": "points"}

RULES: dict[CutShort, str] = {
    "count": "A sitting that is cut short counts with what was measured of it.",
    "leave-out": "A sitting that is cut short is left out, and told.",
}
"""What comes of a sitting that is ended before its time, said beforehand. The first keeps in whoever left
because of the music (intention to treat)."""


class PlanError(ValueError):
    """A trial that cannot be meant; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One trial.

    name        a word, for the commands
    arms        the two ways of leading: the estimate is of the first less the second
    sittings    how many, a multiple of `block`
    block       sittings in which both ways come equally often
    washout_s   least time from the end of one sitting to the next, seconds
    outcome     what is compared
    cut_short   what comes of a sitting that is ended early
    sensor      spec of the heart
    duration_s  of each sitting; None for the profile's
    target_bpm  heart rate to lead toward; None leaves it to the profile
    client      the listener's code
    """

    name: str
    arms: tuple[str, str] = (Arm.GOVERNED.value, Arm.OPEN_LOOP.value)
    sittings: int = 20
    block: int = 4
    washout_s: float = 20 * 3600.0
    outcome: Outcome = "heart"
    cut_short: CutShort = "count"
    profile: str = "relax"
    sensor: str = "ble"
    duration_s: float | None = None
    target_bpm: float | None = None
    client: str | None = None

    def __post_init__(self) -> None:
        """Raises PlanError."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", self.name):
            raise PlanError(
                f"A trial is called by one word of small letters, digits and hyphens; {self.name!r} is none."
            )
        if len(self.arms) != 2 or self.arms[0] == self.arms[1] or not {*self.arms} <= {*ARMS}:
            given = ", ".join(self.arms) or "nothing"
            raise PlanError(f"A trial compares two of {', '.join(ARMS)}; it was given {given}.")
        if self.block < 2 or self.block % 2:
            raise PlanError(f"A block holds both ways equally often: 2, 4, 6 sittings, and not {self.block}.")
        if not LEAST_SITTINGS <= self.sittings <= MOST_SITTINGS or self.sittings % self.block:
            raise PlanError(
                f"A trial has {LEAST_SITTINGS} to {MOST_SITTINGS} sittings in whole blocks of {self.block}; "
                f"{self.sittings} is no such number."
            )
        if not 0.0 <= self.washout_s <= LONGEST_WASHOUT_S:
            raise PlanError(f"Between two sittings lie 0 hours to {LONGEST_WASHOUT_S / 86_400:g} days.")
        if self.outcome not in OUTCOMES or self.cut_short not in RULES:
            raise PlanError(f"The outcome is {' or '.join(OUTCOMES)}, the rule {' or '.join(RULES)}.")

    def order(self, seed: int) -> tuple[str, ...]:
        """Which way each sitting is led: the same for the same seed."""
        lot = random.Random(f"trial {seed}")
        order: list[str] = []
        for _ in range(self.sittings // self.block):
            block = [*self.arms] * (self.block // 2)
            lot.shuffle(block)
            order += block
        return tuple(order)

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"arms": [*self.arms]}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Plan:
        """Raises PlanError where that is no plan."""
        try:
            values: dict[str, Any] = {field.name: table[field.name] for field in fields(cls)}
            values["arms"] = tuple(table["arms"])
            return cls(**values)
        except (KeyError, TypeError):
            raise PlanError("The plan of a trial in the journal cannot be read.") from None

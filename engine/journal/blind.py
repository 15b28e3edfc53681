"""Blind: what stands for the arm of a trial's sitting until that trial ends, and afterwards."""

from __future__ import annotations

import re

_ARM = re.compile(r"(?:(?P<arm>[a-z-]+), )?trial:(?P<trial>[a-z0-9-]+)/(?P<number>\d{1,4})")


def blind_arm(trial: str, number: int) -> str:
    """What stands for the arm of a trial's sitting, counted from 1, until the trial ends."""
    return f"trial:{trial}/{number}"


def opened_arm(arm: str, trial: str, number: int) -> str:
    """The same once it has ended: `governed, trial:evening/3`."""
    return f"{arm}, {blind_arm(trial, number)}"


def sitting_of(arm: str) -> tuple[str, int] | None:
    """The trial, and which of its sittings this is; None for a sitting of no trial."""
    found = _ARM.fullmatch(arm)
    return None if found is None else (found["trial"], int(found["number"]))


def is_blind(arm: str) -> bool:
    """Whether nobody may see yet how it was led."""
    found = _ARM.fullmatch(arm)
    return found is not None and found["arm"] is None

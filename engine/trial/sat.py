"""Sat: the sittings of a trial as they count, each with its outcome, or with the reason why it has none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.journal import account, rows
from engine.journal.forgetting import epoch_s
from engine.journal.record import Head, Rating
from engine.journal.schema import TABLES
from engine.journal.store import Store
from engine.trial.estimate import Point
from engine.trial.plan import Plan
from engine.trial.register import Trial, allocation_of, heads_of

CUT_SHARE = 0.9
"""A sitting that was played for less than this share of its length was cut short (own choice)."""

NOT_KEPT = "not kept, or deleted"


@dataclass(frozen=True, slots=True)
class Sat:
    """One sitting of a trial."""

    number: int
    id: str = ""
    began_at: str = ""
    began_s: float = math.nan
    """Seconds of the wall clock."""
    ended_s: float = math.nan
    length_s: float = 0.0
    """As played."""
    cut_short: bool = False
    simulated: bool = False
    value: float | None = None
    """The outcome, where it was earned."""
    why: str = ""
    """Why it does not count; empty where it does."""

    @property
    def counts(self) -> bool:
        return not self.why


def sat(store: Store, trial: Trial) -> list[Sat]:
    """Every sitting that was begun, in order. Whether one counts does not depend on how it was led."""
    heads = heads_of(store, trial)
    count = max((trial.row.begun, *heads))
    found = [
        _measured(store, trial.plan, number, heads[number]) if number in heads else Sat(number, why=NOT_KEPT)
        for number in range(1, count + 1)
    ]
    if all(each.simulated for each in found if each.id):
        return found
    measured = "the heart was SIMULATED: nobody was measured"
    return [replace(each, why=measured) if each.simulated else each for each in found]


def _measured(store: Store, plan: Plan, number: int, head: Head) -> Sat:
    cut_short = head.ending == "interrupted" or head.length_s < CUT_SHARE * head.duration_s
    began_s = epoch_s(head.began_at) or math.nan
    whole = Sat(
        number, head.id, head.began_at, began_s, epoch_s(head.ended_at or "") or began_s + head.length_s,
        head.length_s, cut_short, head.simulated,
    )  # fmt: skip
    if head.ending is None:
        return replace(whole, why="being played")
    value, why = _OUTCOMES[plan.outcome](store, head)
    if value is not None and cut_short and plan.cut_short == "leave-out":
        why = "cut short"
    return replace(whole, value=value, why=why)


def _fall(store: Store, head: Head) -> tuple[float | None, str]:
    """How far the heart fell between the windows that a report compares."""
    number, _ = store.find(head.id)
    states = store.rows(number, "state")
    record = rows.record_of(head, {table: states if table == "state" else [] for table in TABLES})
    if not account.long_enough(record):
        return None, f"shorter than {account.LEAST_LENGTH_S / 60:.0f} minutes"
    heart = account.figures(record)[0]
    if heart.begin is None or heart.end is None:
        return None, heart.why[0] if heart.begin is None else heart.why[1]
    return heart.begin - heart.end, ""


def _calmer(store: Store, head: Head) -> tuple[float | None, str]:
    """How much calmer the listener was after than before."""
    number, _ = store.find(head.id)
    said: dict[str, Rating] = {}
    for _, row in store.rows(number, "rating"):
        rating = rows.rating_of(row)
        said[rating.when] = rating  # the last word counts
    before, after = (said[when].calm if when in said else None for when in ("before", "after"))
    if before is None or after is None:
        return None, "not rated before and after"
    return after - before, ""


_OUTCOMES = {"heart": _fall, "calm": _calmer}


def points(trial: Trial, sittings: Sequence[Sat]) -> list[Point]:
    """The sittings that count, as the estimate takes them. Only for a trial that has ended."""
    assert trial.ended, "nobody sees an arm before the end"
    order = allocation_of(trial).order
    first_s = min((each.began_s for each in sittings if each.id), default=0.0)
    found: list[Point] = []
    before: Sat | None = None
    for each in sittings:
        if each.counts and each.value is not None:
            way, gap = 0.0, math.inf
            if before is not None:
                way = 0.5 if order[before.number - 1] == trial.plan.arms[0] else -0.5
                gap = max(each.began_s - before.ended_s, 0.0) / 86_400.0
            is_first = order[each.number - 1] == trial.plan.arms[0]
            found.append(Point((each.began_s - first_s) / 86_400.0, is_first, each.value, way, gap))
        before = each if each.id else before
    return found

"""Search: one search for a listener's own pace, in one sitting or in some, as the journal keeps it.

Nothing is kept of it but its sittings, and what came of it is told from their beats whenever it is asked:
with a sitting it is sealed, given to another client, and deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.guide.pacer import SEARCH
from engine.journal import rows
from engine.journal.forgetting import epoch_s
from engine.journal.record import Head
from engine.journal.store import Store
from engine.pace.estimate import Estimate, estimate
from engine.pace.heard import Breathed, heard
from engine.pace.protocol import OPEN_S, PACES_PER_MIN
from engine.pace.swing import Swing, swings

LAST = 3
"""Searches that are looked at for a pace to lead by, from the newest back (own choice)."""


@dataclass(frozen=True)
class Search:
    """Its sittings in order of time, and the swings that were found in them."""

    heads: tuple[Head, ...]
    swings: tuple[Swing, ...]

    @cached_property
    def estimate(self) -> Estimate:
        return estimate(self.swings)

    @property
    def began_at(self) -> str:
        return self.heads[0].began_at

    @property
    def simulated(self) -> bool:
        return self.heads[0].simulated

    @property
    def left(self) -> tuple[float, ...]:
        """Paces that could not be measured yet, in the order in which they are tried."""
        known = {each.per_min for each in self.swings if each.counts}
        return tuple(pace for pace in PACES_PER_MIN if pace not in known)

    def open_at(self, now_s: float) -> bool:
        """Whether it may be gone on with at `now_s`, seconds of the wall clock."""
        began_s = epoch_s(self.began_at)
        measured = len(self.left) < len(PACES_PER_MIN)
        return bool(self.left) and measured and began_s is not None and 0.0 <= now_s - began_s <= OPEN_S


def searches(store: Store, client: str | None, *, simulated: bool, last: int | None = None) -> list[Search]:
    """A listener's searches in order of time, all or the `last`; those of simulated hearts are apart."""
    groups: list[list[Head]] = []
    for head in reversed(store.searches(client)):
        if head.simulated is not simulated:
            continue
        if not groups or paces_of(head) == PACES_PER_MIN:
            groups.append([])
        groups[-1].append(head)
    return [_search(store, group) for group in (groups if last is None else groups[-last:])]


def own_pace(store: Store, client: str | None) -> float | None:
    """The pace that is led by: of the newest search that could tell one.

    A recording tells of nobody unless it was given a code.
    """
    for each in reversed(searches(store, client, simulated=False, last=LAST)):
        nobodys = client is None and each.heads[0].sensor.startswith("replay:")
        if each.estimate.told and not nobodys:
            return each.estimate.own_per_min
    return None


def paces_of(head: Head) -> tuple[float, ...]:
    """Which paces a sitting of a search was to lead."""
    _, _, paces = head.arm.partition(f"{SEARCH}:")
    return tuple(float(pace) for pace in paces.split(","))


def merged(earlier: Sequence[Swing], later: Sequence[Swing]) -> tuple[Swing, ...]:
    """Of each pace the last that counts, else the last, in the order in which they are tried."""
    found = {each.per_min: each for each in earlier}
    for each in later:
        before = found.get(each.per_min)
        if each.counts or before is None or not before.counts:
            found[each.per_min] = each
    return tuple(sorted(found.values(), key=lambda each: -each.per_min))


def _search(store: Store, heads: Sequence[Head]) -> Search:
    found: tuple[Swing, ...] = ()
    for head in heads:
        found = merged(found, _swings(store, head))
    return Search(tuple(heads), found)


def _swings(store: Store, head: Head) -> tuple[Swing, ...]:
    number, _ = store.named(head.id)
    states = [rows.state_of(row, head.simulated) for _, row in store.rows(number, "state")]
    return swings(
        heard(
            [rows.beat_of(row) for _, row in store.rows(number, "beat")],
            [Breathed(each.t_s, each.music.breath_guide_per_min, each.heart.breath_phase) for each in states],
            [rows.decision_of(row) for _, row in store.rows(number, "decision")],
        )
    )

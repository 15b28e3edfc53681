"""Register: the trials of one journal, begun, continued and ended. Nothing shows an arm before the end."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import Any

from engine.journal.blind import opened_arm, sitting_of
from engine.journal.ending import now
from engine.journal.forgetting import epoch_s
from engine.journal.hidden import Blindfold
from engine.journal.record import Head
from engine.journal.store import Store
from engine.journal.trials import TrialRow
from engine.trial.plan import Plan

LARGEST_SEED = 2**31 - 1

_ALLOCATION = "allocation"
_SALT_BYTES, _NONCE_BYTES = 16, 16


class TrialError(ValueError):
    """What is asked of a trial cannot be done now; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: its row in the journal and what it is."""

    row: TrialRow
    plan: Plan

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def ended(self) -> bool:
        return self.row.ended_at is not None


@dataclass(frozen=True, slots=True)
class Allocation:
    """How each sitting is led, in order, and what shows that this was so from the beginning."""

    order: tuple[str, ...]
    seed: int
    nonce: str

    @property
    def commitment(self) -> str:
        """SHA-256 of the nonce and the order, in hexadecimal: `printf 'NONCE ARM ARM ...' | sha256sum`."""
        return hashlib.sha256(" ".join((self.nonce, *self.order)).encode()).hexdigest()


def begin(store: Store, plan: Plan, seed: int | None = None) -> Trial:
    """Draw the lots and hide them. Raises TrialError where there is a trial of that name.

    With a `seed` the same lots are drawn again, by anybody who knows it; without one, by chance.
    """
    if any(trial.name == plan.name for trial in trials(store)):
        raise TrialError(f"There is a trial {plan.name} already; give the new one another name.")
    drawn = SystemRandom().randrange(LARGEST_SEED) if seed is None else seed
    allocation = Allocation(plan.order(drawn), drawn, os.urandom(_NONCE_BYTES).hex())
    salt = os.urandom(_SALT_BYTES).hex()
    hidden = Blindfold(salt).seal(_ALLOCATION, [allocation.seed, allocation.nonce, *allocation.order])
    with store.transaction():
        store.trials.add(plan.name, now(), plan.as_table(), salt, hidden, allocation.commitment)
    return found(store, plan.name)


def trials(store: Store) -> list[Trial]:
    """All of them, in the order in which they were begun. Raises ValueError for one that cannot be read."""
    return [Trial(row, Plan.from_table(row.plan)) for row in store.trials.all()]


def found(store: Store, name: str | None) -> Trial:
    """The trial of that name; without one, the only one there is, or the only one under way.

    Raises TrialError.
    """
    known = trials(store)
    if name is not None:
        known = [trial for trial in known if trial.name == name]
        if not known:
            raise TrialError(f"There is no trial {name}; `calando trial begin {name}` begins one.")
        return known[0]
    if not known:
        raise TrialError("No trial has been begun; `calando trial begin NAME` begins one.")
    chosen = [trial for trial in known if not trial.ended] if len(known) > 1 else known
    if len(chosen) != 1:
        raise TrialError(f"Say which trial is meant: {', '.join(trial.name for trial in chosen or known)}.")
    return chosen[0]


def heads_of(store: Store, trial: Trial) -> dict[int, Head]:
    """The trial's sittings that are kept, by their number in it; of one that is there twice, the first."""
    heads: dict[int, Head] = {}
    for head in reversed(store.heads()):
        of = sitting_of(head.arm)
        if of is not None and of[0] == trial.name:
            heads.setdefault(of[1], head)
    return heads


def begun(store: Store, trial: Trial) -> int:
    """Sittings that were begun, kept or not."""
    return max((trial.row.begun, *heads_of(store, trial)))


def next_sitting(store: Store, trial: Trial, at_s: float | None = None) -> tuple[int, str]:
    """Number and arm of the sitting that may begin at `at_s`, seconds of the wall clock, or now.

    Raises TrialError where none may: the trial has ended or is complete, one is being played, or the time
    between two is not over.
    """
    if trial.ended:
        raise TrialError(f"The trial {trial.name} has ended; `calando trial show {trial.name}` tells of it.")
    heads = heads_of(store, trial)
    number = max((trial.row.begun, *heads)) + 1
    if number > trial.plan.sittings:
        raise TrialError(
            f"All {trial.plan.sittings} sittings of the trial {trial.name} are played; "
            f"`calando trial end {trial.name}` opens it."
        )
    if any(head.ending is None for head in heads.values()):
        raise TrialError(f"A sitting of the trial {trial.name} is being played; end it first.")
    free_s = free_from_s(trial, list(heads.values()))
    if free_s > (time.time() if at_s is None else at_s):
        moment = datetime.fromtimestamp(free_s).astimezone()
        raise TrialError(
            f"The next sitting of the trial {trial.name} may begin from {moment:%A, %d %B, %H:%M} on; "
            "what the last one left shall be gone by then."
        )
    return number, allocation_of(trial).order[number - 1]


def free_from_s(trial: Trial, heads: Sequence[Head]) -> float:
    """From when on the next one may begin, seconds of the wall clock."""
    ends = [epoch_s(head.ended_at or head.began_at) or 0.0 for head in heads]
    return max(ends, default=0.0) + (trial.plan.washout_s if ends else 0.0)


def took_place(store: Store, trial: Trial, number: int) -> None:
    """A sitting has sounded: its lot is drawn, whatever becomes of its record."""
    with store.transaction():
        store.trials.begun(trial.row.number, number)


def allocation_of(trial: Trial) -> Allocation:
    """For whoever leads a sitting, and for everybody at the end. Raises TrialError where it was changed."""
    try:
        opened: Any = Blindfold(trial.row.salt).open(_ALLOCATION, trial.row.allocation)
        allocation = Allocation(tuple(map(str, opened[2:])), int(opened[0]), str(opened[1]))
    except (ValueError, TypeError, IndexError):
        raise TrialError(f"The lots of the trial {trial.name} in the journal cannot be read.") from None
    if allocation.commitment != trial.row.commitment or len(allocation.order) != trial.plan.sittings:
        raise TrialError(
            f"The lots of the trial {trial.name} are not those that were drawn at its beginning."
        )
    return allocation


def delete(store: Store, trial: Trial) -> None:
    """Forget a trial; its sittings stay and show how they were led. Raises TrialError while one is played."""
    over = trial if trial.ended else end(store, trial)
    with store.transaction():
        store.trials.delete(over.row.number)


def end(store: Store, trial: Trial, preference: str | None = None) -> Trial:
    """Open everything, for good. Raises TrialError where it has ended, or a sitting is being played."""
    if trial.ended:
        raise TrialError(f"The trial {trial.name} has ended already.")
    heads = heads_of(store, trial)
    if any(head.ending is None for head in heads.values()):
        raise TrialError(f"A sitting of the trial {trial.name} is being played; end it first.")
    order = allocation_of(trial).order
    with store.transaction():
        for number, head in heads.items():
            arm = order[number - 1] if number <= len(order) else "unknown"
            store.hidden.reveal(store.named(head.id)[0], opened_arm(arm, trial.name, number))
        store.trials.end(trial.row.number, now(), preference)
    return found(store, trial.name)

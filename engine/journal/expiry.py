"""Expiry: sittings that are older than they are to be kept, removed at the start of another."""

from __future__ import annotations

import os

from engine.durations import DurationTextError, age_s
from engine.journal.forgetting import all_deleted, expired, old, old_pasts, pasts_dropped
from engine.journal.passphrase import PassphraseError, passphrase
from engine.journal.store import Store
from engine.journal.trouble import JournalError, SealedError

KEEP_VARIABLE = "CALANDO_KEEP"
"""Environment variable that says how long sittings are kept: 90d, 12w or 10y."""


def expire(store: Store) -> list[str]:
    """Delete what is older than CALANDO_KEEP, with everything made from it; what was done, in sentences.

    The names of files are sealed, so a sealed journal needs its passphrase, which nobody is asked for here.
    """
    keep = os.environ.get(KEEP_VARIABLE, "")
    if not keep:
        return []
    try:
        keep_s = age_s(keep)
    except DurationTextError as wrong:
        return [f"{KEEP_VARIABLE}: {wrong} No sitting is removed."]
    count, pasts = len(old(store, keep_s)), old_pasts(store, keep_s)
    try:
        pasts_dropped(store, pasts)
        forgot = [f"Removed, as older than {keep}: {watches(len(pasts))}."] if pasts else []
    except JournalError as trouble:
        forgot = [str(trouble)]
    return [*forgot, *_sittings(store, keep, keep_s, count)] if count else forgot


def _sittings(store: Store, keep: str, keep_s: float, count: int) -> list[str]:
    try:
        if store.sealed:
            given = passphrase()
            if given is None:
                return [
                    f"The journal is sealed, so {many(count)} older than {keep} stay; "
                    f"`calando sessions expire --keep {keep}` removes them."
                ]
            store.unlock(given)
        going = expired(store, keep_s)
        all_deleted(store, going, made=True)
    except (SealedError, PassphraseError, JournalError) as trouble:
        return [str(trouble)]
    files = sum(len(each.files(made=True)) for each in going)
    also = f" and {files} file{'s' * (files > 1)} made from them" if files else ""
    return [f"Removed, as older than {keep}: {many(count)}{also}."]


def many(count: int) -> str:
    """So many sittings, in words."""
    return f"{count} sitting{'s' * (count != 1)}"


def watches(count: int) -> str:
    """What was told of so many listeners by their watches, in words."""
    return f"what a watch told of {count} listener{'s' * (count != 1)}"

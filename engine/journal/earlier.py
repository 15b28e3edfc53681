"""Earlier: what is usual for a listener by the earlier sittings that the journal has of them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from engine.guide.target import Usual
from engine.journal.figures import MOST_SITTINGS, usual
from engine.journal.forgetting import epoch_s
from engine.journal.record import Head, Record
from engine.journal.store import Store
from engine.past.month import Kept
from engine.past.reading import Figure


def usual_before(store: Store, head: Head) -> Usual:
    """What is usual for a sitting's client by all their earlier sittings that are kept today.

    `Head.usual` is what was known when it was played; sittings given to another client since count here.
    A simulated heart has no usual, nor a recording that no code says the owner of.
    """
    if _nobodys(head):
        return Usual()
    began = epoch_s(head.began_at)
    earlier = [
        (at, each)
        for each in store.at_rest(head.client, -1)
        if (at := epoch_s(each.began_at)) is not None and began is not None and at < began
    ]
    earlier.sort(key=lambda found: found[0], reverse=True)
    return usual([each for _, each in islice(earlier, MOST_SITTINGS)])


def watch_before(store: Store, head: Head) -> Mapping[Figure, Kept]:
    """What the watch of a sitting's client told of a month that had begun by then, as it is kept today."""
    past = None if _nobodys(head) else store.pasts.of(head.client)
    if past is None:
        return {}
    return {figure: kept for figure, kept in past.figures.items() if kept.first <= head.began_at[:10]}


def beside_earlier(store: Store, record: Record) -> Record:
    """A sitting as it is told, beside what was usual and what a watch told before it."""
    head = record.head
    return replace(record, usual=usual_before(store, head), watch=watch_before(store, head))


def _nobodys(head: Head) -> bool:
    """Whether a sitting tells of nobody."""
    return head.simulated or (head.client is None and head.sensor.startswith("replay:"))

"""Earlier: what is usual for a listener by the earlier sittings that the journal has of them now."""

from __future__ import annotations

from itertools import islice

from engine.guide.target import Usual
from engine.journal.figures import MOST_SITTINGS, usual
from engine.journal.forgetting import epoch_s
from engine.journal.record import Head
from engine.journal.store import Store


def usual_before(store: Store, head: Head) -> Usual:
    """What is usual for a sitting's client by all their earlier sittings that are kept today.

    `Head.usual` is what was known when it was played; sittings given to another client since count here.
    A simulated heart has no usual, nor a recording that no code says the owner of.
    """
    if head.simulated or (head.client is None and head.sensor.startswith("replay:")):
        return Usual()
    began = epoch_s(head.began_at)
    earlier = [
        (at, each)
        for each in store.at_rest(head.client, -1)
        if (at := epoch_s(each.began_at)) is not None and began is not None and at < began
    ]
    earlier.sort(key=lambda found: found[0], reverse=True)
    return usual([each for _, each in islice(earlier, MOST_SITTINGS)])

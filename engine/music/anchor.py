"""The anchor: a motif drawn once from a client's code, so that each listener has one of their own.

Drawn from SHA-256 of the code byte by byte, not from a random generator, so that it stays the same
on every machine, Python and release. It sounds at the start and at the end of each sitting.
"""

from __future__ import annotations

import unicodedata
from hashlib import sha256

from engine.music.motif import RHYTHMS, Motif

_STEPS = (1, -1, 2, -2, 1, -1, 3, -3)
"""Scale steps from note to note, small ones twice as likely."""

_WIDEST = 5
"""Scale steps between the lowest and the highest note: within a sixth, easy to sing."""


def anchor_motif(client: str) -> Motif:
    """The anchor of a client code, four or five notes; letter case and outer spaces do not count."""
    code = unicodedata.normalize("NFKC", client).strip().casefold()
    digest = iter(sha256(f"calando anchor 1:{code}".encode()).digest())
    notes = 4 + next(digest) % 2
    steps = [0]
    while len(steps) < notes - 1:
        step = steps[-1] + _STEPS[next(digest) % len(_STEPS)]
        if max(*steps, step) - min(*steps, step) > _WIDEST:
            step = 2 * steps[-1] - step
        steps.append(step)
    steps.append(0 if steps[-1] != 0 else (2, -2, 1, -1)[next(digest) % 4])
    rhythms = RHYTHMS[notes]
    return Motif(tuple(steps), rhythms[next(digest) % len(rhythms)])

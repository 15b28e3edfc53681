"""Check: one line of `calando doctor`: what was looked at, how it is, and the mend where it is not."""

from __future__ import annotations

from dataclasses import dataclass

NOT_TRIED = "Not tried."
"""What is said of a step behind one that failed."""


@dataclass(frozen=True, slots=True)
class Check:
    """`ok` is None where a thing is missing that Calando can do without."""

    what: str
    ok: bool | None
    said: str
    mend: str = ""

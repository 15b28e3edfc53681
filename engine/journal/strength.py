"""Strength: whether a passphrase withstands guessing, and where it does not, why."""

from __future__ import annotations

from importlib import import_module
from typing import Any

SHORTEST = 8
"""Letters of a passphrase (NIST SP 800-63B, 5.1.1)."""

LEAST_GUESSES = 1e9
"""At the fifth of a second that each costs (engine.journal.seal), six years of one processor."""

LOOKED_AT = 72
"""Letters that are looked at: what comes after only makes it stronger, and the look slower."""

_WHY = {
    "dictionary": "words and names like these are tried first",
    "spatial": "its keys lie side by side",
    "repeat": "it repeats itself",
    "sequence": "its letters follow one another in order",
    "date": "dates are tried first",
    "regex": "years are tried first",
}
"""By the pattern that zxcvbn finds (Wheeler, USENIX Security 2016)."""


def weakness(passphrase: str) -> str | None:
    """Why this passphrase is no good, in one sentence; None where it is."""
    if not passphrase.strip():
        return "Spaces alone are no passphrase; four or five words are good."
    if len(passphrase.strip()) < SHORTEST:
        return f"A passphrase has at least {SHORTEST} letters; four or five words are good."
    judge: Any = import_module("zxcvbn").zxcvbn
    found = judge(passphrase[:LOOKED_AT], user_inputs=["calando", "journal"])
    if found["guesses"] >= LEAST_GUESSES:
        return None
    longest = max(found["sequence"], key=lambda part: len(part["token"]))
    why = _WHY.get(longest["pattern"], "there is too little in it")
    return f"That passphrase is soon guessed: {why}; four or five words that do not belong together are good."

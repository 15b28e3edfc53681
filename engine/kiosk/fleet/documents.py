"""Documents: what stands on the broker of a kiosk, from its state: short JSON with nothing of a heart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from engine.kiosk.alerts import Alert
from engine.kiosk.fleet.topics import LARGEST_DOCUMENT
from engine.kiosk.state import State

STATE = ("doing", "visits", "safe", "quiet", "trim_db", "muted_until")
"""Told whenever one of them changes."""

HEALTH = (
    "sound_ok", "sound_words", "strap_seen", "strap_words", "battery", "minutes", "faults", "frame", "lufs",
    "since_s", "version",
)  # fmt: skip
"""Told now and then: some of them never stand still."""

AT_ONCE = ("sound_ok", "strap_seen", "battery", "faults", "version")
"""Of those, what is told when it changes."""

LONGEST_WORDS = 200
"""Characters of a sentence that another program has a part in, as a sound card's name (own choice)."""


def state_document(state: State) -> bytes:
    """What it does."""
    told = state.as_json()
    return written({"words": state.words} | {name: told[name] for name in STATE})


def health_document(state: State) -> bytes:
    """How it is."""
    told = state.as_json()
    return written({name: shortened(told[name]) for name in HEALTH})


def alerts_document(alerts: Sequence[Alert]) -> bytes:
    """What asks for somebody; the number of alerts is a field, for rules that know no lists."""
    told = [{name: shortened(value) for name, value in asdict(each).items()} for each in alerts]
    return written({"count": len(told), "alerts": told})


def answer_document(asked: str | None, done: bool, words: str) -> bytes:
    """What came of a command; `asked` is the asker's own id."""
    return written({"id": asked, "done": done, "words": shortened(words)})


def written(document: Mapping[str, Any], largest: int = LARGEST_DOCUMENT) -> bytes:
    """Compact JSON in UTF-8. Raises ValueError beyond `largest` bytes, or for a figure that JSON has not."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(
        errors="replace"
    )
    if len(text) > largest:
        raise ValueError(f"{len(text)} bytes are more than a document has; at most {largest}.")
    return text


def shortened(value: Any) -> Any:
    """A value as it is, but for words without end."""
    if not isinstance(value, str) or len(value) <= LONGEST_WORDS:
        return value
    return value[: LONGEST_WORDS - 1] + "…"

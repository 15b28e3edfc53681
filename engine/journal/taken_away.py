"""Taken away: a file made from a sitting whose record was refused while it was played."""

from __future__ import annotations

from pathlib import Path


def taken_away(path: Path) -> str:
    """Remove it, and the sentence that says so, or that it could not be."""
    try:
        path.unlink(missing_ok=True)
    except OSError as trouble:
        return f"The file {path} cannot be removed ({trouble.strerror}); remove it by hand."
    return f"The file {path} is removed, as the record is."

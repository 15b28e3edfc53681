"""Client codes that look like names: a code shall tell nobody who it is."""

from __future__ import annotations

import re

_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_JOINTS = str.maketrans("", "", "-'’.")
"""What joins the parts of a name."""


def name_like(code: str) -> str:
    """Why this code looks like a name, in a sentence; nothing where it does not."""
    why = _why(code.strip())
    if not why:
        return ""
    return (
        f"The client code {code} looks like a name: it {why}. A code such as k-12 tells nobody who it is; "
        "`calando sessions reassign` changes it."
    )


def _why(code: str) -> str:
    if _MAIL.fullmatch(code):
        return "is an e-mail address"
    words = [word.translate(_JOINTS) for word in code.replace(",", " ").split()]
    if len(words) > 1 and all(word.isalpha() for word in words):
        return "is several words"
    # Letters of scripts without capitals may be the first of a name too.
    if len(words) == 1 and words[0].isalpha() and len(words[0]) > 1 and not words[0][0].islower():
        return "is letters only and begins with a capital"
    return ""

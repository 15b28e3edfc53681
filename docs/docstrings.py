"""The house's docstrings as Markdown, for mkdocs.yml: an aligned list of names becomes a definition list.

    profile  its name or a file
    feel     a sentence about how one feels
"""

from __future__ import annotations

import re
from typing import Any

import griffe

FIRST = re.compile(r"(?P<name>`?[\w.]+`?(?:, `?[\w.]+`?)*) {2,}(?=\S)")
"""A name, then at least two spaces: how such a list begins. Where its words begin, so do those below it."""


def listed(lines: list[str]) -> list[tuple[str, list[str]]] | None:
    """Each name of an aligned list with its lines, or None where the paragraph is no such list."""
    first = FIRST.match(lines[0])
    if first is None:
        return None
    rows: list[tuple[str, list[str]]] = []
    for line in lines:
        alone, names, words = FIRST.match(line), line[: first.end()], line[first.end() :]
        if alone is not None:
            names, words = alone["name"], line[alone.end() :]
        if names.strip():
            rows.append((names.strip().replace("`", ""), [words.strip()]))
        elif rows:
            rows[-1][1].append(words.strip())
    return rows


def markdown(text: str) -> str:
    """A docstring with its aligned lists as definition lists; all else as it is."""
    told: list[str] = []
    for paragraph in text.split("\n\n"):
        rows = None if paragraph.startswith("  ") else listed(paragraph.split("\n"))
        if rows is None:
            told.append(paragraph)
        else:
            told += [f"`{name}`\n:   {' '.join(words)}" for name, words in rows]
    return "\n\n".join(told)


class Lists(griffe.Extension):
    """Griffe calls it for everything that it has read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)

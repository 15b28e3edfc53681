"""The gate for foreign text: names of straps and files, labels in recordings, whatever was not written by us.

What comes through can be printed on a terminal, kept in the journal and read back: letters that are seen, in
the order in which they are seen, in one line that is not long. Markup is no concern of this gate: brackets
are letters, and whoever draws must not take them for more.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
"""Characters. A Bluetooth name has at most 248 bytes, a file's 255; a terminal's line has 80. Own choice."""
MARKS = 2
"""Combining marks that one letter may carry: enough for every script, too few to climb into other lines."""

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # control sequences: colours, the cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # strings: titles, links
    r"|\x1b[ -/]*[0-~]?"
)
"""Terminal escapes (ECMA-48), with what belongs to them."""


def visible(text: str) -> str:
    """`text` without what is not seen; its lines and blanks stay.

    Left out are terminal escapes, control and format characters (bidirectional overrides, zero width), lone
    surrogates and code points without a meaning; white space other than the end of a line is a blank.
    """
    if text.isascii() and text.isprintable():
        return text  # what nearly all of it is, and is asked of ten times a second
    kept: list[str] = []
    marks = 0
    for char in _ESCAPES.sub("", text):
        marks = marks + 1 if unicodedata.combining(char) else 0
        if char == "\n":
            kept.append(char)
        elif char.isspace():
            kept.append(" ")
        elif char.isprintable() and marks <= MARKS:
            kept.append(char)
    return "".join(kept)


def plain(text: str, longest: int = LONGEST) -> str:
    """A name: what is visible of `text`, in one line of at most `longest` characters; may be empty."""
    line = " ".join(visible(text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"

"""Text for a terminal of any width: it breaks between words only. A pipe or a file gets its lines whole.

Whatever is printed goes through the gate for foreign text on the way: a file may be called anything.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import IO

import click

from sensors.plain_text import plain, visible

NARROWEST = 24
"""Columns that a text beside a label needs at least; where there are fewer it stands under the label."""
_INDENT = 4
"""Columns by which it then stands in."""


def columns(stream: IO[str] | None = None) -> int | None:
    """How wide the terminal behind `stream` (standard output) is; None where it is no terminal."""
    shown = (sys.stdout if stream is None else stream).isatty()
    return max(shutil.get_terminal_size().columns, 1) if shown else None


def wrapped(text: str, width: int | None, first: str = "", rest: str = "") -> str:
    """`text` in lines of at most `width` columns, `first` before the first and `rest` before the others.

    A word that is longer than a line stands in one of its own, whole.
    """
    text = visible(text)
    if width is None:  # a pipe: nothing is measured, and what measures is not loaded
        first_line, *others = text.split("\n")
        return "\n".join([f"{first}{first_line}".rstrip(), *(f"{rest}{line}".rstrip() for line in others)])
    from rich.cells import cell_len

    lines: list[str] = []
    for part in text.split("\n"):
        line, bare = (rest, True) if lines else (first, True)
        for word in part.split(" "):
            longer = f"{line}{word}" if bare else f"{line} {word}"
            if bare or cell_len(longer) <= width:
                line, bare = longer, False
            else:
                lines.append(line.rstrip())
                line = f"{rest}{word}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def labelled(label: str, text: str, width: int | None, at: int) -> str:
    """A label and its text from column `at` on; in a narrow terminal the text stands under the label."""
    from rich.cells import cell_len

    gap = " " * (at - cell_len(label))
    if width is None or width - at >= NARROWEST:
        return wrapped(text, width, f"{label}{gap}" if gap else f"{label} ", " " * at)
    indent = " " * _INDENT
    return f"{wrapped(label.rstrip(), width, rest=indent)}\n{wrapped(text, width, indent, indent)}"


def say(sentence: str, *, err: bool = False) -> None:
    """Print a sentence, or several, in lines that fit the terminal."""
    click.echo(wrapped(sentence, columns(sys.stderr if err else sys.stdout)), err=err)


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], width: int | None, right: Sequence[str] = ()
) -> str:
    """Rows under their heads, those named in `right` flush right, as columns where they fit.

    Elsewhere each row is a paragraph: its first cell, and under it what the others hold, each with its head.
    """
    from rich.cells import cell_len

    rows = [[plain(cell, len(cell) + 1) for cell in row] for row in rows]
    widths = [max(map(cell_len, cells)) for cells in zip(heads, *rows, strict=True)]
    if width is None or sum(widths) + 2 * (len(widths) - 1) <= width:
        return "\n".join(_line(heads, each, widths, right) for each in (heads, *rows))
    indent = " " * _INDENT
    paragraphs: list[str] = []
    for name, *cells in rows:
        told = [f"{head} {cell}".lstrip() for head, cell in zip(heads[1:], cells, strict=True) if cell]
        paragraphs.append(wrapped(name, width, rest=indent))
        paragraphs.append(_flowing(told, width - _INDENT, indent))
    return "\n".join(paragraphs)


def _line(heads: Sequence[str], cells: Sequence[str], widths: Sequence[int], right: Sequence[str]) -> str:
    from rich.cells import cell_len

    padded: list[str] = []
    for head, cell, width in zip(heads, cells, widths, strict=True):
        gap = " " * (width - cell_len(cell))
        padded.append(gap + cell if head in right else cell + gap)
    return "  ".join(padded).rstrip()


def _flowing(things: Sequence[str], width: int, indent: str) -> str:
    """Things one after the other, each whole on its line where the line has room for it."""
    from rich.cells import cell_len

    lines: list[str] = []
    for thing in things:
        longer = f"{lines[-1]}, {thing}" if lines else ""
        if lines and cell_len(longer) + 1 <= width:
            lines[-1] = longer
        else:
            lines.append(thing)
    joined = [f"{line}," for line in lines[:-1]] + lines[-1:]
    return "\n".join(wrapped(line, width + len(indent), indent, f"{indent}  ") for line in joined)

"""What every key does, as a page of the live view."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from engine.cli.fitting import Part
from engine.cli.keys import ALONG_HINTS, HELP, HINTS, MARKERS, WORDS_HINTS

EXPLAINED = {
    "-": "softer, and fewer notes", "+": "fuller, and more notes",
    "x": "thins at once, and begins anew with you",
    "h": "the tempo stays; again: it is led on", "r": "the music meets your heart anew",
    "s": "the melody steps back; again: it returns", "space": "a silence; again: the music returns",
    "1-9": "mark this moment in the record", "u": "take the last of these back",
    "w": "the words rest; again: they go on", "n": "the next line now", "a": "the last line again",
    "k": "on to the next part of the guide", "Tab": "the letters are a piano; again: they ask",
    "l": "bars come round, or become the motif", "t": "a knob learns what it is",
    "q": "end with a fade; Ctrl-C cuts it short",
    HELP: "show and put away this page",
}  # fmt: skip
"""Beside the one or two words of `HINTS`, where there is room for more."""

_EXPLAINED_FROM = 56
"""Columns from which on there is room for that."""


def page(width: int, *, worded: bool = False, may_play: bool = False) -> list[Part]:
    """The keys in so many columns: a line each with its explanation, or in two columns without.

    worded     whether words are told, which have keys of their own
    may_play   whether somebody may play along, who has keys of their own, too
    """
    all_hints = HINTS + (WORDS_HINTS if worded else ()) + (ALONG_HINTS if may_play else ())
    if width >= _EXPLAINED_FROM:
        keys = [
            Text.assemble((f"{key:<6}", "grey70"), (f"{does:<10}", "grey70"), (EXPLAINED[key], "grey58"))
            for key, does in all_hints
        ]
    else:
        half = (len(all_hints) + 1) // 2
        keys = [_pair(all_hints[n : n + 1] + all_hints[n + half : n + half + 1], width) for n in range(half)]
    marks = _flowing([f"{key} {words}" for key, words in MARKERS.items()], width)
    return [Part(Text("\n").join(keys), len(keys), 2), Part(Text(marks, "grey58"), marks.count("\n") + 1, 3)]


PIANO = (("A-L", "white"), ("W-P", "black"), ("Z X", "octave"), ("Tab", "enough"))
"""Keys with what they do while they are a piano."""


def piano(width: int) -> Text:
    """The same in one line, as far as there is room."""
    return _in_line(PIANO, width)


def hints(width: int, *, worded: bool = False, in_part: bool = False, may_play: bool = False) -> Text:
    """As many keys as have room in one line: how to see them all first, then what is wished most often.

    in_part   whether the words are in a part that may be skipped
    """
    told, play = ("w", "n") if worded else (), ("Tab", "l") if may_play else ()
    told += ("k",) if in_part else ()
    first = (HELP, "q", *told, *play, "-", "+", "x", "s", "space", "h", "r", "u")
    does = dict((*HINTS, *WORDS_HINTS, *ALONG_HINTS))
    return _in_line([(key, does[key]) for key in first], width)


def _in_line(keys: Iterable[tuple[str, str]], width: int) -> Text:
    line = Text()
    for key, does in keys:
        gap = "   " if line else ""
        if line.cell_len + len(f"{gap}{key} {does}") > width:
            break
        line.append(gap).append(key, "grey70").append(" ").append(does, "grey46")
    return line


def _pair(keys: tuple[tuple[str, str], ...], width: int) -> Text:
    line = Text()
    for key, does in keys:
        line.append(f"{key:<6}", "grey70").append(f"{does:<{max(width // 2 - 6, 1)}}", "grey58")
    line.rstrip()
    return line


def _flowing(things: list[str], width: int) -> str:
    lines = [""]
    for thing in things:
        longer = f"{lines[-1]}   {thing}" if lines[-1] else thing
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(thing)
    return "\n".join(lines)

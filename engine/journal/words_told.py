"""Words told: which guide a sitting told, what said it, how far it came and when, in a sentence."""

from __future__ import annotations

from engine.journal.account import clock
from engine.journal.record import Record


def guide_title(record: Record) -> str:
    """Its guide's title as it stands in a sentence; `a guide` in records of before that was kept."""
    return "a guide" if record.head.guide is None else f"“{record.head.guide.title}”"


def words_sentence(record: Record) -> str:
    """The guide, what said it, how many of its lines, from when to when; nothing where there was none."""
    lines, guide = record.lines, record.head.guide
    if not lines:
        return "" if guide is None else f"Of {guide_title(record)} no line was told."
    voiced = [line.digest is not None for line in lines]
    how = "by a voice" if all(voiced) else "partly by a voice" if any(voiced) else "as text with a bell"
    told = len({line.place for line in lines})
    of = told if guide is None else guide.lines
    many = f"{told} of {of}" if told < of else f"all {told}" if guide is not None else f"{told}"
    first, last = lines[0], lines[-1]
    when = f"at {clock(first.t_s)}" if first is last else f"from {clock(first.t_s)} to {clock(last.t_s)}"
    where = f"; the last was “{last.words}”" if told < of or guide is None else "."
    noun = "line" if of == 1 else "lines"
    return f"The words were those of {guide_title(record)}, told {how}: {many} {noun}, {when}{where}"

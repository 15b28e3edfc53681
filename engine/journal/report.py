"""Report: one sitting on one self-contained HTML page, for the listener and whoever guides them.

The page asks for nothing from elsewhere: its style and drawings are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from engine.journal import account, chart
from engine.journal.account import NOT_ENOUGH, Figure, clock
from engine.journal.record import Rating, Record

FOOT = (
    "Heart and breathing are the middle of the first and of the last two minutes, beat-to-beat variation is "
    "taken over each; this sitting's heart is that of its calmest two minutes, the others are its middle. A "
    "figure is left out where too few clean beats stand behind it. These figures are for your own comparison."
)


def page(record: Record) -> str:
    """The report as a whole HTML document."""
    head = record.head
    title = str(head.profile_table.get("title", head.profile))
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    sections = [
        f"<header><h1>Calando · {escape(title)}</h1>{_who(record)}</header>",
        *_warnings(record),
        f'<p class="lead">{escape(account.summary(record))}</p>',
        f'<div class="wide">{chart.arc(record, chart.WIDE)}</div>',
        f'<div class="narrow">{chart.arc(record, chart.NARROW)}</div>',
        *_markers(record),
        "<h2>Before and after</h2>",
        *_ratings(record),
        _figures(account.figures(record)),
        f'<p class="quiet">{escape(account.usual_sentence(record))}</p>',
        "<h2>The signal</h2>",
        *(f"<p>{escape(sentence)}</p>" for sentence in account.quality_sentences(record)),
        "<h2>What the music did, and why</h2>",
        f"<p>{escape(account.course_sentence(record))}</p>",
        _rows(account.doings(record)),
        *_notes(record),
        f'<footer class="quiet"><p>{escape(FOOT)}</p><p>{escape(_origin(record))}</p></footer>',
    ]
    body = "\n".join(section for section in sections if section)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Calando · {escape(title)} · {escape(_day(head.began_at))}</title>\n"
        f"<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _who(record: Record) -> str:
    head = record.head
    facts = [_day(head.began_at), clock(account.end_s(record)), head.sensor_label]
    if head.client is not None:
        facts.insert(0, head.client)
    return f'<p class="quiet">{escape(" · ".join(facts))}</p>'


def _warnings(record: Record) -> list[str]:
    head = record.head
    said: list[str] = []
    if head.simulated:
        said.append("The heart of this sitting was SIMULATED.")
    if head.ending == "interrupted":
        at = clock(account.end_s(record))
        said.append(f"This sitting broke off at {at} of {clock(head.duration_s)}; all up to there was kept.")
    elif head.ending is None:
        said.append("This sitting is still being played.")
    return [f'<p class="note">{escape(sentence)}</p>' for sentence in said]


def _markers(record: Record) -> list[str]:
    if not record.markers:
        return []
    named = " · ".join(
        f"<b>{chart.letter(number)}</b> {clock(marker.t_s)} {escape(marker.words)}"
        for number, marker in enumerate(record.markers)
    )
    return [f'<p class="quiet">Marked: {named}</p>']


def _ratings(record: Record) -> list[str]:
    """The last word of the listener before, and after."""
    said = {rating.when: rating for rating in record.ratings}
    drawn = chart.before_after(said.get("before", Rating("before")), said.get("after", Rating("after")))
    if not drawn:
        return []
    return [f'<p class="quiet">How you felt: hollow before, filled after.</p>{drawn}']


def _figures(figures: Sequence[Figure]) -> str:
    heads = ("First two minutes", "Last two minutes", "This sitting", "Your usual")
    with_usual = any(figure.usual is not None for figure in figures)
    shown = heads if with_usual else heads[:3]
    rows: list[str] = []
    for figure in figures:
        values = (figure.begin, figure.end, figure.sitting, figure.usual)
        cells = [
            f'<td data-head="{escape(head)}">{_value(value, figure)}</td>'
            for head, value in zip(shown, values, strict=False)
        ]
        if with_usual and (words := figure.against_usual):
            told = f"<span>{_value(figure.usual, figure)}<br>{escape(words)}</span>"
            cells[3] = f'<td data-head="{heads[3]}">{told}</td>'
        name = f'<td class="name">{escape(figure.name)} <span class="quiet">{escape(figure.unit)}</span></td>'
        rows.append(f"<tr>{name}{''.join(cells)}</tr>")
    top = "".join(f"<th>{escape(head)}</th>" for head in ("", *shown))
    return f'<table class="figures"><thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _value(value: float | None, figure: Figure) -> str:
    if value is None:
        return f'<span class="quiet">{NOT_ENOUGH}</span>'
    return f"{value:.{figure.digits}f}"


def _rows(told: Sequence[tuple[float, str]]) -> str:
    rows = "".join(
        f'<tr><td class="time">{clock(t_s)}</td><td>{escape(words)}</td></tr>' for t_s, words in told
    )
    return f"<table><tbody>{rows}</tbody></table>" if rows else ""


def _notes(record: Record) -> list[str]:
    head = record.head
    said = [f"Feeling, in the listener's words: {head.feel}"] if head.feel else []
    said += [f"Goals: {head.goals}"] if head.goals else []
    said += [f"{note.words} ({note.hand.value}, {_day(note.at)})" for note in record.notes]
    if not said:
        return []
    return ["<h2>Notes</h2>", *(f"<p>{escape(sentence)}</p>" for sentence in said)]


def _origin(record: Record) -> str:
    head = record.head
    version = head.versions.get("calando", "")
    return f"Sitting {head.id}, seed {head.seed}, profile {head.profile}, Calando {version}."


def _day(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%B %Y, %H:%M}"

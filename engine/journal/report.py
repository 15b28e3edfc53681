"""Report: one sitting on one self-contained HTML page, for the listener and whoever guides them.

The page asks for nothing from elsewhere: its style and drawings are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from engine.journal import account, chart
from engine.journal.account import Figure, clock
from engine.journal.document import document
from engine.journal.drift import drift_sentence
from engine.journal.record import Rating, Record
from engine.journal.words_told import words_sentence
from engine.past.words import month
from engine.stages import EVENTS

FOOT = (
    "Heart and breathing are the middle of the first and of the last two minutes, and beat-to-beat variation "
    "is taken over each. For the whole sitting, heart is that of the calmest two minutes and the others are "
    "the middle. Where too few clean beats stand behind a figure it is left out. They are for your own "
    "comparison."
)


MANY = 4
"""More sentences than these stand in two columns where there is room."""


def page(record: Record) -> str:
    """The report as a whole HTML document."""
    head = record.head
    title = ", then ".join(account.titles(record))
    sections = [
        f'<header><div><p class="name">Calando</p><h1>{escape(title)}</h1></div>{_who(record)}</header>',
        *_warnings(record),
        f'<p class="lead">{escape(account.summary(record))}</p>',
        f'<div class="wide">{chart.arc(record, chart.WIDE)}</div>',
        f'<div class="narrow">{chart.arc(record, chart.NARROW)}</div>',
        *_markers(record),
        *_events(record),
        *_listener(record),
        "<h2>In figures</h2>",
        _figures(account.figures(record), ends=account.long_enough(record)),
        f'<p class="quiet">{escape(account.usual_sentence(record))} {escape(month(record.watch))}</p>',
        "<h2>The signal</h2>",
        f"<p>{escape(' '.join(_signal(record)))}</p>",
        "<h2>What the music did, and why</h2>",
        f"<p>{escape(' '.join(_course(record)))}</p>",
        _told(account.doings(record)),
        *_notes(record),
        f'<footer class="quiet"><p>{escape(FOOT)} {escape(_origin(record))}</p></footer>',
    ]
    return document(f"{title} · {day(head.began_at)}", sections)


def _signal(record: Record) -> list[str]:
    """How well the heart was heard, and the strap's clock."""
    return [*account.quality_sentences(record), *filter(None, [drift_sentence(record)])]


def _course(record: Record) -> list[str]:
    """What the music did over the whole sitting, in sentences; one without anything to tell is left out."""
    told = (
        account.course_sentence, account.scenes_sentence, words_sentence, account.answers_sentence,
        account.in_step_sentence,
    )  # fmt: skip
    return [sentence for of in told if (sentence := of(record))]


def _who(record: Record) -> str:
    head = record.head
    lines = [day(head.began_at), f"{clock(account.end_s(record))} · {head.sensor_label}"]
    if head.client is not None:
        lines.insert(0, head.client)
    return f'<p class="quiet">{"<br>".join(escape(line) for line in lines)}</p>'


def _warnings(record: Record) -> list[str]:
    head = record.head
    said: list[str] = []
    if head.simulated:
        said.append(account.simulated_sentence(record))
    if head.ending == "interrupted":
        at = clock(account.end_s(record))
        said.append(f"This sitting broke off at {at} of {clock(head.duration_s)}; all up to there was kept.")
    elif head.ending is None:
        said.append("This sitting is still being played.")
    return [f'<p class="note">{escape(" ".join(said))}</p>'] if said else []


def _markers(record: Record) -> list[str]:
    if not record.markers:
        return []
    named = " · ".join(
        f"<b>{chart.letter(number)}</b> {clock(marker.t_s)} {escape(marker.words)}"
        for number, marker in enumerate(record.markers)
    )
    return [f'<p class="quiet">Marked: {named}</p>']


def _events(record: Record) -> list[str]:
    named = " · ".join(f"{clock(t_s)} {EVENTS[event]}" for t_s, event in account.events(record))
    return [f'<p class="quiet">Marked by the music: {named}</p>'] if named else []


def _listener(record: Record) -> list[str]:
    """How the listener felt, by their last word before and after, and what they came with."""
    said = {rating.when: rating for rating in record.ratings}
    drawn = chart.before_after(said.get("before", Rating("before")), said.get("after", Rating("after")))
    columns: list[str] = []
    if drawn:
        columns.append(f'<h2>How you felt</h2><p class="quiet">The ring is before, the dot after.</p>{drawn}')
    words = [f"<p>“{escape(record.head.feel)}”</p>"] if record.head.feel else []
    words += [f"<p>{escape(record.head.goals)}</p>"] if record.head.goals else []
    if words:
        columns.append(f"<h2>What you came with</h2>{''.join(words)}")
    return [f'<div class="pair">{"".join(f"<div>{column}</div>" for column in columns)}</div>']


def _figures(figures: Sequence[Figure], *, ends: bool) -> str:
    """A table; `ends` says whether the sitting has a beginning and an end that can be told apart."""
    usual = any(figure.usual is not None for figure in figures)
    if not usual and all(value is None for f in figures for value in (f.begin, f.end, f.sitting)):
        return f"<p>There is no figure: {figures[0].why[2]}.</p>"
    rows: list[str] = []
    heads: dict[str, None] = {}
    for figure in figures:
        begin, end, whole = figure.why
        shown: dict[str, str] = {}
        if ends:
            shown["First two minutes"] = _value(figure.begin, figure, begin)
            shown["Last two minutes"] = _value(figure.end, figure, end)
        shown["Whole sitting"] = _value(figure.sitting, figure, whole, figure.where)
        if usual:
            shown["Your usual"] = _value(figure.usual, figure, "not known yet")
            shown["Today"] = escape(figure.against_usual or "")
        heads |= dict.fromkeys(shown)
        drawn = "".join(
            f'<td data-head="{name}">{value}</td>' if value else "<td></td>" for name, value in shown.items()
        )
        unit = f'<span class="quiet">{escape(figure.unit)}</span>'
        rows.append(f'<tr><td class="name">{escape(figure.name)} {unit}</td>{drawn}</tr>')
    top = "".join(f"<th>{'' if name == 'Today' else name}</th>" for name in ("", *heads))
    return f'<table class="figures"><thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _value(value: float | None, figure: Figure, why_missing: str, where: str = "") -> str:
    """A figure's cell: the value and where it is from, or why there is none."""
    if value is None:
        return f'<span class="quiet">{why_missing}</span>'
    shown = f"{value:.{figure.digits}f}"
    return f'<span>{shown} <span class="quiet">{where}</span></span>' if where else shown


def _told(told: Sequence[tuple[float, str]]) -> str:
    """Times and sentences, side by side where there are many."""
    rows = "".join(f"<li><span>{clock(t_s)}</span><span>{escape(words)}</span></li>" for t_s, words in told)
    return f'<ol class="{"many" if len(told) > MANY else "few"}">{rows}</ol>' if rows else ""


def _notes(record: Record) -> list[str]:
    notes = [(note.at, note.hand.value, note.words) for note in record.notes]
    notes += [(page.at, "written by the listener", page.words) for page in record.pages if page.shared]
    said = [
        f'<p>{escape(words)} <span class="quiet">{hand}, {escape(day(at))}</span></p>'
        for at, hand, words in notes
    ]
    return ["<h2>Notes</h2>", *said] if said else []


def _origin(record: Record) -> str:
    head = record.head
    agreed = {True: "The listener agreed to this record being kept. ", None: ""}
    said = agreed.get(head.consent, "The listener did not agree to this record being kept. ")
    version = head.versions.get("calando", "")
    return f"{said}Sitting {head.id}, seed {head.seed}, profile {head.profile}, Calando {version}."


def day(at: str) -> str:
    """A moment of the wall clock as people write it: `26 November 2026, 16:50`."""
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%B %Y, %H:%M}"

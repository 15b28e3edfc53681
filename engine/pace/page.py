"""Page: a listener's searches for a pace of their own, on one HTML page in the manner of a report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

from engine.journal.document import document
from engine.journal.report import day
from engine.pace import drawing, words
from engine.pace.search import Search
from engine.pace.swing import Swing

FOOT = (
    "The swing is that of the heart's rate with the breath, by least squares over the beats of each pace. It "
    "is widest where breath and blood pressure swing together, most often between 4.5 and 6.5 breaths a "
    "minute. This is for relaxation: a wide swing is no measure of health, and a narrow one no fault."
)


def page(searches: Sequence[Search], client: str | None) -> str:
    """The page about all of them, the newest first; there must be one."""
    now, earlier = searches[-1], searches[:-1]
    found = now.estimate
    title = words.UNTOLD if not found.told else f"{words.verdict(found)}"
    lead = words.told(found, simulated=now.simulated, left=now.left if now.swings else ())
    who = [*([client] if client is not None else []), day(now.began_at), "a pace of one's own"]
    sections = [
        f'<header><div><p class="name">Calando</p><h1>{escape(title)}</h1></div>'
        f'<p class="quiet">{"<br>".join(map(escape, who))}</p></header>',
        '<p class="note">The heart of this search was SIMULATED.</p>' if now.simulated else "",
        f'<p class="lead">{escape(lead)}</p>',
        drawing.at_both_widths(partial(drawing.by_pace, now)),
        _table(now.swings),
        _sentence(words.use(found, simulated=now.simulated, kept=True)),
        *_weeks(searches, words.compared([each.estimate for each in earlier], found)),
        "<h2>Before another</h2>",
        *(_sentence(each) for each in words.CAUTIONS),
        f'<footer class="quiet"><p>{escape(FOOT)}</p></footer>',
    ]
    return document("a pace of one's own", sections)


def _sentence(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _table(swings: Sequence[Swing]) -> str:
    heads = ("A minute", "Swing, beats", "With the breath", "Quickest", "In step", "")
    body: list[str] = []
    for each in swings:
        told = each.counts
        cells = (
            f"{each.per_min:g}",
            f"{each.width_bpm:.1f} ± {each.error_bpm:.1f}" if told else "",
            f"{100.0 * each.smooth:.0f} %" if told else "",
            words.quickest(each.peak_at) if told else "",
            "" if each.in_step is None else f"{each.in_step:.2f}",
            each.why,
        )
        drawn = "".join(
            f'<td data-head="{name}">{escape(cell)}</td>' if cell else "<td></td>"
            for name, cell in zip(heads, cells, strict=True)
        )
        body.append(f"<tr>{drawn}</tr>")
    top = "".join(f"<th>{name}</th>" for name in heads)
    head = f'<table class="figures listed"><thead><tr>{top}</tr></thead>'
    return f"{head}<tbody>{''.join(body)}</tbody></table>" if swings else ""


def _weeks(searches: Sequence[Search], compared: str) -> list[str]:
    if len(searches) < 2:
        return []
    items = "".join(
        f"<li><span>{len(searches) - n}</span><span>{escape(_line(each))}</span></li>"
        for n, each in enumerate(reversed(searches))
    )
    drawn = drawing.at_both_widths(partial(drawing.over_weeks, searches))
    return ["<h2>Over the weeks</h2>", _sentence(compared), drawn, f"<ol>{items}</ol>"]


def _line(search: Search) -> str:
    found = search.estimate
    return f"{day(search.began_at)}: {words.verdict(found) if found.told else f'cannot be told: {found.why}'}"

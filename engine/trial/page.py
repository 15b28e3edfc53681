"""Page: a trial that has ended, on one self-contained HTML page in the manner of a sitting's report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from engine.journal.document import document
from engine.journal.report import day
from engine.trial import drawing, words
from engine.trial.estimate import Estimate
from engine.trial.register import Allocation, Trial, allocation_of
from engine.trial.sat import Sat

FOOT = (
    "This tells of one person and of this music, and of nobody else. The interval allows for what is "
    "not known of the day, of a drift over the weeks and of what one sitting leaves for the next; it cannot "
    "allow for what the listener may have guessed. It is for your own comparison."
)


def page(trial: Trial, sittings: Sequence[Sat], found: Estimate | None) -> str:
    """The page as a whole HTML document."""
    plan, allocation = trial.plan, allocation_of(trial)
    simulated = any(each.simulated for each in sittings)
    title = words.verdict(plan, sittings, found)
    who = [f"trial {trial.name}", _span(trial)]
    if plan.client is not None:
        who.insert(0, plan.client)
    sections = [
        f'<header><div><p class="name">Calando</p><h1>{escape(title)}</h1></div>'
        f'<p class="quiet">{"<br>".join(map(escape, who))}</p></header>',
        '<p class="note">The heart of these sittings was SIMULATED.</p>' if simulated else "",
        f'<p class="lead">{escape(words.told(plan, found, simulated=simulated))}</p>',
        drawing.difference(found, plan) if found is not None else "",
        f"<p>{escape(words.patience(plan, found))}</p>" if found is not None else "",
        "<h2>Sitting by sitting</h2>",
        drawing.over_days(sittings, allocation.order, plan),
        _table(sittings, allocation.order, words.MEASURED_BY[plan.outcome]),
        f'<p class="quiet">{escape(words.cut_short(plan, sittings, allocation.order))}</p>',
        "<h2>What was laid down before the first</h2>",
        f"<p>{escape(' '.join(words.rules(plan)))}</p>",
        *_preference(trial),
        f'<footer class="quiet"><p>{escape(FOOT)}</p><p>{escape(_drawn(allocation))}</p></footer>',
    ]
    return document(f"trial {trial.name}", sections)


def _drawn(allocation: Allocation) -> str:
    """How anybody can see that the order is the one of the beginning."""
    hashed = " ".join((allocation.nonce, *allocation.order))
    return (
        f"The order was drawn with seed {allocation.seed}. That it is the one of the beginning is seen by "
        f"what was told then, {allocation.commitment}: it is the SHA-256 of “{hashed}”."
    )


def _span(trial: Trial) -> str:
    began, ended = day(trial.row.began_at), day(trial.row.ended_at or trial.row.began_at)
    first, last = began.rpartition(",")[0], ended.rpartition(",")[0]
    return first if first == last else f"{first} to {last}"


def _table(sittings: Sequence[Sat], order: Sequence[str], measured: str) -> str:
    rows: list[str] = []
    for each in sittings:
        value = "" if each.value is None else words.signed(each.value)
        remark = each.why or ("cut short" if each.cut_short else "")
        cells = (
            ("Sitting", str(each.number)), ("When", day(each.began_at) if each.began_at else ""),
            ("Led", order[each.number - 1]), (measured, value), ("", remark),
        )  # fmt: skip
        drawn = "".join(
            f'<td data-head="{name}">{escape(cell)}</td>' if cell else "<td></td>" for name, cell in cells
        )
        rows.append(f"<tr>{drawn}</tr>")
    heads = "".join(f"<th>{name}</th>" for name in ("", "When", "Led", measured, ""))
    top, body = f"<thead><tr>{heads}</tr></thead>", f"<tbody>{''.join(rows)}</tbody>"
    return f'<table class="figures listed">{top}{body}</table>'


def _preference(trial: Trial) -> list[str]:
    if trial.row.preference is None:
        return []
    answer = words.PREFERENCES.get(trial.row.preference, trial.row.preference)
    return ["<h2>And what you like</h2>", f"<p>{escape(words.QUESTION)} {escape(answer.capitalize())}.</p>"]

"""`calando trial`: one person's blind comparison of two ways of leading, from its beginning to its page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.commands import Group
from engine.cli.duration import Duration, Span
from engine.cli.paragraph import columns, labelled, say
from engine.cli.putting import check_new, put
from engine.cli.rating import confirmed
from engine.cli.recorded import data_option, remember
from engine.cli.trial_journal import opened_trials
from engine.cli.trial_next import next_

if TYPE_CHECKING:
    from engine.journal.store import Store
    from engine.trial.estimate import Estimate
    from engine.trial.register import Trial
    from engine.trial.sat import Sat

_AT = 13
"""Column in which `status` tells what a label names."""

name_argument = click.argument("name", required=False)


@click.group(cls=Group)
def trial() -> None:
    """Does it help you? Sittings led in one of two ways, by lot, and nobody sees which before the end.

    NAME may be left out where only one trial is under way.
    """


trial.add_command(next_)


@trial.command()
@click.argument("name")
@click.option(
    "--arms", default="governed,open-loop", metavar="A,B",
    help="What is compared: governed, open-loop, paced or follow, two of them; governed,open-loop.",
)  # fmt: skip
@click.option("--sittings", type=int, default=20, help="How many, in whole blocks; 20.")
@click.option("--block", type=int, default=4, help="Sittings in which both come equally often; 4.")
@click.option(
    "--washout", type=Span(), default=20 * 3600.0, help="Least time between two: 20h, 2d or 0h; 20h."
)
@click.option(
    "--outcome", type=click.Choice(["heart", "calm"]), default="heart",
    help="What is compared: how far the heart falls, or how much calmer you are after; heart.",
)  # fmt: skip
@click.option(
    "--cut-short", type=click.Choice(["count", "leave-out"]), default="count",
    help="Whether a sitting that is ended early counts with what was measured; count.",
)  # fmt: skip
@click.option("--profile", default="relax", metavar="NAME|FILE", help="What every sitting is for; relax.")
@click.option("--duration", type=Duration(), help="Of each sitting: 15m; the profile's own.")
@click.option("--target", type=float, metavar="BPM", help="Heart rate to lead toward.")
@click.option("--sensor", default="ble", metavar="SPEC", help="The heart: ble, polar, sim, ...; ble.")
@click.option("--client", metavar="CODE", help="The listener's code.")
@click.option(
    "--seed", type=click.IntRange(0), help="Draws the same lots again, for whoever knows it; by chance."
)
@data_option
def begin(name: str, arms: str, data: Path | None, seed: int | None, **asked: Any) -> None:
    """Begin the trial NAME: say what is compared, and draw the lots.

    Everything is laid down now and changes no more. Nothing sounds yet.
    """
    from engine.trial import register, words
    from engine.trial.plan import Plan

    _check(asked, data)
    with opened_trials(data) as store:
        plan = Plan(
            name, tuple(arm.strip() for arm in arms.split(",")),  # pyright: ignore[reportArgumentType] — it checks
            asked["sittings"], asked["block"], asked["washout"], asked["outcome"], asked["cut_short"],
            asked["profile"], asked["sensor"], asked["duration"], asked["target"], asked["client"],
        )  # fmt: skip
        begun = register.begin(store, plan, seed)
    for sentence in words.rules(plan):
        say(sentence)
    say(f"The lots are drawn. By this the order is known again at the end: {begun.row.commitment}")
    say(f"The first sitting: calando trial next {name}")


def _check(asked: dict[str, Any], data: Path | None) -> None:
    """Refuse what no sitting of the trial could be played with, before the trial is begun."""
    from engine.cli.sitting import planned, waits
    from engine.sitting.asked import Asked
    from sensors.spec import open_sensor

    if asked["sensor"] == "auto":
        raise click.UsageError("A trial needs a heart that is known beforehand; name a sensor, such as ble.")
    if not waits(asked["sensor"]):
        try:
            open_sensor(asked["sensor"])
        except ValueError as wrong:
            raise click.UsageError(str(wrong)) from None
    planned(Asked(
        asked["profile"], sensor=asked["sensor"], target=asked["target"], duration=asked["duration"],
        client=asked["client"], data=data,
    ))  # fmt: skip
    from engine.journal.account import LEAST_LENGTH_S

    if asked["outcome"] == "heart" and asked["duration"] is not None and asked["duration"] < LEAST_LENGTH_S:
        raise click.UsageError(
            "A heart's fall is told of sittings of 5 minutes and more; lengthen --duration."
        )


@trial.command()
@name_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@data_option
def status(name: str | None, as_json: bool, data: Path | None) -> None:
    """Tell how far a trial is. How its sittings were led is seen by nobody before the end."""
    from engine.durations import clock_time
    from engine.trial import register, words
    from engine.trial.sat import sat

    with opened_trials(data) as store:
        found = register.found(store, name)
        sittings = sat(store, found)
        try:
            register.next_sitting(store, found)
            coming = "may begin now"
        except register.TrialError as wrong:
            coming = str(wrong)
    plan, counting = found.plan, sum(each.counts for each in sittings)
    if as_json:
        shown = {
            "trial": found.name, "began_at": found.row.began_at, "ended_at": found.row.ended_at,
            "plan": plan.as_table(), "commitment": found.row.commitment, "begun": len(sittings),
            "counting": counting, "next": coming,
            "sittings": [
                {"number": each.number, "id": each.id, "began_at": each.began_at, "cut_short": each.cut_short,
                 "simulated": each.simulated, "why": each.why} for each in sittings
            ],
        }  # fmt: skip
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    width = columns()
    facts = [
        ("trial", found.name), ("began", found.row.began_at[:16].replace("T", " ")),
        ("sittings", f"{len(sittings)} of {plan.sittings}, {counting} of them count"), ("next", coming),
        ("order", f"known again by {found.row.commitment}"),
    ]  # fmt: skip
    for label, text in facts:
        click.echo(labelled(label, text, width, _AT))
    for sentence in words.rules(plan):
        click.echo(labelled("", sentence, width, _AT))
    for each in sittings:
        length = clock_time(each.length_s) if each.id else ""
        told = [each.began_at[:16].replace("T", " "), length, "cut short" * each.cut_short, each.why]
        click.echo(labelled(f"{each.number:>8}", ", ".join(filter(None, told)), width, _AT))


@trial.command()
@name_argument
@click.option(
    "--prefers", type=click.Choice(["opens", "darkens", "either"]),
    help="As you settle, do you like music better that opens, or that darkens? Asked where it is left out.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask before a trial is ended that is not complete.")
@data_option
def end(name: str | None, prefers: str | None, yes: bool, data: Path | None) -> None:
    """End a trial, for good: open the lots, and tell what came of it."""
    from engine.trial import register, words

    with opened_trials(data) as store:
        found = register.found(store, name)
        if found.ended:
            raise register.TrialError(f"The trial {found.name} has ended already.")
        begun, planned = register.begun(store, found), found.plan.sittings
        if begun < planned and not yes:
            confirmed(f"{begun} of {planned} sittings were played; once ended, no more can be. End it now?")
        if prefers is None and sys.stdin.isatty():
            prefers = _asked(words.QUESTION)
        found = register.end(store, found, prefers)
        sittings, estimate = _outcome(store, found)
    say(f"{words.verdict(found.plan, sittings, estimate)}.")
    say(words.told(found.plan, estimate, simulated=any(each.simulated for each in sittings)))
    say(f"A page about it: calando trial show {found.name}")


@trial.command()
@name_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="A name that ends in .html; calando-trial-NAME.html in the current folder.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option("--json", "as_json", is_flag=True, help="The estimate and every sitting, as one JSON object.")
@data_option
def show(name: str | None, output: Path | None, force: bool, as_json: bool, data: Path | None) -> None:
    """Show what came of a trial that has ended: one page that any browser shows."""
    from engine.trial import register, words
    from engine.trial.page import page

    if output is not None:
        check_new(output.expanduser(), force=True, what="page", kinds=(".html",))
    with opened_trials(data) as store:
        found = register.found(store, name)
        if not found.ended:
            raise register.TrialError(
                f"The trial {found.name} has not ended, so there is nothing to show yet; "
                "`calando trial status` tells how far it is."
            )
        sittings, estimate = _outcome(store, found)
    if as_json:
        click.echo(json.dumps(_plain(found, sittings, estimate), ensure_ascii=False))
        return
    path = Path(f"calando-trial-{found.name}.html") if output is None else output.expanduser()
    check_new(path, force=force)
    put(path, page(found, sittings, estimate).encode(), force=force)
    for each in sittings:
        if each.id:
            remember(data, each.id, "trial", path)
    say(f"{words.verdict(found.plan, sittings, estimate)}. The page is in {path}.")


@trial.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def delete(name: str, yes: bool, data: Path | None) -> None:
    """Delete the trial NAME, ended or not. Its sittings stay, each with how it was led."""
    from engine.trial import register

    with opened_trials(data) as store:
        found = register.found(store, name)
        if not yes:
            confirmed(f"Delete the trial {found.name}? What it compared can then not be told.")
        register.delete(store, found)
    say(f"The trial {found.name} is deleted; its sittings are kept.")


def _outcome(store: Store, found: Trial) -> tuple[list[Sat], Estimate | None]:
    from engine.trial.estimate import SPREAD, estimate
    from engine.trial.sat import points, sat

    sittings = sat(store, found)
    return sittings, estimate(points(found, sittings), SPREAD[found.plan.outcome])


def _plain(found: Trial, sittings: list[Sat], estimate: Estimate | None) -> dict[str, Any]:
    from engine.trial import words
    from engine.trial.plan import UNITS
    from engine.trial.register import allocation_of

    allocation = allocation_of(found)
    return {
        "trial": found.name, "verdict": words.verdict(found.plan, sittings, estimate),
        "plan": found.plan.as_table(),
        "difference": None if estimate is None else {
            "of": found.plan.arms[0], "less": found.plan.arms[1], "unit": UNITS[found.plan.outcome],
            "middle": round(estimate.middle, 3), "low": round(estimate.low, 3),
            "high": round(estimate.high, 3), "positive": round(estimate.positive, 4),
            "spread": round(estimate.spread, 3), "told": estimate.told,
        },
        "order": list(allocation.order), "seed": allocation.seed, "nonce": allocation.nonce,
        "commitment": found.row.commitment, "prefers": found.row.preference,
        "sittings": [
            {"number": each.number, "id": each.id, "arm": allocation.order[each.number - 1],
             "value": each.value, "cut_short": each.cut_short, "simulated": each.simulated, "why": each.why}
            for each in sittings
        ],
    }  # fmt: skip


def _asked(question: str) -> str | None:
    """One of the three answers; Enter leaves it out."""
    choice = click.Choice(["opens", "darkens", "either", ""])
    answer = click.prompt(
        f"{question} opens, darkens or either; Enter leaves it out.", type=choice, default="",
        show_default=False, show_choices=False, prompt_suffix=" ", err=True,
    )  # fmt: skip
    return answer or None

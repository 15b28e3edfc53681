"""`calando pace`: the search for the pace of breath at which this heart swings the widest."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli import paragraph
from engine.cli.commands import Group
from engine.cli.fast import hurried
from engine.cli.interrupt import Interrupts
from engine.cli.pace_show import show
from engine.cli.players import announced
from engine.cli.preparing import prepare_sound
from engine.cli.rating import confirmed
from engine.cli.recorded import data_option, opened_store
from engine.cli.sitting import SensorOption, planned, sensor_of
from engine.cli.strap_heard import strap_heard
from engine.cli.without_device import way
from engine.durations import clock_time

if TYPE_CHECKING:
    from engine.guide.pacer import Paces
    from engine.pace.listening import Listening
    from engine.pace.search import Search
    from engine.pace.swing import Swing
    from engine.sitting.plan import Plan
    from engine.sitting.sitting import Sitting


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "--sensor", cls=SensorOption, default="ble", metavar="SPEC", help="The heart: ble, polar, sim, ...; ble."
)
@click.option("--client", metavar="CODE", help="The listener's code, whose pace it is.")
@click.option("--profile", default="breathe", metavar="NAME|FILE", help="The music that leads; breathe.")
@click.option("--anew", is_flag=True, help="Try all paces, though an earlier search could be gone on with.")
@click.option("--yes", is_flag=True, help="Do not ask whether the cautions were read.")
@click.option("--output", default="auto", metavar="SPEC", help="auto, device:NAME, file:PATH or null; auto.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option("--fast", is_flag=True, help="As fast as the machine can; with --sensor sim or replay:FILE.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The same seed writes the same music again.")
@click.option(
    "--consent/--no-consent", default=None,
    help="Whether the listener agrees to the record being kept; if not, nothing is kept.",
)  # fmt: skip
@click.option("--record/--no-record", default=True, help="Whether anything of it is kept on the disk.")
@data_option
@click.pass_context
def pace(context: click.Context, /, **asked: Any) -> int:
    """Find the pace of breath at which your heart swings the widest.

    The music leads five paces, two minutes each, with rests between. Ctrl-C ends it at any time: what was
    learned is kept, and the same command goes on from there. The pace that is found is where `breathe` leads
    from then on.
    """
    if context.invoked_subcommand is not None:
        return 0
    return _search(**asked)


pace.add_command(show)


def _search(
    sensor: str, client: str | None, profile: str, anew: bool, yes: bool, output: str, force: bool,
    fast: bool, seed: int | None, consent: bool | None, record: bool, data: Path | None,
) -> int:  # fmt: skip
    from engine.guide.pacer import Paces
    from engine.pace import words
    from engine.pace.protocol import PACES_PER_MIN
    from engine.sitting.asked import Asked

    if sensor == "auto":
        raise click.UsageError("A search needs a heart that is known beforehand; name a sensor, such as ble.")
    sensor, strap = hurried(sensor, fast=fast)
    wanted = partial(
        Asked, profile, sensor=sensor, seed=seed, client=client, consent=consent, data=data, record=record
    )
    plan = planned(wanted(arm=Paces(PACES_PER_MIN, search=True).spec))
    before = _earlier(plan, data) if plan.record else []
    going_on = before[-1] if before and before[-1].open_at(time.time()) and not anew else None
    paces = Paces(PACES_PER_MIN if going_on is None else going_on.left, search=True)
    if going_on is not None:
        plan = planned(wanted(arm=paces.spec))
    for sentence in plan.said:
        paragraph.say(sentence)
    if going_on is not None:
        paragraph.say(_going_on(going_on))
    if not yes:
        for sentence in words.CAUTIONS:
            paragraph.say(sentence)
        confirmed("Have you read this, and shall it begin?")
    paragraph.say(words.asked(paces))
    sitting, listening = _played(plan, paces, output, strap=strap, force=force, fast=fast, data=data)
    return _told(sitting, listening, before, going_on, data)


def _earlier(plan: Plan, data: Path | None) -> list[Search]:
    """The listener's searches so far; none where there is no journal yet."""
    from engine.journal.opening import FILE, data_folder
    from engine.pace.search import searches

    if not (data_folder(data) / FILE).exists():
        return []
    with opened_store(data) as store:
        return searches(store, plan.client, simulated=_simulated(plan))


def _simulated(plan: Plan) -> bool:
    return plan.sensor.partition(":")[0] == "sim"


def _going_on(search: Search) -> str:
    from engine.journal.report import day

    known = ", ".join(f"{each.per_min:g}" for each in search.swings if each.counts)
    return (
        f"This goes on with the search of {day(search.began_at)}: {known} "
        f"{'are' if ',' in known else 'is'} measured. With --anew all paces are tried."
    )


def _played(
    plan: Plan, paces: Paces, output: str, *, strap: bool, force: bool, fast: bool, data: Path | None
) -> tuple[Sitting, Listening]:
    """Play the search; what it heard is in the second."""
    from engine.cli.outputs import opened
    from engine.journal.opening import data_folder
    from engine.pace.listening import Listening
    from engine.sitting.sitting import Sitting
    from engine.snapshot import Snapshots

    say, warn = paragraph.say, partial(paragraph.say, err=True)
    heart = sensor_of(plan)
    chosen = way(output, fast=fast, waits=strap, or_render=False, tell=say)
    folder = data_folder(data)
    shown = Shown(len(paces.per_min))
    listening = Listening(shown.begins, shown.told)
    with ExitStack() as rooms:
        interrupts = rooms.enter_context(Interrupts())
        out, path = rooms.enter_context(opened(output, chosen, name="pace", force=force, say=say))
        if strap:
            heart = rooms.enter_context(strap_heard(heart, say, "so nothing was played"))
        prepare_sound(out.rate_hz)
        sitting = Sitting(plan, heart, out, data=folder, file=path, say=warn, progress=warn)
        say("Ctrl-C ends it.")
        with sitting, announced(out, folder, warn):
            sitting.watchers.add(listening, at_once=chosen.fast)
            sitting.watchers.add(Snapshots(sitting, shown.link), at_once=chosen.fast)
            interrupts.go_to(sitting.end)
            sitting.run()
            sitting.watchers.close()
    return sitting, listening


def _told(
    sitting: Sitting, listening: Listening, before: list[Search], going_on: Search | None, data: Path | None
) -> int:
    """Say what came of it, by all that is known of this search."""
    from engine.pace import words
    from engine.pace.estimate import estimate
    from engine.pace.protocol import PACES_PER_MIN
    from engine.pace.search import merged

    say = paragraph.say
    simulated, kept = sitting.sensor.simulated, sitting.kept
    # What is kept is told from the record, as it will be the next time somebody asks.
    recorded = _earlier(sitting.plan, data) if kept else []
    now = merged(() if going_on is None else going_on.swings, listening.swings())
    found = recorded[-1].swings if recorded else now
    came, known = estimate(found), {each.per_min for each in found if each.counts}
    left = [pace for pace in PACES_PER_MIN if pace not in known]
    say("")
    for each in found:
        say(words.swing(each))
    say(words.told(came, simulated=simulated, left=left))
    earlier = [each.estimate for each in before if each is not going_on]
    for sentence in (words.compared(earlier, came), words.use(came, simulated=simulated, kept=kept)):
        if sentence:
            say(sentence)
    if not kept:
        say("Nothing of it was kept.")
    else:
        if left and known:
            say("The paces that are left: the same command goes on with them, within two days.")
        say("A page about it: calando pace show" + _call(sitting.plan, data))
    return 1 if sitting.trouble else 0


def _call(plan: Plan, data: Path | None) -> str:
    """What must be added to a command to mean the same listener and journal."""
    from shlex import quote

    words = ["--client", quote(plan.client)] if plan.client is not None else []
    words += ["--simulated"] if _simulated(plan) else []
    words += ["--data", quote(str(data))] if data is not None else []
    return "".join(f" {word}" for word in words)


class Shown:
    """Says where the search is: each pace as it begins and once it is over, and what the strap says."""

    def __init__(self, count: int) -> None:
        self._count, self._link = count, ""

    def begins(self, t_s: float, why: str) -> None:
        self._say(t_s, f"{why[:1].upper()}{why[1:]}.")

    def told(self, t_s: float, found: Swing) -> None:
        from engine.pace import words

        self._say(t_s, words.swing(found))

    def link(self, snapshot: Any) -> None:
        for said in snapshot.said:
            if said.kind == "link" and said.words != self._link:
                self._link = said.words
                self._say(said.t, said.words)

    def _say(self, t_s: float, words: str) -> None:
        paragraph.say(f"{clock_time(t_s)}  {words}")

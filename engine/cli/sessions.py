"""`calando sessions`: the sittings in the journal, what may be added to them and what done with them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.adding import ADDING, by_option, hand_of
from engine.cli.commands import Group
from engine.cli.forgetting import delete, expire
from engine.cli.paragraph import columns, labelled, table
from engine.cli.passphrase import new_passphrase
from engine.cli.progress import progress
from engine.cli.putting import for_output, put
from engine.cli.recorded import data_option, opened_store, remember
from engine.cli.report import report
from engine.durations import clock_time

if TYPE_CHECKING:
    from engine.guide.music_state import Hand
    from engine.guide.target import Usual
    from engine.journal.record import Head
    from engine.journal.store import Store

LISTED = 20
"""Sittings that `list` shows where it is not told otherwise."""

NO_CODE = "(no code)"
"""Whose sittings those are that were given to nobody."""

_AT = 13
"""Column in which `show` tells what a label names."""


@click.group(cls=Group)
def sessions() -> None:
    """The sittings that were played: look at them, add to them, pass them on, delete them.

    ID is a sitting's id, the beginning of one, or `last`.
    """


for command in (report, *ADDING, delete, expire, progress):
    sessions.add_command(command)


@sessions.command("list")
@data_option
@click.option("--client", metavar="CODE", help="Only this listener's.")
@click.option("--each", is_flag=True, help="The sittings of all listeners, one a line.")
@click.option("--last", type=click.IntRange(1), metavar="N", help=f"How many sittings; {LISTED}.")
@click.option("--json", "as_json", is_flag=True, help="The sittings, one JSON object a line.")
def list_(data: Path | None, client: str | None, each: bool, last: int | None, as_json: bool) -> None:
    """List the listeners, or with --each or --client their sittings, newest first."""
    by_client = client is None and not each and last is None and not as_json
    with opened_store(data) as store:
        heads = store.heads(client=client, last=-1 if by_client else LISTED if last is None else last)
    if as_json:
        for head in heads:
            click.echo(_json(head))
        return
    if not heads:
        click.echo("No sitting has been kept yet." if client is None else f"No sitting of {client} is kept.")
        return
    if by_client:
        print(_listeners(heads))
        return
    listed = [
        (
            head.id, head.began_at[:16].replace("T", " "), head.client or "", head.profile,
            clock_time(head.length_s), _resting(head), head.ending or "playing",
            "SIMULATED" if head.simulated else "",
        )
        for head in heads
    ]  # fmt: skip
    names = ("id", "began", "client", "profile", "length", "resting", "ending", "heart")
    # click takes a terminal that knows ASCII only for a mistake, and prints other letters there.
    print(table(names, listed, columns(), right=("length", "resting")))


def _listeners(heads: Sequence[Head]) -> str:
    """A line for each client, whoever sat last first; the resting rate is the newest that is known."""
    by_code: dict[str | None, list[Head]] = {}
    for head in heads:
        by_code.setdefault(head.client, []).append(head)
    lines: list[tuple[str, ...]] = []
    for code, own in by_code.items():
        resting = [known for head in own if not head.simulated and (known := _resting(head))]
        simulated = sum(head.simulated for head in own)
        mark = "SIMULATED" if simulated == len(own) else f"{simulated} SIMULATED" if simulated else ""
        began = own[0].began_at[:16].replace("T", " ")
        lines.append((code or NO_CODE, str(len(own)), began, own[0].id, next(iter(resting), ""), mark))
    names = ("client", "sittings", "last", "its id", "resting", "heart")
    return table(names, lines, columns(), right=("sittings", "resting"))


@sessions.command()
@click.argument("id_", metavar="ID")
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(id_: str, data: Path | None, as_json: bool) -> None:
    """Show what a sitting was and what happened in it."""
    with opened_store(data) as store:
        number, head = store.find(id_)
        if as_json:
            click.echo(_json(head))
            return
        from engine.journal import rows
        from engine.journal.earlier import usual_before, watch_before
        from engine.past.words import month

        decisions = [] if head.blind else [rows.decision_of(row) for _, row in store.rows(number, "decision")]
        markers = [rows.marker_of(row) for _, row in store.rows(number, "marker")]
        ratings = [rows.rating_of(row) for _, row in store.rows(number, "rating")]
        usual, watch = usual_before(store, head), month(watch_before(store, head))
        remarks = [
            rows.remark_of(row) for table in ("note", "change") for _, row in store.rows(number, table)
        ]
    width = columns()
    for name, value in (*_facts(head, usual), ("watch", watch)):
        if value:
            click.echo(labelled(name, value, width, _AT))
    for rating in ratings:
        words = f"{rating.words}{_written(rating.at, rating.hand)}"
        click.echo(labelled(rating.when, words, width, _AT))
    lines = [(each.t_s, each.why) for each in decisions]
    lines += [(each.t_s, f"marked by the {each.hand.value}: {each.words}") for each in markers]
    for t_s, words in sorted(lines):
        click.echo(labelled(f"{clock_time(t_s):>12}", words, width, _AT))
    for remark in sorted(remarks, key=lambda remark: remark.at):
        words = f"{remark.words}{_written(remark.at, remark.hand)}"
        click.echo(labelled(" " * 12, words, width, _AT))


@sessions.command()
@click.argument("id_", metavar="ID")
@data_option
@click.option(
    "--format", "form", type=click.Choice(["csv", "json", "rr", "midi", "chordpro", "sheet"]), default="csv",
    help="csv: event,value,timestamp; json: everything; rr: intervals in ms; midi: what was played; "
    "chordpro, sheet: chords over the lines that were typed, the second as a page to print; csv.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Standard output, -.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def export(id_: str, data: Path | None, form: str, output: Path | None, force: bool) -> None:
    """Write a sitting for other programs."""
    from engine.journal.export import as_csv, as_json, as_rr

    with opened_store(data) as store:
        session_id = store.find(id_)[1].id
        if form == "json":
            text = as_json(store, session_id) + "\n"
        elif form == "midi":
            text = _midi(store, session_id)
        elif form in ("chordpro", "sheet"):
            text = _song(store, session_id, form)
        else:
            text = (as_csv if form == "csv" else as_rr)(store.read(session_id))
    written = text if isinstance(text, bytes) else text.encode()
    path = for_output(output)
    if path is None:
        if form == "midi" and sys.stdout.isatty():
            raise click.UsageError("MIDI is not for a terminal; name a file with -o FILE.mid.")
        click.echo(written, nl=False)
        return
    put(path, written, force=force)
    remember(data, session_id, "export", path)


@sessions.command()
@click.argument("id_", metavar="ID")
@click.argument("code")
@by_option
@data_option
def reassign(id_: str, code: str, by: str | None, data: Path | None) -> None:
    """Give a sitting to the client CODE; the record says that it was."""
    from engine.journal.keeping import reassigned

    with opened_store(data) as store:
        head = store.find(id_)[1]
        reassigned(store, head.id, hand_of(by, code), code)
    click.echo(f"The sitting {head.id} is now {code}'s.")


@sessions.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@data_option
def import_(file: Path, data: Path | None) -> None:
    """Read a sitting that `export --format json` wrote."""
    from engine.journal.imported import SittingFileError, read_json, read_text

    try:
        text = read_text(file)
    except SittingFileError as wrong:
        raise click.UsageError(f"{file} cannot be read: {wrong}") from None
    with opened_store(data) as store:
        try:
            record = read_json(store, text)
        except SittingFileError as wrong:
            raise click.UsageError(f"{file} cannot be read: {wrong}") from None
    click.echo(f"The sitting {record.head.id} is in the journal.")


@sessions.command()
@click.option(
    "--from", "file", type=click.Path(path_type=Path), metavar="FILE",
    help="The new passphrase is this file's first line; otherwise it is asked for.",
)  # fmt: skip
@data_option
def seal(file: Path | None, data: Path | None) -> None:
    """Seal names, notes and ratings under a passphrase, or change it.

    Codes, goals, profiles, words, ratings, straps, files and what watches told can then be read with the
    passphrase only, which is asked for, or taken from CALANDO_PASSPHRASE or from the file that
    CALANDO_PASSPHRASE_FILE names.
    Hearts and music stay as they are: they name nobody. Sittings are played and kept without it.
    """
    with opened_store(data) as store:
        before = store.sealed
        store.reseal(new_passphrase(file))
    click.echo("The passphrase is changed." if before else "The journal is sealed.")
    click.echo("Keep the passphrase well: without it nobody reads what is sealed, ever again.")


@sessions.command()
@data_option
def unseal(data: Path | None) -> None:
    """Take the passphrase away; everything can be read again."""
    with opened_store(data) as store:
        if not store.sealed:
            raise click.UsageError("The journal has no passphrase.")
        store.reseal(None)
    click.echo("The journal is sealed no more.")


def _song(store: Store, session_id: str, form: str) -> str:
    from engine.journal.midi import MidiError
    from engine.journal.song_sheet import as_chordpro, as_page

    try:
        return (as_page if form == "sheet" else as_chordpro)(store.read(session_id))
    except MidiError as nothing:
        raise click.ClickException(str(nothing)) from None


def _midi(store: Store, session_id: str) -> bytes:
    from engine.journal.midi import MidiError, as_midi

    try:
        return as_midi(store.read(session_id))
    except MidiError as failure:
        raise click.ClickException(str(failure)) from None


def _facts(head: Head, usual: Usual) -> list[tuple[str, str | None]]:
    figures = head.figures
    return [
        ("sitting", head.id),
        ("began", head.began_at),
        ("length", f"{clock_time(head.length_s)}, {head.ending or 'still playing'}"),
        ("client", head.client),
        ("consent", None if head.consent is None else "given" if head.consent else "not given"),
        ("goals", head.goals),
        ("profile", head.profile),
        ("guide", None if head.guide is None else f"{head.guide.title} ({head.guide.name})"),
        ("feel", head.feel),
        ("sensor", head.sensor_label),
        ("arm", "nobody sees before its trial ends" if head.blind else head.arm),
        ("seed", str(head.seed)),
        ("sound", head.file or head.output),
        ("resting", _figure(figures.resting_bpm, usual.resting_bpm, "beats a minute")),
        ("breathing", _figure(figures.breath_per_min, usual.breath_per_min, "breaths a minute")),
        ("RMSSD", _figure(figures.rmssd_ms, usual.rmssd_ms, "ms")),
        ("signal", None if figures.quality is None else f"{100 * figures.quality:.0f} % normal beats"),
    ]


def _resting(head: Head) -> str:
    bpm = head.figures.resting_bpm
    return "" if bpm is None else f"{bpm:.0f} bpm"


def _written(at: str | None, hand: Hand | None) -> str:
    """By whom something was written down and when, in brackets."""
    if at is None or hand is None:
        return ""
    return f" ({hand.value}, {at[:16].replace('T', ' ')})"


def _figure(value: float | None, usual: float | None, unit: str) -> str:
    if value is None:
        return "not enough clean beats"
    return f"{value:.1f} {unit}" + ("" if usual is None else f" (your usual: {usual:.1f})")


def _json(head: Head) -> str:
    from dataclasses import asdict

    return json.dumps(asdict(head) | {"length_s": head.length_s}, ensure_ascii=False)

"""`calando render --batch`: many sittings, on all cores or a Dask cluster; what is wrong stops no other."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.again import Again, rendered
from engine.cli.paragraph import say
from engine.cli.recorded import opened_store, remember
from sensors.plain_text import visible

if TYPE_CHECKING:
    from engine.journal.record import Record
    from engine.journal.store import Store


MOST_BYTES = 2**20
"""Largest batch. Own choice: ten thousand lines."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of the batch."""

    line: int
    name: str
    output: Path


def render_batch(
    batch: Path, how: Again, data: Path | None, workers: int | None, scheduler: str | None
) -> None:
    """Render every line; leaves with 1 where any could not be."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from engine.workers import ClusterError, spread

    wanted, wrong = read_batch(batch)
    for sentence in wrong:
        say(sentence, err=True)
    made, sent, ids = 0, list[Wanted](), list[str]()
    columns = (TextColumn("Rendering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        opened_store(data) as store,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("", total=len(wanted))

        def tell(each: Wanted, sentence: str) -> None:
            told = visible(f"{batch}, line {each.line}: {sentence}")
            progress.console.print(told, markup=False, highlight=False, soft_wrap=True)

        def pieces() -> Iterator[tuple[Any, ...]]:
            for each in wanted:
                record = _read(store, each, tell)
                if record is None:
                    progress.advance(task)
                else:
                    sent.append(each)
                    ids.append(record.head.id)
                    yield record, each.output, how

        try:
            for done in spread(rendered, pieces(), workers, scheduler):
                each = sent[done.number]
                progress.advance(task)
                if done.failure is None:
                    made += 1
                    remember(data, ids[done.number], how.kind, each.output)
                for sentence in [_sentence(done.failure)] if done.failure is not None else done.result:
                    tell(each, sentence)
        except ClusterError as failure:
            raise click.ClickException(str(failure)) from None
    count = len(wanted) + len(wrong)
    if made < count:
        raise click.ClickException(f"{made} of {count} pieces are made; what was wrong stands above.")
    click.echo(f"All {made} pieces are made." if made != 1 else "The piece is made.")


def read_batch(batch: Path) -> tuple[list[Wanted], list[str]]:
    """The lines that can be meant, and a sentence for each that cannot.

    A line names a sitting and a sound file, with quotes where there is a space in it; `#` begins a remark.
    """
    try:
        with batch.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise click.UsageError(f"{batch} is larger than {MOST_BYTES // 2**20} MB; cut it into parts.")
        lines = raw.decode().splitlines()
    except (OSError, UnicodeDecodeError) as trouble:
        why = trouble.strerror if isinstance(trouble, OSError) else "it is no text in UTF-8"
        raise click.UsageError(f"{batch} cannot be read ({why}).") from None
    wanted: list[Wanted] = []
    wrong: list[str] = []
    outputs: set[Path] = set()
    for number, line in enumerate(lines, 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            words = [line, "", ""]
        if not words:
            continue
        # A worker may stand in another folder.
        output = Path(words[1]).expanduser().absolute() if len(words) == 2 else None
        if output is None:
            wrong.append(f"{batch}, line {number}: write a sitting and a sound file: last piece.flac.")
        elif output in outputs:
            wrong.append(f"{batch}, line {number}: {output} is named in an earlier line.")
        else:
            outputs.add(output)
            wanted.append(Wanted(number, words[0], output))
    if not wanted and not wrong:
        raise click.UsageError(f"{batch} names no sitting; write one and a sound file on each line.")
    return wanted, wrong


def _read(store: Store, each: Wanted, tell: Callable[[Wanted, str], None]) -> Record | None:
    """The record, unless what is wrong can be told without rendering."""
    from engine.journal.store import UnknownSessionError
    from engine.journal.trouble import JournalError

    try:
        return store.read(each.name)
    except (UnknownSessionError, JournalError) as wrong:
        tell(each, str(wrong))
        return None


def _sentence(failure: BaseException) -> str:
    """What a worker complained of; its own sentences are plain, others are named."""
    if isinstance(failure, ValueError | OSError):
        return str(failure)
    return f"its worker failed ({type(failure).__name__}: {failure})."

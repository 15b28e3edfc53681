"""`calando write`: a page to write on in a terminal, beside a sitting that another process plays."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import click

from engine.cli.interrupt import Interrupts
from engine.cli.paragraph import say
from engine.cli.recorded import data_option
from engine.cli.room import check_room
from engine.door.rooms import DEFAULT_ROOM
from engine.sitting.asked import HELP_LINE_VARIABLE

if TYPE_CHECKING:
    from engine.journal.sheet import Sheet

LOOK_S = 0.05
"""Between two looks for keys: what is typed is seen at once (own choice)."""

_INPUT = 0
"""Standard input, as the system counts; it may be closed."""

END, TAKE, PASS, RUBOUT = "\x04", "\t", "\x0e", "\x7f\b"
"""Ctrl-D ends, Tab takes up the question that stands there, Ctrl-N passes to the next, and what deletes a
letter."""


@click.command()
@click.argument("room", default=DEFAULT_ROOM)
@click.option("--share", is_flag=True, help="Let the therapist read it; without, they see that you write.")
@data_option
def write(room: str, share: bool, data: Path | None) -> None:
    """Write whatever comes while the sitting in ROOM plays, which `calando play --room ROOM` opened.

    It is kept every two seconds in the sitting's record, sealed with it; no key reaches the music. Ctrl-D
    ends it. Where standard input is no terminal, all of it is the page.
    """
    from engine.door.rooms import RoomError
    from engine.door.visit import Visit
    from engine.journal.opening import data_folder
    from engine.journal.sheet import LONGEST, begun

    check_room(room)
    try:
        with Visit(room, "write") as visit:
            hello = visit.hello
    except RoomError as trouble:
        raise click.ClickException(str(trouble)) from None
    if hello.sitting is None or hello.facts is None:
        raise click.ClickException(f"Nothing plays in the room {room} just now.")
    sheet = begun(hello.sitting, token_hex(4), kept=bool(hello.facts["kept"]))
    if not sheet.kept:
        raise click.ClickException("There is no record of that sitting, so nothing of a page would be kept.")
    folder = data_folder(data)
    with Interrupts():
        words = _typed(sheet, folder, share=share) if os.isatty(_INPUT) else _read(LONGEST + 1)
    if not words.strip() and not sheet.page.words:
        say("Nothing was written, so nothing is kept.")
        return
    trouble = _kept(sheet, words, folder, share=share, told=set(), patience_s=5.0)
    if trouble:
        raise click.ClickException(f"The end of the page is not kept: {trouble}")
    if len(words) > LONGEST:
        raise click.ClickException(
            f"A page has {LONGEST:,} letters: the first of yours are kept, and what comes after them is not; "
            "write that on another page."
        )
    say("Kept with the sitting.")


def _read(most: int) -> str:
    """What standard input holds, and no more than `most` letters of it; bytes that are no UTF-8 show as �."""
    with suppress(OSError), open(_INPUT, encoding="utf-8", errors="replace", closefd=False) as pipe:
        return pipe.read(most)
    return ""


def _typed(sheet: Sheet, folder: Path, *, share: bool) -> str:
    """The page as it is typed, kept every SAVE_S; returns what stands there at its end."""
    from engine.cli.keys import Terminal
    from engine.journal.sheet import LONGEST, QUESTIONS, SAVE_S

    questions = iter(QUESTIONS["before"])
    question = next(questions, "")
    words, kept, due_s = "", "", time.monotonic() + SAVE_S
    told: set[str] = set()
    terminal = Terminal()
    terminal.open()
    try:
        say(
            "Whatever comes. Nobody reads it unless you share it. Ctrl-D ends. Tab takes up a question, "
            "Ctrl-N passes to the next:"
        )
        click.echo(click.style(question, dim=True))
        while True:
            for sign in terminal.typed():
                if sign == END:
                    return words
                if sign == TAKE and question:
                    taken, question = question, ""
                    start = "\n" if words and not words.endswith("\n") else ""
                    words += f"{start}{taken}\n"
                    click.echo(f"{start}{taken}")
                elif sign == PASS:
                    question, line = next(questions, ""), words.rpartition("\n")[2]
                    start = "\n" if line else ""
                    click.echo(start + click.style(question or "That was the last question.", dim=True))
                    click.echo(line, nl=False)
                elif sign in RUBOUT and words and not words.endswith("\n"):
                    words = words[:-1]
                    click.echo("\b \b", nl=False)
                elif (sign.isprintable() or sign == "\n") and len(words) < LONGEST:
                    words += sign
                    click.echo(sign, nl=False)
            if words != kept and time.monotonic() >= due_s:
                if not _kept(sheet, words, folder, share=share, told=told):
                    kept = words
                due_s = time.monotonic() + SAVE_S
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        return words
    finally:
        terminal.close()
        with suppress(OSError):  # the terminal is gone, and what was typed is still to be kept
            click.echo()


def _kept(
    sheet: Sheet, words: str, folder: Path, *, share: bool, told: set[str], patience_s: float = 0.0
) -> str:
    """Keep it; why that could not be, or nothing. A help line is said once, where the words need it."""
    from engine.journal.sheet import LONGEST
    from engine.journal.trouble import JournalError

    until_s = time.monotonic() + patience_s
    while True:
        try:
            help_line = os.environ.get(HELP_LINE_VARIABLE)
            answer = sheet.write(words[:LONGEST], folder, shared=share, help_line=help_line)
        except JournalError as trouble:
            if time.monotonic() >= until_s:
                return str(trouble)
            time.sleep(LOOK_S)
            continue
        if answer and answer not in told:
            told.add(answer)
            with suppress(OSError):
                say(f"\n{answer}")
        return ""

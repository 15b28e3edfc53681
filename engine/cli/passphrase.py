"""The journal's passphrase for a command: from the environment, from a file or from the keyboard."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.journal.passphrase import FILE_VARIABLE, VARIABLE, PassphraseError, of_file, passphrase


def passphrase_or_ask() -> str:
    """The passphrase of a sealed journal, for a command that cannot do without."""
    try:
        given = passphrase()
    except PassphraseError as wrong:
        raise click.UsageError(str(wrong)) from None
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise click.ClickException(
            f"The journal is sealed; give its passphrase in {VARIABLE}, or a file with it in {FILE_VARIABLE}."
        )
    return click.prompt("Passphrase of the journal", hide_input=True, prompt_suffix=": ", err=True)


def new_passphrase(file: Path | None) -> str:
    """One that may be set: from a file, or typed twice."""
    from engine.journal.strength import weakness

    if file is not None:
        try:
            wanted = of_file(file)
        except PassphraseError as wrong:
            raise click.UsageError(str(wrong)) from None
    elif sys.stdin.isatty():
        wanted = click.prompt("New passphrase", hide_input=True, confirmation_prompt="Once more", err=True)
    else:
        raise click.UsageError("A passphrase is typed in a terminal, or read with --from FILE.")
    if (why := weakness(wanted)) is not None:
        raise click.UsageError(why)
    return wanted

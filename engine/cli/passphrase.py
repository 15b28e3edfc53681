"""The journal's passphrase: from the environment, from a file or from the keyboard."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

VARIABLE, FILE_VARIABLE = "CALANDO_PASSPHRASE", "CALANDO_PASSPHRASE_FILE"


LONGEST_BYTES = 4096
"""Of a line with a passphrase; what comes after is not read."""


class PassphraseError(ValueError):
    """A passphrase that cannot be had, or none that may be set; the message is one sentence."""


def passphrase() -> str | None:
    """As the environment gives it, itself or by the name of a file; None where it does not.

    Raises PassphraseError for a file that cannot be read.
    """
    if (given := os.environ.get(VARIABLE)) is not None:
        return given
    named = os.environ.get(FILE_VARIABLE)
    return None if named is None else of_file(Path(named))


def of_file(path: Path) -> str:
    """The first line of a file. Raises PassphraseError."""
    try:
        with path.expanduser().open("rb") as file:  # a password manager's pipe as well
            lines = file.readline(LONGEST_BYTES).decode().splitlines()
    except (OSError, UnicodeDecodeError) as trouble:
        why = trouble.strerror if isinstance(trouble, OSError) else "it is no text in UTF-8"
        raise PassphraseError(f"The file {path} with the passphrase cannot be read ({why}).") from None
    if not lines or not lines[0]:
        raise PassphraseError(f"The file {path} holds no passphrase in its first line.")
    return lines[0]


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

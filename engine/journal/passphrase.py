"""The journal's passphrase as the environment gives it, itself or by the name of a file."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE, FILE_VARIABLE = "CALANDO_PASSPHRASE", "CALANDO_PASSPHRASE_FILE"

LONGEST_BYTES = 4096
"""Of a line with a passphrase; what comes after is not read."""


class PassphraseError(ValueError):
    """A passphrase that cannot be had, or none that may be set; the message is one sentence."""


def passphrase() -> str | None:
    """As the environment gives it; None where it does not. Raises PassphraseError for a file without one."""
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

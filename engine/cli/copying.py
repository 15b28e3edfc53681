"""Copying: a shipped file as one of a person's own, under another name."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click

from engine.cli.putting import put
from profiles.own import own_folder
from profiles.reading import is_name


def copied(source: Path, to: str | None, kind: str, *, force: bool) -> tuple[Path, str]:
    """Copy `source` into the file `to`, or as one of that kind of one's own; my-NAME where `to` is None.

    Returns the file, and what a command calls it, as a shell takes it. Comments and all else but its first
    key `name` stay as they were.
    """
    to = f"my-{source.stem}" if to is None else to
    own = is_name(to)
    file = own_folder(kind) / f"{to}.toml" if own else Path(to).expanduser()
    called = to if own else file.stem
    if not re.fullmatch(r"\w[\w -]{0,39}", called):
        raise click.UsageError(
            f"{called!r} is no name for a {kind.removesuffix('s')}; use at most 40 letters, digits, spaces, "
            "- and _."
        )
    text = re.sub(
        r"(?m)^name\s*=.*$",
        lambda _: f"name = {json.dumps(called, ensure_ascii=False)}",
        source.read_text(encoding="utf-8-sig"),
        count=1,
    )
    if own:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as trouble:
            raise click.ClickException(f"{file.parent} cannot be made ({trouble.strerror}).") from None
    put(file, text.encode(), force=force)
    return file, shlex.quote(to) if own else played(file)


def played(file: Path) -> str:
    """What `--profile` or `--guide` takes for that file, as a shell takes it."""
    return shlex.quote(str(file) if file.suffix == ".toml" or len(file.parts) > 1 else f"./{file}")

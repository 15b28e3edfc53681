"""A file that a command writes: whole or not at all, and never over another unless that is wished."""

from __future__ import annotations

import os
from pathlib import Path

import click


def put(path: Path, content: bytes, *, force: bool) -> None:
    """Write `content` into `path`; what is wrong becomes click's, in one sentence."""
    check_new(path, force=force)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("xb") as file:
                file.write(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as trouble:
        raise click.ClickException(f"{path} cannot be written ({trouble.strerror}).") from None


def check_new(path: Path, *, force: bool) -> None:
    """Refuse a file that exists."""
    if path.is_dir():
        raise click.UsageError(f"{path} is a folder; name a file in it.")
    if not path.parent.is_dir():
        raise click.UsageError(f"There is no folder {path.parent}; make it first.")
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists already; choose another name, or replace it with --force.")

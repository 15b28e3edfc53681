"""A file that a command writes: what is wrong with its place, or with writing it, becomes click's."""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

import click

from engine import written


def put(path: Path, content: bytes, *, force: bool, private: bool = True) -> None:
    """Put a file with this content at `path`, for its owner's eyes only where it tells of a person."""
    with _told():
        written.put(path, content, force=force, private=private)


def check_new(path: Path, *, force: bool, what: str = "file", kinds: Collection[str] = ()) -> None:
    """Refuse a place where no file may be put, or one of `kinds`, before any work is done for it."""
    with _told():
        written.check_place(path, force=force, what=what, kinds=kinds)


def for_output(path: Path | None) -> Path | None:
    """The file that -o names; None where it is standard output, by itself or as `-`."""
    return None if path is None or str(path) == written.STANDARD_OUTPUT else path.expanduser()


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except written.PlaceError as wrong:
        raise click.UsageError(str(wrong)) from None
    except written.WriteError as failure:
        raise click.ClickException(str(failure)) from None

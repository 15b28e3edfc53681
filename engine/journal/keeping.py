"""Keeping: what may be done with a sitting's record afterwards: give it to another client, or delete it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from engine.guide.music_state import Hand
from engine.journal import rows
from engine.journal.ending import now
from engine.journal.record import Head, Remark
from engine.journal.running import Running
from engine.journal.store import Store

LONGEST_CODE = 64
"""Letters of a client code; a code is not a story. Own choice."""


class RunningError(ValueError):
    """The sitting is being played; the message is one sentence."""


class ClientCodeError(ValueError):
    """What was given is no code; the message is one sentence."""


def checked_code(code: str) -> str:
    """`code` if it can name a client; otherwise ClientCodeError."""
    if not code.strip() or len(code) > LONGEST_CODE or not code.isprintable():
        raise ClientCodeError(f"A client code is 1 to {LONGEST_CODE} letters and digits, on one line.")
    return code


def reassigned(store: Store, name: str, code: str) -> None:
    """Give a sitting to another client and write down that it was, both or neither.

    Raises ClientCodeError, UnknownSessionError.
    """
    checked_code(code)
    number, head = store.find(name)
    words = f"given to {code}" + (f", from {head.client}" if head.client else "")
    with store.transaction():
        store.assign(number, code)
        store.add(number, "change", [rows.remark_row(Remark(now(), Hand.THERAPIST, words))])


def deleted(store: Store, name: str) -> None:
    """Delete a sitting and the sound file it was played into, and what could be recovered of its record.

    Raises RunningError, UnknownSessionError.
    """
    number, head = store.find(name)
    if head.ending is None:
        try:
            Running(store.folder, head.id).let_go()
        except OSError:
            raise RunningError(f"The sitting {head.id} is being played; end it first.") from None
    file = own_file(head)
    with store.transaction():
        store.delete(number)
    store.scrub()
    if file is not None:
        file.unlink(missing_ok=True)


def own_file(head: Head) -> Path | None:
    """The sound file the sitting was played into, if what lies there is still that sound by its length.

    The path alone is no proof: another sitting may have been written over it, and an imported record may
    name any file.
    """
    if head.file is None or not Path(head.file).is_file():
        return None
    soundfile: Any = import_module("soundfile")
    try:
        found = soundfile.info(head.file)
    except (soundfile.SoundFileError, OSError):
        return None
    same = found.samplerate == head.rate_hz and abs(found.frames - head.frames) <= head.rate_hz
    return Path(head.file) if same else None

"""Rendering: every line of a guide said by a voice, ahead of the sitting, in a process of its own.

What is in the cache, whole, is taken from there; so one that was killed goes on where it was.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

from engine.words import kept_lines
from engine.words.kept_lines import Saying

VOICE, PACKAGE = "heart", "hibari-tts"
"""The one voice whose weights are in its package; every other would be downloaded."""

SPEED = 0.85
"""Of the voice's own pace: slower than talk (own choice)."""

READER = (sys.executable, "-c", "from engine.words.reader import main; raise SystemExit(main())")


class VoiceError(ValueError):
    """A voice that cannot be had; the message is one sentence."""


def installed() -> bool:
    """Whether there is a voice on this computer."""
    return _version() is not None


def checked_voice(name: str) -> str:
    """`name`, where it is the voice that is here. Raises VoiceError."""
    if name != VOICE:
        raise VoiceError(
            f"The voice {name!r} would have to be downloaded, which Calando never does; there is {VOICE}, or "
            "your own recordings with --own-voice."
        )
    if not installed():
        raise VoiceError("There is no voice on this computer; pip install 'calando[voice]' brings one.")
    return name


def said(lines: Sequence[str]) -> list[Saying]:
    """What each line is rendered from, by the voice that is here."""
    found = _version() or ""
    return [Saying(words, VOICE, SPEED, found) for words in lines]


def render(sayings: Sequence[Saying], progress: Callable[[int, int], None] | None = None) -> None:
    """See to it that each is kept; `progress` is told how many are, and of how many. Raises VoiceError."""
    missing = [each for each in dict.fromkeys(sayings) if kept_lines.read(each.path) is None]
    if not missing:
        return
    told, of = progress or _unheard, len(missing)
    told(0, of)
    asked = {
        "voice": VOICE, "speed": SPEED,
        "lines": [{"words": each.words, "path": str(each.path)} for each in missing],
    }  # fmt: skip
    with subprocess.Popen(
        READER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None and reader.stdout is not None and reader.stderr is not None  # noqa: PT018
        try:
            json.dump(asked, reader.stdin)
            reader.stdin.close()
            for done, _ in enumerate(reader.stdout, 1):
                told(done, of)
        except BaseException:
            reader.kill()
            reader.wait()  # an interrupt is not made to wait for it else
            raise
        why = reader.stderr.read().strip().splitlines()[-1:] or ["no word"]
    if reader.returncode != 0:
        raise VoiceError(f"The lines could not be rendered ({why[0][:200]}); they are told as text.")


def _unheard(_done: int, _of: int) -> None:
    """Who did not ask for progress is told of none."""


def _version() -> str | None:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return None

"""What is said of a sound card that cannot be had, so that whoever looks after a kiosk can mend it."""

from __future__ import annotations

import re

from engine.device.errors import DeviceError

_ELSEWHERE = re.compile(r"[;,]?(?: or)? play into a file with --output file:PATH")
"""A kiosk plays into no file."""

_ANOTHER = "choose another with --output device:NAME"


def absent(trouble: DeviceError) -> str:
    """The sentence of an error, for a kiosk: where others take an option, it has a key in its file."""
    return _ELSEWHERE.sub("", str(trouble)).replace(_ANOTHER, "name another as sound.device")

"""Retry: how long to wait before a strap is tried again, by what went wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, auto

from sensors.bluetooth import trouble_of
from sensors.refusal import RefusedError


class LinkLostError(Exception):
    """The link ended by itself; the message says how, for the listener."""


class Failure(Enum):
    """What can go wrong with an attempt to hear a strap."""

    NOT_SEEN = auto()
    """No strap was seen in the time of a scan."""
    LOST = auto()
    """It was heard, and the link ended."""
    REFUSED = auto()
    """It gives nothing until somebody does something."""
    UNREACHED = auto()
    """It was seen, and could not be heard."""
    BLUETOOTH = auto()
    """This computer's Bluetooth is to blame."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds between the starts of two attempts: first, doubled by each failure in a row, and at most."""

    first_s: float
    most_s: float

    def before(self, failures: int) -> float:
        """The pause after so many failures in a row, 1 or more, shortened at random by up to a half.

        Two programs that want one strap do not run into each other for ever.
        """
        return min(self.most_s, self.first_s * 2.0 ** min(failures - 1, 16)) * random.uniform(0.5, 1.0)


PAUSES: dict[Failure, Pause] = {
    Failure.NOT_SEEN: Pause(0.5, 0.5),  # the scan was pause enough
    Failure.LOST: Pause(0.5, 0.5),
    Failure.REFUSED: Pause(2.0, 10.0),
    Failure.UNREACHED: Pause(1.0, 10.0),
    Failure.BLUETOOTH: Pause(1.0, 10.0),
}
"""Own choice: whatever is mended is tried within ten seconds."""


def failure_of(error: Exception | None, heard: bool) -> Failure:
    """The kind of an attempt that ended with `error`, or without a strap; `heard`: after beats had come."""
    if error is None:
        return Failure.NOT_SEEN
    if trouble_of(error) is not None:
        return Failure.BLUETOOTH
    if isinstance(error, RefusedError):
        return Failure.REFUSED
    return Failure.LOST if heard else Failure.UNREACHED

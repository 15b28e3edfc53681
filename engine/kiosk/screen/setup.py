"""Setup: where the screen's page is to be, and what stands on it, as lines for the process that serves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.kiosk.config import Display, Kiosk
from engine.kiosk.orders import Shown

SETUP, SHOWN = "setup", "shown"
"""Keys of lines."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the process needs to know of the kiosk's file."""

    display: Display

    @property
    def wanted(self) -> bool:
        """Whether the file asks for a page."""
        return self.display.port > 0

    def line(self) -> Mapping[str, Any]:
        """As it goes through the pipe."""
        return {SETUP: asdict(self.display)}


def setup_of(kiosk: Kiosk) -> Setup:
    """The part of a kiosk's file that concerns its screen."""
    return Setup(kiosk.display)


def setup_read(line: Mapping[str, Any]) -> Setup:
    """The setup of a line."""
    return Setup(Display(**line[SETUP]))


def shown_line(shown: Shown | None) -> Mapping[str, Any]:
    """What stands on the screen; None for nothing."""
    return {SHOWN: None if shown is None else asdict(shown)}


def shown_read(line: Mapping[str, Any]) -> Shown | None:
    """What a line says of it."""
    read = line[SHOWN]
    return None if read is None else Shown(**read)

"""Topics: where a kiosk's words stand on a broker, and how long each may be."""

from __future__ import annotations

from dataclasses import dataclass

from engine.kiosk.config import Kiosk

ONLINE, OFFLINE = b"online", b"offline"
"""Home Assistant's own words for `availability`."""

LARGEST_COMMAND = 256
"""Bytes of a command; the longest that means something has about 110 (own choice)."""

LARGEST_DOCUMENT = 4096
"""Bytes of a state, a health or a list of alerts; each has some 300, all alerts 1,500 (own choice)."""

LARGEST_DISCOVERY = 8192
"""Bytes of what Home Assistant is told once; about 4,500 (own choice)."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one kiosk.

    root        what they begin with, as in `calando`; four levels at most
    device      the kiosk's name among others, letters, digits, - and _
    discovery   what Home Assistant's topics begin with
    """

    root: str
    device: str
    discovery: str

    def _under(self, name: str) -> str:
        return f"{self.root}/{self.device}/{name}"

    @property
    def availability(self) -> str:
        """`online` or `offline`, retained; `offline` is the last will too."""
        return self._under("availability")

    @property
    def state(self) -> str:
        """What it does, told when it changes; retained."""
        return self._under("state")

    @property
    def health(self) -> str:
        """How it is, told twice a minute; retained."""
        return self._under("health")

    @property
    def alerts(self) -> str:
        """What asks for somebody, told when it changes; retained."""
        return self._under("alerts")

    @property
    def light(self) -> str:
        """What a lamp beside it shows, told when it changes; retained."""
        return self._under("light")

    @property
    def command(self) -> str:
        """What it is asked; never retained."""
        return self._under("command")

    @property
    def answer(self) -> str:
        """What came of a command; never retained."""
        return self._under("answer")

    @property
    def config(self) -> str:
        """Home Assistant's discovery of the whole device; retained."""
        return f"{self.discovery}/device/calando_{self.device}/config"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has come."""
        return f"{self.discovery}/status"


def topics_of(kiosk: Kiosk) -> Topics:
    """The topics of the kiosk of this file; its name is its device where the file names none."""
    return Topics(kiosk.mqtt.topic, kiosk.mqtt.device or kiosk.name, kiosk.mqtt.discovery)

"""Sockets: where a sound card is plugged in, which tells cards of one name apart and outlives their numbers.

Linux counts cards as they come. The way from the computer's bus to the card is another matter: it is the same
after each start, as long as the card stays in its socket.
"""

from __future__ import annotations

import re
from pathlib import Path

CARDS = Path("/sys/class/sound")

_NUMBER = re.compile(r" \(hw:(\d+),\d+\)$")
"""How PortAudio ends the names of ALSA's cards (pa_linux_alsa.c)."""

_BUS, _PORTS = re.compile(r"usb\d+"), re.compile(r"\d+-([\d.]+)")
"""Names of a USB bus, which is counted as it comes, and of a device at its ports, in sysfs (kernel,
Documentation/ABI/stable/sysfs-bus-usb)."""


def bare(name: str) -> str:
    """A device's name without its card's number: what two cards of one kind share."""
    return _NUMBER.sub("", name)


def socket_of(name: str, cards: Path = CARDS) -> str:
    """Of a device, by the name that PortAudio lists: the controller, and the ports that lead from it, as
    `0000:00:14.0/1.2` or `xhci-hcd.0/2`; the address of a card that sits on a bus. Empty where none is known.
    """
    number = _NUMBER.search(name)
    card = cards / f"card{number[1]}" if number else None
    if card is None or not card.exists():
        return ""
    way = card.resolve().parent.parent.parts  # before sound/cardN
    ports = [found[1] for part in way if (found := _PORTS.fullmatch(part))]
    buses = [at for at, part in enumerate(way) if _BUS.fullmatch(part)]
    return f"{way[buses[0] - 1]}/{ports[-1]}" if ports and buses else way[-1]

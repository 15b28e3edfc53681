"""Two sound cards of one name are told apart by their sockets, however they are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.device import UnknownDeviceError, listing, sockets
from engine.kiosk.checking import twins

ANALOG = "HDA Intel PCH: ALC257 Analog"
USB = "USB Audio Device: -"
LEFT, RIGHT = "0000:00:14.0/1.2", "0000:00:14.0/2"
PLACES = {
    ANALOG: "pci0000:00/0000:00:1f.3",
    LEFT: "pci0000:00/0000:00:14.0/usb{bus}/{bus}-1/{bus}-1.2/{bus}-1.2:1.0",
    RIGHT: "pci0000:00/0000:00:14.0/usb{bus}/{bus}-2/{bus}-2:1.0",
}


class Machine:
    """What PortAudio lists where these cards were counted in this order, and the kernel's files of them."""

    PortAudioError = RuntimeError

    def __init__(self, folder: Path, order: list[str], bus: int) -> None:
        self.names: list[str] = []
        (folder / "class").mkdir(parents=True)
        for number, which in enumerate(order):
            card = folder / "devices" / PLACES[which].format(bus=bus) / "sound" / f"card{number}"
            card.mkdir(parents=True)
            (folder / "class" / f"card{number}").symlink_to(card)
            self.names.append(f"{USB if which in (LEFT, RIGHT) else ANALOG} (hw:{number},0)")
        self.names += ["sysdefault", "default"]

    def query_devices(self, kind: str = "") -> Any:
        rows = [
            {"name": name, "index": at, "hostapi": 0, "max_output_channels": 2, "default_samplerate": 48e3}
            for at, name in enumerate(self.names)
        ]
        return rows[-1] if kind else rows

    def query_hostapis(self) -> Any:
        return [{"name": "ALSA"}]

    def check_output_settings(self, **_asked: object) -> None:
        """All is taken."""


@pytest.mark.parametrize("order", [[ANALOG, LEFT, RIGHT], [RIGHT, ANALOG, LEFT], [LEFT, RIGHT, ANALOG]])
@pytest.mark.parametrize("bus", [1, 3])
def test_a_card_is_the_same_by_its_socket_however_it_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: list[str], bus: int
) -> None:
    machine = Machine(tmp_path, order, bus)
    monkeypatch.setattr(sockets.socket_of, "__defaults__", (tmp_path / "class",))

    def number(name: str | None) -> str:
        found = listing.find(machine, name)
        return order[found.index] if found.index < len(order) else found.name

    assert number(None) == "default"
    assert number("hda intel") == ANALOG
    assert number(f"USB Audio @ {LEFT}") == LEFT
    assert number(f"usb audio @ {RIGHT}") == RIGHT
    assert number("USB Audio") == LEFT, "whichever is counted first"
    found = listing.find(machine, "USB Audio")
    assert sorted(found.there) == sorted(
        [f"{ANALOG} @ 0000:00:1f.3", f"{USB} @ {LEFT}", f"{USB} @ {RIGHT}", "sysdefault", "default"]
    )
    [said] = twins(found)
    written = said.partition("sound.device = ")[2].split("'")[1]
    assert number(written) in (LEFT, RIGHT)
    assert not twins(listing.find(machine, "hda"))
    with pytest.raises(UnknownDeviceError, match=f"@ {LEFT}.*@ {RIGHT}"):
        listing.find(machine, "USB Audio @ 0000:00:14.0/4")

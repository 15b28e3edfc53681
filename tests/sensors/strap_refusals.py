"""How straps refuse: each way with the words that must be told about it, for tests and the benchmark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.sensors.fake_strap import (
    HEART_RATE,
    HEART_RATE_MEASUREMENT,
    BlueZError,
    Characteristic,
    FakeStrap,
    uuid16,
)


@dataclass(frozen=True)
class Refusal:
    """`makes` puts a strap into the state; `said` and `mend` are parts of the two sentences about it."""

    name: str
    makes: Callable[[FakeStrap], object]
    said: str
    mend: str


def _notify(name: str, error: str, text: str, said: str, mend: str) -> Refusal:
    return Refusal(
        name, lambda strap: strap.refuse_beats(BlueZError(f"org.bluez.Error.{error}", text)), said, mend
    )


def _connect(name: str, error: str, text: str, said: str, mend: str) -> Refusal:
    def makes(strap: FakeStrap) -> None:
        strap.connect_script = [(f"org.bluez.Error.{error}", text)] * 50

    return Refusal(name, makes, said, mend)


def _no_heart_rate(strap: FakeStrap) -> None:
    strap.table[0] = Characteristic(HEART_RATE, uuid16(0x2A38), ("read",))


def _both_refuse(strap: FakeStrap) -> None:
    add_heart_rate(strap)
    for which in (0, 1):
        strap.refuse_beats(BlueZError("org.bluez.Error.NotPermitted", "Not paired"), which)


def add_heart_rate(strap: FakeStrap) -> None:
    """A second heart rate measurement, in a service of the maker's own."""
    strap.table.append(Characteristic(uuid16(0xFEE0), HEART_RATE_MEASUREMENT, ("notify",)))


PAIR, WEAR, FREE = "Pair it once", "Take it off", "Close other apps"

REFUSALS: tuple[Refusal, ...] = (
    _notify("not paired", "NotPermitted", "Not paired", "wants to be paired", PAIR),
    _notify("not authorized", "NotAuthorized", "Not authorized", "wants to be paired", PAIR),
    _notify("weak encryption", "Failed", "Operation failed with ATT error: 0x0f", "wants to be paired", PAIR),
    _notify("not permitted", "NotPermitted", "Write not permitted", "does not send it", WEAR),
    _notify("not supported", "NotSupported", "Operation is not supported", "does not send it", WEAR),
    _notify("in progress", "InProgress", "Operation already in progress", "held by another program", FREE),
    _notify("no resources", "Failed", "Operation failed with ATT error: 0x11", "no room", FREE),
    _notify("not connected", "Failed", "Not connected", "let go of the connection", "come nearer"),
    _notify("unlikely", "Failed", "Operation failed with ATT error: 0x0e", "refuses to send", WEAR),
    _notify("nothing said", "Failed", "", "refuses to send", WEAR),
    Refusal("never answered", FakeStrap.refuse_beats, "does not answer when it is asked", WEAR),
    Refusal("both refuse", _both_refuse, "wants to be paired", PAIR),
    Refusal("no heart rate", _no_heart_rate, "is no heart rate strap", "Use a strap with"),
    _connect("refused", "Failed", "le-connection-refused", "cannot be connected to", "close other"),
    _connect("pairing rejected", "AuthenticationRejected", "Rejected", "wants to be paired", PAIR),
)  # fmt: skip


@dataclass(frozen=True)
class Given:
    """A strap that gives something, though not as most do. `packet` makes its notification number k."""

    name: str
    packet: Callable[[int], bytes]
    makes: Callable[[FakeStrap], object] = lambda _strap: None
    which: int = 0
    """Which of its heart rates tells."""
    moves: bool = False
    """Comes back under another address in mid-sitting."""
    beats: bool = True
    """Each packet holds one; else it is a rate and nothing more, which doctor and scan must say."""

    @property
    def scan(self) -> str:
        return "Ready." if self.beats else "Sends a heart rate only"


def _packet(*slots: int) -> bytes:
    return b"\x10\x43" + b"".join(slot.to_bytes(2, "little") for slot in slots)


def _beat(k: int) -> bytes:
    return _packet(300 + k)


def _two_batteries(strap: FakeStrap) -> None:
    strap.table.append(Characteristic(uuid16(0x180F), uuid16(0x2A19), ("read",), lambda: b"\x50"))


def _hostile(strap: FakeStrap) -> None:
    strap.name = "HRM[/]\x1b[31m\u202e"


GIVEN: tuple[Given, ...] = (
    Given("as most", _beat),
    Given("two heart rates", _beat, add_heart_rate, which=1),
    Given("two batteries", _beat, _two_batteries),
    Given("a name with markup", _beat, _hostile),
    Given("a new address", _beat, moves=True),
    Given("unused slots", lambda k: _packet(300 + k, 0, 0, 0)),
    Given("slots of zero", lambda k: _packet(*[0] * (1 + k % 5)), beats=False),
    Given("fillers", lambda _: _packet(0xFFFF, 0xFFFF), beats=False),
    Given("a rate alone", lambda _: b"\x00\x43", beats=False),
)

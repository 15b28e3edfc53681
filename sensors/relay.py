"""Relay: a strap that another device hears, a tablet beside the listener, and passes on packet by packet.

What comes in is the notification as the strap sent it (characteristic 0x2A37) with the other device's own
monotonic time. The way here takes now longer, now shorter; by those stamps each packet keeps its own moment.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from sensors.beat import BadPacket, Link, LinkChange, Measurement
from sensors.heart_rate_service import HeartRateServiceError, decode_measurement
from sensors.latency import latency_of
from sensors.plain_text import plain
from sensors.strap_clock import StrapClock
from sensors.threaded import Threaded

LARGEST = 65_536
"""Bytes of what comes at a time."""

SILENCE_S = 8.0
"""No packet for so long: nothing is passed on any more (as sensors.linked_strap has it)."""

LOOK_S = 0.5
"""Between two looks whether it has fallen silent (own choice)."""

WAITING = "Waiting for a strap that a tablet passes on; touch 'Strap of this device' on its page."
SILENT = "The tablet passes nothing on any more: keep its page open and the strap on."


@dataclass(frozen=True, slots=True)
class Passed:
    """Notifications on their way."""

    by: str
    """Which link of which device passes them on; a new one for every connection to a strap."""
    strap: str
    """What the strap is called there."""
    packets: Sequence[tuple[float, str]]
    """When each came there, in seconds of that device's monotonic clock, and its bytes, hexadecimal."""


def pass_on(path: Path, passed: Passed) -> None:
    """Hand them to the sensor that listens at `path`. Raises OSError where none does, or it is asleep."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.setblocking(False)
        way.sendto(json.dumps(asdict(passed)).encode(), str(path))


class Relay(Threaded):
    """`relay:PATH`: a `sensors.sensor.Sensor` that hears at a Unix socket where only this user may write.

    One link is heard at a time; another may follow when it has been silent for SILENCE_S.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._start_anew()

    def _start_anew(self) -> None:
        self._arrivals.clear()
        self._by: str = ""
        self._strap: str = ""
        self._stamp_s = float("-inf")
        self._clock = StrapClock()
        self._link: Link | None = None
        self._heard_s = time.monotonic()

    @property
    def label(self) -> str:
        return f"{self._strap} by a tablet" if self._strap else "strap by a tablet"

    @property
    def latency_s(self) -> float:
        return latency_of(self._strap)

    def open(self) -> None:
        """Start listening. Does nothing when already open. Raises OSError where there can be no socket."""
        if self._thread is not None:
            return
        self._start_anew()
        self._say(self._heard_s, Link.SEARCHING, WAITING)
        hearing = self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        hearing.settimeout(LOOK_S)
        with suppress(FileNotFoundError):  # of one that was killed
            self._path.unlink()
        hearing.bind(str(self._path))
        os.chmod(self._path, 0o600)  # noqa: PTH101 - Path.chmod follows no socket on every system
        self._thread = threading.Thread(target=self._listen, args=(hearing,), name="relay", daemon=True)
        self._thread.start()

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None and self._socket is not None:
            with suppress(FileNotFoundError):
                self._path.unlink()
            thread.join()
            self._socket.close()

    # --- in the thread ---

    def _listen(self, hearing: socket.socket) -> None:
        while self._thread is not None:
            try:
                self.take(hearing.recv(LARGEST), time.monotonic())
            except TimeoutError:
                pass
            except OSError:
                return
            if self._link not in (None, Link.SEARCHING) and time.monotonic() - self._heard_s > SILENCE_S:
                self._say(time.monotonic(), Link.RECONNECTING, SILENT)

    def take(self, datagram: bytes, now_s: float) -> None:
        """What has come by `now_s` of time.monotonic(); called in the link's thread, or by a test."""
        try:
            told: dict[str, Any] = json.loads(datagram)
            by, strap = str(told["by"]), str(told["strap"])
            packets = [(float(at_s), bytes.fromhex(raw)) for at_s, raw in told["packets"]]
        except (ValueError, TypeError, KeyError):
            self._arrivals.put(BadPacket(now_s, datagram[:200], "not a packet that was passed on"))
            return
        if by != self._by:
            if self._by and now_s - self._heard_s < SILENCE_S:
                return  # somebody else's strap, while this one is heard
            self._by, self._strap, self._stamp_s = by, plain(strap), float("-inf")
            self._clock = StrapClock()
        # Sent again, where the first answer was lost, they are heard once.
        new = [(at_s, raw) for at_s, raw in packets if isfinite(at_s) and at_s > self._stamp_s]
        if not new:
            return
        self._stamp_s, self._heard_s = max(at_s for at_s, _ in new), now_s
        ahead_s = self._clock.ours_s(self._stamp_s, now_s)
        for at_s, raw in sorted(new):
            self._hear(at_s + ahead_s, raw)

    def _hear(self, arrival_s: float, raw: bytes) -> None:
        try:
            value = decode_measurement(raw)
        except HeartRateServiceError as error:
            self._arrivals.put(BadPacket(arrival_s, raw, str(error)))
            return
        self._arrivals.put(
            Measurement(arrival_s, value.bpm, value.rr_ticks, value.contact, value.energy_kj, raw)
        )
        if value.contact is False:
            self._say(
                arrival_s, Link.NO_CONTACT, f"{self.label} does not feel your skin: wet the electrodes."
            )
        elif value.bpm:
            self._say(arrival_s, Link.LIVE, f"Hearing {self.label}.")

    def _say(self, at_s: float, link: Link, words: str) -> None:
        if link is not self._link:
            self._link = link
            self._arrivals.put(LinkChange(at_s, link, words))

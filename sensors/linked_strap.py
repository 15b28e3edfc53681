"""The link to one strap: find it, listen to it, and find it again, for ever, in a thread of its own.

Every attempt runs in a fresh event loop, so that nothing of a failed one is carried over: bleak keeps a
picture of BlueZ for each loop, and after bluetoothd or the bus died that picture is wrong, or locked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from bleak import BleakClient

from sensors.beat import BadPacket, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.bluetooth import trouble_of
from sensors.connection import (
    CONNECT_S,
    LET_GO_S,
    VERSION_CHECK_S,
    StrapInfo,
    connect,
    let_go,
    read_info,
)
from sensors.scan import SETTLE_S, Sighting, Wanted, advertising_straps, held_straps

# Times in seconds, all our own choice. A strap that can be heard again must be live within 15 s even when
# that moment falls just after the start of a connection that hangs: 9 + 3 + a scan and a connection.
SCAN_S = 6.0
SUBSCRIBE_S = 5.0
SILENCE_S = 8.0
"""No notification for so long: the link is dead, whatever Bluetooth says (straps send about one a second)."""
BEATLESS_S = 5.0
"""Packets but no heartbeat in them for so long: the strap has come off or is dry."""
ECHO_S, HELD_ECHO_S = 0.03, 0.2
"""The same bytes twice within this time are one notification: BlueZ sends a copy for every program that
listens to the strap, and all of them arrive everywhere. Copies are sent at once, but a busy computer may
deliver them apart, so more time is allowed where a copy is likely: where another program held the strap."""
PAUSE_MIN_S, PAUSE_MAX_S, DOUBLINGS = 0.5, 10.0, 5
"""Between the starts of two attempts: doubled by each failure in a row, so many times."""
PATIENCE_S = 20.0
"""After so long without a strap the words tell what else may hold it."""
LOW_BATTERY_PERCENT = 10

_log = logging.getLogger(__name__)


class LinkLostError(Exception):
    """The link ended by itself; the message says how, for the listener."""


class LinkedStrap(ABC):
    """A `sensors.sensor.Sensor` over Bluetooth; what is listened to and how it reads is the subclass's.

    Asked for no strap in particular it takes the strongest, and once heard keeps to it until `close`: it
    never goes over to somebody else's in the middle of a sitting.
    """

    first_packet_s = SILENCE_S
    """How long the first packet may take before the link counts as dead."""

    def __init__(self, address: str | None = None, name: str | None = None) -> None:
        self._asked_for = Wanted(address, name)
        self._label = "strap"
        self._info = StrapInfo()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._attempt: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None
        self._generation = 0
        self._start_anew()

    def _start_anew(self) -> None:
        self._wanted = self._asked_for
        self._queue: deque[SensorEvent] = deque()  # times by time.monotonic() until polled
        self._last_arrival_s = float("-inf")
        self._link: Link | None = None
        self._words = ""
        self._mute: set[str] = set()  # addresses that gave no beat when last tried
        self._ever_live = False
        self._beat_heard = False  # in this attempt
        self._searching_since_s = self._packet_s = self._beat_s = time.monotonic()
        self._packet: bytes | None = None

    @abstractmethod
    async def _listen(self, client: BleakClient, on_packet: Callable[[bytes], None]) -> None:
        """Ask the strap, just connected, for its packets."""

    @abstractmethod
    def _read(self, arrival_s: float, raw: bytes) -> Iterable[SensorEvent]:
        """The events in one packet, times by time.monotonic(). Raises nothing."""

    async def _leave(self, client: BleakClient) -> None:  # noqa: B027 - not every strap needs it
        """Tell the strap that it may stop sending; called while still connected."""

    def _prepare(self) -> None:  # noqa: B027 - not every strap needs it
        """What takes long and is needed before the first packet; runs once, in the link's thread.

        What it raises is told to the listener, and ends the matter.
        """

    @property
    def label(self) -> str:
        return self._label

    @property
    def latency_s(self) -> float:
        """0 where the strap times its beats itself."""
        return 0.0

    @property
    def info(self) -> StrapInfo:
        """Make and battery, known once the strap was connected."""
        return self._info

    @property
    def simulated(self) -> bool:
        return False

    def open(self) -> None:
        """Start looking. Does nothing when already open."""
        if self._thread is None:
            self._start_anew()
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._stop,), name="strap", daemon=True)
            self._thread.start()

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        shift_s = now_s - time.monotonic()
        events: list[SensorEvent] = []
        while self._queue:
            event = self._queue.popleft()
            # Engine time ticks in audio periods, so its distance to the monotonic clock wobbles a little.
            arrival_s = min(max(event.arrival_s + shift_s, self._last_arrival_s), now_s)
            self._last_arrival_s = arrival_s
            match event:
                case TimedBeat():
                    events.append(replace(event, arrival_s=arrival_s, t_s=event.t_s + shift_s))
                case _:
                    events.append(replace(event, arrival_s=arrival_s))
        return events

    def hear(  # noqa: B027 - nothing to do is the whole of it
        self, now_s: float, tempo_bpm: float, breath_per_min: float | None
    ) -> None:
        """A real heart hears the music by itself."""

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stop.set()
        if attempt := self._attempt:
            loop, task = attempt
            with contextlib.suppress(RuntimeError):  # the attempt has just ended by itself
                loop.call_soon_threadsafe(task.cancel)
        thread.join(VERSION_CHECK_S + 2 * LET_GO_S)

    def _run(self, stop: threading.Event) -> None:
        try:
            self._prepare()
        except Exception as error:
            self._say(Link.UNAVAILABLE, str(error))
            return
        failures = 0
        while not stop.is_set():
            began_s = time.monotonic()
            self._beat_heard = False
            try:
                asyncio.run(self._attempt_once(stop))
                failures = 0
            except asyncio.CancelledError:
                break
            except Exception as error:  # whatever the radio does, the listener's strap is looked for again
                _log.debug("attempt failed", exc_info=True)
                failures = 0 if self._beat_heard else failures + 1
                self._explain(error)
            pause_s = min(PAUSE_MAX_S, PAUSE_MIN_S * 2 ** min(failures, DOUBLINGS)) * random.uniform(0.5, 1.0)
            stop.wait(max(PAUSE_MIN_S / 2, began_s + pause_s - time.monotonic()))

    async def _attempt_once(self, stop: threading.Event) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        loop.set_exception_handler(_log_quietly)
        assert task is not None
        self._attempt = (loop, task)
        if stop.is_set():
            return
        try:
            if sighting := await self._find():
                await self._hold(sighting)
        finally:
            self._attempt = None

    async def _find(self) -> Sighting | None:
        held = await held_straps(self._wanted)
        for sighting in held:
            if sighting.address not in self._mute:
                return sighting
        self._say(Link.RECONNECTING if self._ever_live else Link.SEARCHING, self._searching_words())
        settle_s = SETTLE_S if self._wanted.anyone else 0.0
        found = await advertising_straps(self._wanted, SCAN_S, settle_s) + held
        return min(found, key=lambda sighting: sighting.address in self._mute, default=None)

    async def _hold(self, sighting: Sighting) -> None:
        """Connect, listen until the link ends, and let go. Raises when it ends, however it ends."""
        self._generation += 1
        generation = self._generation
        gone = asyncio.Event()

        def on_packet(raw: bytes) -> None:
            if generation == self._generation:
                self._receive(raw, sighting)

        def on_gone(_client: BleakClient) -> None:
            if generation == self._generation:
                gone.set()

        self._label = sighting.label
        self._mute.add(sighting.address)
        self._say(Link.CONNECTING, f"Connecting to {sighting.label}.")
        client = BleakClient(sighting.device, on_gone, timeout=CONNECT_S)
        try:
            await connect(client)
            gone.clear()  # bleak calls back for every aborted try inside connect()
            if not client.is_connected:
                raise LinkLostError(f"{sighting.label} let go of the connection at once.")
            self._info = await read_info(client)
            self._say(
                Link.WAITING,
                f"Connected to {sighting.label}; waiting for the first beats. "
                "Wear the strap snugly and wet the electrodes.",
            )
            self._packet = None
            self._beat_s = time.monotonic()
            self._packet_s = self._beat_s + self.first_packet_s - SILENCE_S
            async with asyncio.timeout(SUBSCRIBE_S):
                await self._listen(client, on_packet)
            await self._until_quiet(gone, sighting)
        finally:
            self._generation += 1
            await let_go(client, self._leave)

    async def _until_quiet(self, gone: asyncio.Event, sighting: Sighting) -> None:
        while (left_s := self._packet_s + SILENCE_S - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await gone.wait()
                    raise LinkLostError(f"{sighting.label} is out of reach or was taken off.")
        raise LinkLostError(f"{sighting.label} has fallen silent.")

    def _receive(self, raw: bytes, sighting: Sighting) -> None:
        now_s = time.monotonic()
        if raw == self._packet and now_s - self._packet_s < (HELD_ECHO_S if sighting.held else ECHO_S):
            return
        self._packet, self._packet_s = raw, now_s
        for event in self._read(now_s, raw):
            self._queue.append(event)
            match event:
                case Measurement(contact=False):
                    self._say(
                        Link.NO_CONTACT,
                        f"{sighting.label} does not feel your skin: put it on snugly and wet the electrodes.",
                    )
                    self._beat_s = now_s
                case Measurement(bpm=0, rr_ticks=()):
                    pass
                case Measurement() | TimedBeat():
                    self._beat_s = now_s
                    self._beat_heard = self._ever_live = True
                    self._mute.clear()
                    if self._wanted.anyone:
                        self._wanted = Wanted(address=sighting.address)
                    self._say(Link.LIVE, self._live_words(sighting))
                case BadPacket() | LinkChange():
                    pass
        if self._link is Link.LIVE and now_s - self._beat_s > BEATLESS_S:
            self._say(
                Link.NO_CONTACT,
                f"{sighting.label} sends no heartbeat: put it on snugly and wet the electrodes.",
            )

    def _say(self, link: Link, words: str) -> None:
        if link is Link.LIVE:
            self._searching_since_s = time.monotonic()
        if (link, words) != (self._link, self._words):
            self._link, self._words = link, words
            self._queue.append(LinkChange(time.monotonic(), link, words))

    def _searching_words(self) -> str:
        who = self._label if self._ever_live else str(self._wanted)
        if time.monotonic() - self._searching_since_s < PATIENCE_S:
            return f"Looking for {who}. Put it on and wet the electrodes."
        return (
            f"Still looking for {who}. Put it on, wet the electrodes, come nearer, "
            "and close other apps or watches that may hold it."
        )

    def _live_words(self, sighting: Sighting) -> str:
        battery = self._info.battery_percent
        if battery is not None and battery <= LOW_BATTERY_PERCENT:
            return f"Hearing {sighting.label}. Its battery is at {battery} %: change it soon."
        return f"Hearing {sighting.label}."

    def _explain(self, error: Exception) -> None:
        if trouble := trouble_of(error):
            self._say(Link.UNAVAILABLE, str(trouble))
            return
        if isinstance(error, LinkLostError):
            what = str(error)
        elif isinstance(error, TimeoutError):
            what = f"{self._label} does not answer."
        else:
            what = f"Connecting to {self._label} failed ({error})."
        link = Link.RECONNECTING if self._ever_live else Link.SEARCHING
        self._say(link, f"{what} Trying again; keep the strap on and stay near.")


def _log_quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """dbus-fast leaves futures with an EOFError behind when the bus goes away; the loop knows already."""
    _log.debug("%s", context.get("message"), exc_info=context.get("exception"))

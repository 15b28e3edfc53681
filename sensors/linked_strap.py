"""The link to one strap: find it, listen to it, and find it again, for ever.

Its parts: `search` takes a strap, `link_thread` runs one attempt after another with pauses from `retry`,
`echo` drops copies, `threaded` stamps what was heard, `link_words` tells the listener how it stands.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from bleak import BleakClient

from sensors import link_words
from sensors.beat import BadPacket, ChestMotion, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.bluetooth import trouble_of
from sensors.connection import CONNECT_S, LET_GO_S, VERSION_CHECK_S, StrapInfo, connect, let_go, read_info
from sensors.echo import EchoFilter
from sensors.link_thread import LinkThread
from sensors.packet_intervals import used_slots
from sensors.refusal import RefusedError, connection_refusal
from sensors.retry import PAUSES, Failure, LinkLostError, failure_of
from sensors.scan import Sighting, Wanted
from sensors.search import Search
from sensors.threaded import Threaded

# Times in seconds, all our own choice.
ASK_S = 6.0
"""For a strap to take the request for its packets."""
SILENCE_S = 8.0
"""No notification for so long: the link is dead, whatever Bluetooth says (straps send about one a second)."""
BEATLESS_S = 5.0
"""Packets but no heartbeat in them for so long: the strap has come off or is dry."""


class LinkedStrap(Threaded, ABC):
    """A `sensors.sensor.Sensor` over Bluetooth; what is listened to and how it reads is the subclass's."""

    first_packet_s = SILENCE_S
    """How long the first packet may take before the link counts as dead."""

    def __init__(self, address: str | None = None, name: str | None = None) -> None:
        super().__init__()
        self._search = Search(Wanted(address, name))
        self._label = "strap"
        self._info = StrapInfo()
        self._thread: LinkThread | None = None
        self._generation = 0
        self._start_anew()

    def _start_anew(self) -> None:
        self._search.start_anew()
        self._arrivals.clear()
        self._link: Link | None = None
        self._words = ""
        self._tried: Sighting | None = None
        self._ever_live = False
        self._beat_heard = False  # in this attempt
        self._failures: tuple[Failure, int] = (Failure.NOT_SEEN, 0)  # the last kind, and how often in a row
        self._searching_since_s = self._packet_s = self._beat_s = time.monotonic()

    @abstractmethod
    async def _listen(self, client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None]) -> None:
        """Ask the strap, just connected, for its packets. Raises RefusedError where it gives none."""

    @abstractmethod
    def _read(self, arrival_s: float, raw: bytes) -> Iterable[SensorEvent]:
        """The events in one packet, times by time.monotonic(). Raises nothing."""

    async def _leave(self, client: BleakClient) -> None:
        """Tell the strap that it may stop sending; called while still connected."""

    def _prepare(self) -> None:
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

    def open(self) -> None:
        """Start looking. Does nothing when already open."""
        if self._thread is None:
            self._start_anew()
            self._thread = LinkThread(self._prepared, self._attempt_once, self._pause_s)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop(VERSION_CHECK_S + 2 * LET_GO_S)

    # --- in the link's thread ---

    def _prepared(self) -> bool:
        try:
            self._prepare()
        except Exception as error:
            self._say(Link.UNAVAILABLE, str(error))
            return False
        return True

    async def _attempt_once(self) -> None:
        self._beat_heard = False
        if sighting := await self._find():
            await self._hold(sighting)

    def _pause_s(self, error: Exception | None) -> float:
        failure = failure_of(error, self._beat_heard)
        before, count = self._failures
        self._failures = failure, count + 1 if failure is before and not self._beat_heard else 1
        if error is not None:
            self._explain(error)
        return PAUSES[failure].before(self._failures[1])

    async def _find(self) -> Sighting | None:
        if held := await self._search.held():
            return held[0]
        who = self._label if self._ever_live else str(self._search.wanted)
        words = link_words.searching(who, time.monotonic() - self._searching_since_s)
        self._say(Link.RECONNECTING if self._ever_live else Link.SEARCHING, words)
        return await self._search.seen()

    async def _hold(self, sighting: Sighting) -> None:
        """Connect, listen until the link ends, and let go. Raises when it ends, however it ends."""
        self._generation += 1
        generation = self._generation
        gone = asyncio.Event()
        echo = EchoFilter(sighting.held)

        def on_packet(raw: bytes) -> None:
            if generation == self._generation and not echo.echoes(time.monotonic(), raw):
                self._receive(raw, sighting)

        def on_gone(_client: BleakClient) -> None:
            if generation == self._generation:
                gone.set()

        self._label = label = sighting.label
        self._tried = sighting
        self._search.tried(sighting)
        self._say(Link.CONNECTING, link_words.connecting(label))
        client = BleakClient(sighting.device, on_gone, timeout=CONNECT_S)
        try:
            await connect(client)
            gone.clear()  # bleak calls back for every aborted try inside connect()
            if not client.is_connected:
                raise LinkLostError(link_words.let_go_at_once(label))
            self._info = await read_info(client)
            self._say(Link.WAITING, link_words.waiting(label))
            self._beat_s = time.monotonic()
            self._packet_s = self._beat_s + self.first_packet_s - SILENCE_S
            async with asyncio.timeout(ASK_S):
                await self._listen(client, sighting, on_packet)
            await self._until_quiet(gone, label)
        finally:
            self._generation += 1
            await let_go(client, self._leave)

    async def _until_quiet(self, gone: asyncio.Event, label: str) -> None:
        while (left_s := self._packet_s + SILENCE_S - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await gone.wait()
                    raise LinkLostError(link_words.out_of_reach(label))
        raise LinkLostError(link_words.silent(label))

    def _receive(self, raw: bytes, sighting: Sighting) -> None:
        now_s = self._packet_s = time.monotonic()
        for event in self._read(now_s, raw):
            self._arrivals.put(event)
            match event:
                case Measurement(contact=False):
                    self._say(Link.NO_CONTACT, link_words.no_skin(sighting.label))
                    self._beat_s = now_s
                case Measurement() if not (event.bpm or used_slots(event.rr_ticks)):
                    pass
                case Measurement() | TimedBeat():
                    self._beat_s = now_s
                    self._beat_heard = self._ever_live = True
                    self._search.heard(sighting)
                    self._say(Link.LIVE, link_words.hearing(sighting.label, self._info))
                case ChestMotion() | BadPacket() | LinkChange():
                    pass
        if self._link is Link.LIVE and now_s - self._beat_s > BEATLESS_S:
            self._say(Link.NO_CONTACT, link_words.no_heartbeat(sighting.label))

    def _say(self, link: Link, words: str) -> None:
        if link is Link.LIVE:
            self._searching_since_s = time.monotonic()
        if (link, words) != (self._link, self._words):
            self._link, self._words = link, words
            self._arrivals.put(LinkChange(time.monotonic(), link, words))

    def _explain(self, error: Exception) -> None:
        if trouble := trouble_of(error):
            self._say(Link.UNAVAILABLE, str(trouble))
            return
        link = Link.RECONNECTING if self._ever_live else Link.SEARCHING
        if isinstance(error, RefusedError):
            self._say(link, str(error))
            return
        if isinstance(error, LinkLostError) or self._tried is None:
            self._say(link, link_words.trying_again(str(error)))
        else:
            self._say(link, str(connection_refusal(error, self._tried)))

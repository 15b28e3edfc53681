"""A Movesense sensor's raw ECG and acceleration, over its GATT sensor data protocol.

As of a Polar strap (sensors.polar): every beat is timed to a sample, and the chest is heard breathing.
Written from public documents, tried against a stand-in, and so far on no real sensor; `ble` hears it too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from enum import IntEnum

from bleak import BleakClient
from bleak.exc import BleakError

from sensors.acc_chest import AccChest
from sensors.beat import BadPacket, SensorEvent
from sensors.bluetooth import Trouble
from sensors.connection import characteristics, passing_bytes
from sensors.ecg_beats import EcgBeats, PeakFinder
from sensors.gsp import (
    ACC_PATH,
    ACC_RATE_HZ,
    ECG_PATH,
    ECG_RATE_HZ,
    GSP_COMMANDS,
    GSP_DATA,
    REFUSED_FROM,
    Answer,
    Frame,
    GspError,
    decode,
    decode_acc,
    decode_ecg,
    subscribe_command,
    unsubscribe_command,
)
from sensors.linked_strap import LinkedStrap
from sensors.refusal import RefusedError, about, refusal_of
from sensors.scan import Sighting
from sensors.strap_clock import StrapClock

NO_SERVICE = Trouble(
    "{label} has no sensor data service.", "Its firmware must be 2.3 or newer; or use it as `ble`."
)
NOT_NOW = Trouble(
    "{label} does not give its ECG: it answers {detail}.",
    "Take it off its studs and on again, or use it as `ble`.",
)


class Stream(IntEnum):
    """References of the two streams, which are ours to choose."""

    ECG = 1
    ACC = 2


ANSWER_S = 2.0
"""For an answer, or the first frame: some firmware sends frames at once and never an answer. Own choice."""


class MovesenseStrap(LinkedStrap):
    """`movesense:ADDRESS`: beats found in the ECG of a Movesense sensor."""

    def __init__(self, address: str | None = None) -> None:
        super().__init__(address)
        self._find_peaks: PeakFinder | None = None
        self._beats: EcgBeats | None = None
        self._chest: AccChest | None = None
        self._answers: asyncio.Queue[Answer] = asyncio.Queue()

    def _prepare(self) -> None:
        from sensors.peaks import r_peaks

        self._find_peaks = r_peaks

    async def _listen(self, client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None]) -> None:
        assert self._find_peaks is not None
        clock = StrapClock()
        self._beats = EcgBeats(self._find_peaks, clock, ECG_RATE_HZ)
        self._chest = AccChest(clock, ACC_RATE_HZ)
        self._answers = asyncio.Queue()
        try:
            await self._start(client, strap, on_packet)
        except BleakError as error:
            raise RefusedError(refusal_of(error, strap)) from error

    async def _start(self, client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None]) -> None:
        if not characteristics(client, GSP_COMMANDS):
            raise RefusedError(about(NO_SERVICE, strap))
        await client.start_notify(GSP_DATA, passing_bytes(on_packet))
        if status := await self._refused(client, Stream.ECG, ECG_PATH):
            raise RefusedError(about(NOT_NOW, strap, f"{status}"))
        if await self._refused(client, Stream.ACC, ACC_PATH):
            self._chest = None

    async def _refused(self, client: BleakClient, reference: int, path: str) -> int | None:
        """The status of the refusal; None where the stream is given."""
        await client.write_gatt_char(GSP_COMMANDS, subscribe_command(reference, path), response=True)
        try:
            async with asyncio.timeout(ANSWER_S):
                while (answer := await self._answers.get()).reference != reference:
                    pass
        except TimeoutError:
            return None  # frames that never come are told as silence
        return answer.status if answer.status >= REFUSED_FROM else None

    async def _leave(self, client: BleakClient) -> None:
        for reference in (Stream.ECG,) if self._chest is None else Stream:
            await client.write_gatt_char(GSP_COMMANDS, unsubscribe_command(reference), response=True)

    def _read(self, arrival_s: float, raw: bytes) -> Iterable[SensorEvent]:
        try:
            told = decode(raw)
            if isinstance(told, Answer):
                self._answers.put_nowait(told)
                return ()
            return self._frame(arrival_s, told)
        except GspError as error:
            return (BadPacket(arrival_s, raw, str(error)),)

    def _frame(self, arrival_s: float, frame: Frame) -> Iterable[SensorEvent]:
        match frame.reference:
            case Stream.ECG if self._beats is not None:
                return self._beats.take(decode_ecg(frame.payload), arrival_s)
            case Stream.ACC if self._chest is not None:
                return self._chest.take(decode_acc(frame.payload), arrival_s)
            case _:
                return ()

"""A Polar strap's raw ECG and acceleration, over its measurement data service (PMD).

Every beat is timed to a sample, and the chest is heard breathing; a strap that gives no acceleration gives
its beats all the same.

It costs battery, and on some systems pairing and dropped links; `ble` needs none of these. The stream is
stopped before the link is let go: one that goes on keeps the strap switched on until its battery is empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from bleak import BleakClient
from bleak.exc import BleakError

from sensors.acc_chest import AccChest
from sensors.beat import BadPacket, SensorEvent
from sensors.bluetooth import Trouble
from sensors.connection import characteristics, passing_bytes
from sensors.ecg_beats import EcgBeats, PeakFinder
from sensors.linked_strap import LinkedStrap
from sensors.pmd import (
    PMD_CONTROL,
    PMD_DATA,
    AccFrame,
    EcgFrame,
    PmdError,
    Response,
    Setting,
    Stream,
    decode_features,
    decode_frame,
    decode_response,
    decode_settings,
    settings_command,
    start_command,
    stop_command,
)
from sensors.refusal import RefusedError, about, refusal_of
from sensors.scan import Sighting
from sensors.strap_clock import StrapClock

NO_ECG = Trouble("{label} sends no raw ECG.", "It sends its beats all the same: use it as `ble`.")
NOT_NOW = Trouble("{label} does not give its ECG: {detail}.", "Mend that, or use it as `ble`.")


CHEST_HZ = 25
"""The lowest rate that straps offer is plenty for a breath, and saves the battery."""


class PolarStrap(LinkedStrap):
    """`polar:ADDRESS`: beats found in the ECG of a Polar H10 or a relation of it."""

    first_packet_s = 35.0  # the stream has been seen to start 30 s late (polar-ble-sdk #414)

    def __init__(self, address: str | None = None) -> None:
        super().__init__(address)
        self._find_peaks: PeakFinder | None = None
        self._beats: EcgBeats | None = None
        self._chest: AccChest | None = None

    def _prepare(self) -> None:
        from sensors.peaks import r_peaks

        self._find_peaks = r_peaks

    async def _listen(self, client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None]) -> None:
        assert self._find_peaks is not None
        clock = StrapClock()
        self._beats, self._chest = EcgBeats(self._find_peaks, clock), None
        try:
            await self._start(client, strap, on_packet, clock)
        except BleakError as error:
            raise RefusedError(refusal_of(error, strap)) from error

    async def _start(
        self, client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None], clock: StrapClock
    ) -> None:
        if not characteristics(client, PMD_CONTROL):
            raise RefusedError(about(NO_ECG, strap))
        features = decode_features(bytes(await client.read_gatt_char(PMD_CONTROL)))
        if Stream.ECG not in features:
            raise RefusedError(about(NO_ECG, strap))
        answers: asyncio.Queue[bytes] = asyncio.Queue()

        async def ask(command: bytes) -> Response:
            await client.write_gatt_char(PMD_CONTROL, command, response=True)
            return decode_response(await answers.get())

        async def granted(command: bytes) -> Response:
            response = await ask(command)
            if not response.accepted:
                raise RefusedError(about(NOT_NOW, strap, response.words))
            return response

        await client.start_notify(PMD_CONTROL, passing_bytes(answers.put_nowait))
        await client.start_notify(PMD_DATA, passing_bytes(on_packet))
        offered = decode_settings((await granted(settings_command(Stream.ECG))).parameters)
        finest = {setting: max(values) for setting, values in offered.items()}
        await granted(start_command(Stream.ECG, finest))
        if Stream.ACC in features:
            chosen = _chest_settings((await ask(settings_command(Stream.ACC))).parameters)
            self._chest = AccChest(clock, chosen.get(Setting.RATE_HZ, CHEST_HZ))
            if not (await ask(start_command(Stream.ACC, chosen))).accepted:
                self._chest = None

    async def _leave(self, client: BleakClient) -> None:
        streams = (Stream.ECG,) if self._chest is None else (Stream.ECG, Stream.ACC)
        for stream in streams:
            await client.write_gatt_char(PMD_CONTROL, stop_command(stream), response=True)

    def _read(self, arrival_s: float, raw: bytes) -> Iterable[SensorEvent]:
        try:
            frame = decode_frame(raw)
        except PmdError as error:
            return (BadPacket(arrival_s, raw, str(error)),)
        match frame:
            case EcgFrame() if self._beats is not None:
                return self._beats.take(frame, arrival_s)
            case AccFrame() if self._chest is not None:
                return self._chest.take(frame, arrival_s)
            case _:
                return ()


def _chest_settings(parameters: bytes) -> dict[Setting, int]:
    """The least of every setting that is offered: rate and range, which measures most finely."""
    return {setting: min(values) for setting, values in decode_settings(parameters).items() if values}

"""A Polar strap's raw ECG, over its measurement data service (PMD): every beat timed to a sample.

It costs battery, and on some systems pairing and dropped links; `ble` needs none of these. The stream is
stopped before the link is let go: one that goes on keeps the strap switched on until its battery is empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from bleak import BleakClient
from bleak.exc import BleakError

from sensors.beat import BadPacket, SensorEvent
from sensors.bluetooth import Trouble
from sensors.connection import characteristics, passing_bytes
from sensors.ecg_beats import EcgBeats, PeakFinder
from sensors.linked_strap import LinkedStrap
from sensors.pmd import (
    PMD_CONTROL,
    PMD_DATA,
    EcgFrame,
    PmdError,
    Response,
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

NO_ECG = Trouble("{label} sends no raw ECG.", "It sends its beats all the same: use it as `ble`.")
NOT_NOW = Trouble("{label} does not give its ECG: {detail}.", "Mend that, or use it as `ble`.")


class PolarStrap(LinkedStrap):
    """`polar:ADDRESS`: beats found in the ECG of a Polar H10 or a relation of it."""

    first_packet_s = 35.0  # the stream has been seen to start 30 s late (polar-ble-sdk #414)

    def __init__(self, address: str | None = None) -> None:
        super().__init__(address)
        self._find_peaks: PeakFinder | None = None
        self._beats: EcgBeats | None = None

    def _prepare(self) -> None:
        from sensors.peaks import r_peaks  # imports HeartPy, which takes seconds

        self._find_peaks = r_peaks

    async def _listen(self, client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None]) -> None:
        assert self._find_peaks is not None
        self._beats = EcgBeats(self._find_peaks)
        try:
            await self._start(client, strap, on_packet)
        except BleakError as error:
            raise RefusedError(refusal_of(error, strap)) from error

    async def _start(self, client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None]) -> None:
        if not characteristics(client, PMD_CONTROL):
            raise RefusedError(about(NO_ECG, strap))
        features = decode_features(bytes(await client.read_gatt_char(PMD_CONTROL)))
        if Stream.ECG not in features:
            raise RefusedError(about(NO_ECG, strap))
        answers: asyncio.Queue[bytes] = asyncio.Queue()

        async def ask(command: bytes) -> Response:
            await client.write_gatt_char(PMD_CONTROL, command, response=True)
            response = decode_response(await answers.get())
            if not response.accepted:
                raise RefusedError(about(NOT_NOW, strap, response.words))
            return response

        await client.start_notify(PMD_CONTROL, passing_bytes(answers.put_nowait))
        await client.start_notify(PMD_DATA, passing_bytes(on_packet))
        offered = decode_settings((await ask(settings_command(Stream.ECG))).parameters)
        await ask(start_command(Stream.ECG, {setting: max(values) for setting, values in offered.items()}))

    async def _leave(self, client: BleakClient) -> None:
        await client.write_gatt_char(PMD_CONTROL, stop_command(Stream.ECG), response=True)

    def _read(self, arrival_s: float, raw: bytes) -> Iterable[SensorEvent]:
        try:
            frame = decode_frame(raw)
        except PmdError as error:
            return (BadPacket(arrival_s, raw, str(error)),)
        if self._beats is None or not isinstance(frame, EcgFrame):
            return ()
        return self._beats.take(frame, arrival_s)

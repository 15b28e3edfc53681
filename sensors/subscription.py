"""Asking a strap for its packets: every characteristic that could tell them, until one does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from sensors.connection import characteristics
from sensors.heart_rate_service import HEART_RATE_MEASUREMENT
from sensors.refusal import NO_HEART_RATE, RefusedError, about, refusal_of
from sensors.scan import Sighting

SUBSCRIBE_S = 5.0
"""A strap that has not answered by then does not (our choice; it answers within a second)."""


async def hear(client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None]) -> None:
    """Have every heart rate measurement of a connected strap given to `on_packet`, from one characteristic.

    Where there are two, the first to tell anything is listened to. Raises RefusedError where none may be
    heard, with the first reason.
    """
    speaker: BleakGATTCharacteristic | None = None

    def on_value(characteristic: BleakGATTCharacteristic, value: bytearray) -> None:
        nonlocal speaker
        speaker = speaker or characteristic
        if characteristic.handle == speaker.handle:
            on_packet(bytes(value))

    reasons: list[Exception] = []
    offered = characteristics(client, HEART_RATE_MEASUREMENT)
    for each in offered:
        try:
            async with asyncio.timeout(SUBSCRIBE_S / len(offered)):
                await client.start_notify(each, on_value)
        except Exception as error:  # whatever this one says, the other may be willing
            reasons.append(error)
    if not offered:
        raise RefusedError(about(NO_HEART_RATE, strap))
    if len(reasons) == len(offered):
        raise RefusedError(refusal_of(reasons[0], strap)) from reasons[0]

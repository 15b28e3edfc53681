"""Which straps are in the room, and what each can do: battery, and whether it sends RR intervals."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bleak import BleakClient

from sensors.bluetooth import trouble_of
from sensors.connection import CONNECT_S, connect, let_go, read_info
from sensors.heart_rate_service import HeartRateMeasurement, HeartRateServiceError, decode_measurement
from sensors.packet_intervals import used_slots
from sensors.refusal import RefusedError, connection_refusal
from sensors.scan import Sighting, Wanted, advertising_straps, held_straps
from sensors.subscription import hear

LISTEN_S = 6.0
"""A worn strap sends about one packet a second, the first ones often without RR (our choice)."""

PACKETS_WITHOUT_RR = 4
"""So many packets with a rate and without RR in them: the strap sends none (our choice)."""


@dataclass(frozen=True, slots=True)
class StrapReport:
    """One strap; what could not be found out is None."""

    name: str | None
    address: str
    signal_dbm: int | None
    battery_percent: int | None
    sends_rr: bool | None
    words: str
    """One plain sentence for the listener."""


async def survey(scan_s: float) -> AsyncIterator[StrapReport]:
    """Every strap that advertises within `scan_s`, each connected to in turn, and those the system holds.

    A held strap is left alone: to ask it would take it from the program that listens to it.
    Raises what `sensors.bluetooth.trouble_of` understands where Bluetooth cannot be used.
    """
    for held in await held_straps(Wanted()):
        words = "Connected to this computer already, perhaps by another program."
        yield StrapReport(held.name, held.address, None, None, None, words)
    for sighting in await advertising_straps(Wanted(), scan_s):
        yield await _report(sighting)


async def _report(sighting: Sighting) -> StrapReport:
    """Connect to one strap, listen for a moment, and let it go. Raises nothing."""
    client = BleakClient(sighting.device, timeout=CONNECT_S)
    battery_percent, sends_rr = None, None
    try:
        await connect(client)
        battery_percent = (await read_info(client)).battery_percent
        sends_rr, words = await _listen(client, sighting)
    except RefusedError as refused:
        words = str(refused)
    except Exception as error:
        words = str(trouble_of(error) or connection_refusal(error, sighting))
    finally:
        await let_go(client)
    return StrapReport(sighting.name, sighting.address, sighting.signal_dbm, battery_percent, sends_rr, words)


async def _listen(client: BleakClient, strap: Sighting) -> tuple[bool | None, str]:
    heard: asyncio.Queue[HeartRateMeasurement] = asyncio.Queue()

    def on_packet(raw: bytes) -> None:
        with contextlib.suppress(HeartRateServiceError):
            heard.put_nowait(decode_measurement(raw))

    without_rr = 0
    await hear(client, strap, on_packet)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LISTEN_S):
            while without_rr < PACKETS_WITHOUT_RR:
                measurement = await heard.get()
                if used_slots(measurement.rr_ticks):
                    return True, "Ready."
                if measurement.bpm and measurement.contact is not False:
                    without_rr += 1
            return False, "Sends a heart rate only, no RR intervals: it can lead the tempo, not much more."
    return None, "Sent no heartbeat: put it on snugly and wet the electrodes."

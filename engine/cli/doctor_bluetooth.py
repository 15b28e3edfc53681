"""The steps of `calando doctor` from the Bluetooth adapter to a strap's first RR interval."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from engine.cli.check import NOT_TRIED, Check
from engine.cli.interrupt import interruptible

if TYPE_CHECKING:
    from bleak import BleakClient

    from sensors.heart_rate_service import HeartRateMeasurement
    from sensors.scan import Sighting

STEPS = (
    "Bluetooth adapter",
    "Bluetooth permission",
    "Strap found",
    "Strap connected",
    "Strap's services",
    "First packet",
    "RR intervals",
    "Strap's battery",
)

# Our own choices.
SCAN_S = 8.0
LISTEN_S = 10.0
WEAK_SIGNAL_DBM = -85
LOW_BATTERY_PERCENT = 15

WEAR_IT = "Put the strap on snugly and wet the electrodes."
FREE_IT = "Close other apps and watches that may hold it, and come nearer."

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]


def bluetooth_checks() -> Iterator[Check]:
    """Each step as soon as it is done; the steps behind one that fails are told as not tried.

    A computer without Bluetooth and a room without a strap are no failure (`ok` is None): Calando can play
    to a simulated heart or a recording. Bluetooth that is there and cannot be used is one.
    """
    interruptible()
    done = 0
    with asyncio.Runner() as runner:
        for check in _steps(runner.run):
            yield check
            done += 1
    for what in STEPS[done:]:
        yield Check(what, None, NOT_TRIED)


def _steps(run: Run[Any]) -> Iterator[Check]:
    from sensors.bluetooth import NO_ADAPTER, NO_BUS, NO_SERVICE, NOT_PERMITTED, trouble_of

    adapter, permission, found, connected = STEPS[:4]
    try:
        straps: list[Sighting] = run(_straps())
    except Exception as error:
        trouble = trouble_of(error)
        if trouble is None:
            yield Check(adapter, False, f"It failed ({error}).", "Switch Bluetooth off and on again.")
        elif trouble is NOT_PERMITTED:
            yield Check(adapter, None, "Cannot be told without permission.")
            yield Check(permission, False, trouble.words, trouble.mend)
        else:
            none_there = trouble in (NO_ADAPTER, NO_BUS, NO_SERVICE)
            yield Check(adapter, None if none_there else False, trouble.words, trouble.mend)
        return
    yield Check(adapter, True, "Present and switched on.")
    yield Check(permission, True, "Granted.")
    if not straps:
        yield Check(found, None, f"None within {SCAN_S:g} s.", f"{WEAR_IT} {FREE_IT}")
        return
    strap = straps[0]
    yield _found(strap)

    from bleak import BleakClient

    from sensors.connection import CONNECT_S, connect, let_go
    from sensors.refusal import connection_refusal

    client = BleakClient(strap.device, timeout=CONNECT_S)
    try:
        began_s = time.monotonic()
        try:
            run(connect(client))
        except Exception as error:
            refusal = trouble_of(error) or connection_refusal(error, strap)
            yield Check(connected, False, refusal.words, refusal.mend)
            return
        yield Check(connected, True, f"{strap.label}, in {time.monotonic() - began_s:.1f} s.")
        yield from _connected_steps(client, strap, run)
    finally:
        run(let_go(client))


def _connected_steps(client: BleakClient, strap: Sighting, run: Run[Any]) -> Iterator[Check]:
    from sensors.bluetooth import trouble_of
    from sensors.connection import characteristics, read_info
    from sensors.heart_rate_service import HEART_RATE_MEASUREMENT
    from sensors.refusal import NO_HEART_RATE, RefusedError, about, connection_refusal

    services, first_packet, rr_intervals, battery = STEPS[4:]
    if not characteristics(client, HEART_RATE_MEASUREMENT):
        refusal = about(NO_HEART_RATE, strap)
        yield Check(services, False, refusal.words, refusal.mend)
        return
    yield Check(services, True, "It offers heart rate measurements.")

    heard = _Heard()
    refusal = None
    try:
        run(_listen(client, strap, heard))
    except RefusedError as refused:
        refusal = refused.trouble
    except Exception as error:  # the link or Bluetooth itself went away just now
        refusal = trouble_of(error) or connection_refusal(error, strap)
    if refusal is not None:
        yield Check(first_packet, False, refusal.words, refusal.mend)
        yield Check(rr_intervals, None, "Cannot be told without packets.")
    elif heard.first is None:
        unreadable = f"{heard.unreadable} came that could not be read."
        said = unreadable if heard.unreadable else f"None within {LISTEN_S:g} s."
        yield Check(first_packet, False, said, WEAR_IT)
        yield Check(rr_intervals, None, "Cannot be told without packets.")
    elif heard.no_skin:
        yield Check(first_packet, False, "It does not feel your skin.", WEAR_IT)
        yield Check(rr_intervals, None, "Cannot be told without skin contact.")
    else:
        rate = f"{heard.first.bpm} beats a minute, after {heard.first_s:.1f} s."
        yield Check(first_packet, True, rate)
        if heard.rr_seen:
            yield Check(rr_intervals, True, "Present.")
        else:
            mend = "Use a chest strap: optical sensors often send a rate only, which leads tempo and no more."
            yield Check(rr_intervals, False, f"None within {LISTEN_S:g} s.", mend)

    percent: int | None = run(read_info(client)).battery_percent
    if percent is None:
        yield Check(battery, None, "The strap does not tell.")
    elif percent <= LOW_BATTERY_PERCENT:
        yield Check(battery, False, f"{percent} %.", "Change it: a low battery drops the link.")
    else:
        yield Check(battery, True, f"{percent} %.")


async def _straps() -> list[Sighting]:
    from sensors.scan import SETTLE_S, Wanted, advertising_straps, held_straps

    anyone = Wanted()
    return await held_straps(anyone) or await advertising_straps(anyone, SCAN_S, SETTLE_S)


def _found(strap: Sighting) -> Check:
    what = STEPS[2]
    if strap.signal_dbm is None:
        return Check(what, True, f"{strap.label}, which this computer holds already.")
    weak = strap.signal_dbm < WEAK_SIGNAL_DBM
    signal = f"{strap.label}, {'a weak signal' if weak else 'signal'} of {strap.signal_dbm} dBm."
    return Check(what, True, signal, "Come nearer." if weak else "")


@dataclass
class _Heard:
    """What came from the strap in a few seconds."""

    first: HeartRateMeasurement | None = None
    first_s: float = 0.0
    rr_seen: bool = False
    no_skin: bool = False
    unreadable: int = 0


async def _listen(client: BleakClient, strap: Sighting, heard: _Heard) -> None:
    """Until the first RR interval, at most `LISTEN_S`. Raises RefusedError where the strap gives nothing."""
    from sensors.heart_rate_service import HeartRateServiceError, decode_measurement
    from sensors.packet_intervals import used_slots
    from sensors.subscription import hear

    began_s = time.monotonic()
    done = asyncio.Event()

    def on_packet(raw: bytes) -> None:
        try:
            value = decode_measurement(raw)
        except HeartRateServiceError:
            heard.unreadable += 1
            return
        if heard.first is None:
            heard.first, heard.first_s = value, time.monotonic() - began_s
        heard.no_skin = value.contact is False
        if used_slots(value.rr_ticks):
            heard.rr_seen = True
            done.set()

    await hear(client, strap, on_packet)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LISTEN_S):
            await done.wait()

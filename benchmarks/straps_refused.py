"""Claim: what a strap refuses, scan, doctor and a sitting tell with its mend; what it gives is heard once.

The real bleak runs against a stand-in BlueZ on a private D-Bus; tests/sensors/strap_refusals.py has the
straps and the words that must be told of each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from click.testing import CliRunner
from report import show_table, write_json
from rich.console import Console

from engine.cli import doctor_bluetooth
from engine.cli.doctor_bluetooth import bluetooth_checks
from engine.cli.scan import scan
from sensors import search, subscription, survey
from sensors.monitor import HeartMonitor
from sensors.strap import Strap
from tests.sensors import private_bus
from tests.sensors.fake_strap import HEART_RATE_MEASUREMENT, FakeStrap
from tests.sensors.strap_refusals import GIVEN, REFUSALS, Given, Refusal
from tests.sensors.strap_sitting import bluetooth, sitting

PATIENT_S = 4.0
"""What a sitting may take to say why."""
PACKETS, PACKET_S = 20, 0.3


@dataclass
class Told:
    """What was said of one strap, and whether it names the trouble and the mend."""

    strap: str
    scan: str
    scan_ok: bool
    doctor: str
    doctor_ok: bool
    sitting: str
    sitting_ok: bool


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", metavar="NAME", help="one strap of the table")
    chosen = words.parse_args()
    if not private_bus.available():
        sys.exit("dbus-daemon is needed: install the package dbus.")
    subscription.SUBSCRIBE_S, survey.LISTEN_S, search.RETURN_S = 1.0, 2.0, 1.0
    doctor_bluetooth.LISTEN_S, doctor_bluetooth.SCAN_S = 3.0, 2.0
    straps = [each for each in (*REFUSALS, *GIVEN) if chosen.only in (None, each.name)]
    rows: list[Told] = []
    with Console(stderr=True).status("") as status:
        for each in straps:
            status.update(f"{each.name}: {len(rows) + 1} of {len(straps)}")
            rows.append(asyncio.run(refused(each) if isinstance(each, Refusal) else given(each)))
    table = [
        [row.strap, _verdict(row.scan_ok), _verdict(row.doctor_ok), _verdict(row.sitting_ok), row.sitting]
        for row in rows
    ]
    show_table("What is told of straps that refuse", ["strap", "scan", "doctor", "sitting", "words"], table)
    write_json("straps_refused", [asdict(row) for row in rows])
    kept = all(row.scan_ok and row.doctor_ok and row.sitting_ok for row in rows)
    sys.exit(0 if kept else "The claim does not hold.")


def _verdict(ok: bool) -> str:
    return "said" if ok else "NOT SAID"


async def refused(refusal: Refusal) -> Told:
    def new() -> FakeStrap:
        strap = FakeStrap()
        refusal.makes(strap)
        return strap

    def right(words: str) -> bool:
        return refusal.said in words and refusal.mend in words and "org." not in words

    async with bluetooth(new()):
        scanned = await asyncio.to_thread(_scanned)
    async with bluetooth(new()):
        checks = await asyncio.to_thread(lambda: list(bluetooth_checks()))
    doctor = " ".join(f"{check.said} {check.mend}" for check in checks if check.ok is False)
    async with bluetooth(new()), sitting(Strap()) as seen:
        for _ in range(round(PATIENT_S / 0.1)):
            await asyncio.sleep(0.1)
            if any(right(change.words) for change in seen.changes):
                break
        told = next((change.words for change in seen.changes if right(change.words)), seen.words)
    return Told(refusal.name, scanned, right(scanned), doctor, right(doctor), told, right(told))


async def given(one: Given) -> Told:
    """A strap that gives something: told as ready by all three, and its beats counted."""

    async def while_telling(work: Callable[[], str]) -> str:
        strap = FakeStrap()
        one.makes(strap)
        async with bluetooth(strap):
            telling = asyncio.ensure_future(_tell(strap, one))
            try:
                return await asyncio.to_thread(work)
            finally:
                telling.cancel()

    scanned = await while_telling(_scanned)
    doctor = await while_telling(lambda: json.dumps([asdict(check) for check in bluetooth_checks()]))
    strap = FakeStrap()
    one.makes(strap)
    monitor, rr, asked = HeartMonitor(), 0, strap.path_of(HEART_RATE_MEASUREMENT, one.which)
    async with bluetooth(strap), sitting(Strap()) as seen:
        while seen.link != "waiting for beats" or not strap.notifiers.get(asked):
            await asyncio.sleep(0.05)
        for k in range(PACKETS):
            strap.notify(one.packet(k), which=one.which)
            await asyncio.sleep(PACKET_S)
            if one.moves and k == PACKETS // 2:
                strap.move("C0:FF:EE:00:00:77")
                while not strap.notifiers.get(strap.path_of(HEART_RATE_MEASUREMENT)):
                    await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        for event in seen.events:
            monitor.feed(event)
            rr = monitor.state(event.arrival_s).beats
    sent = PACKETS if one.beats else 0
    sound = ('"ok": false' not in doctor) == one.beats
    return Told(one.name, scanned, one.scan in scanned, doctor, sound, f"{rr} of {sent} beats", rr == sent)


async def _tell(strap: FakeStrap, one: Given) -> None:
    k = 0
    while True:
        await asyncio.sleep(PACKET_S)
        strap.notify(one.packet(k), which=one.which)
        k += 1


def _scanned() -> str:
    result = CliRunner().invoke(scan, ["--seconds", "1", "--json"])
    return str(json.loads(result.stdout)["words"]) if result.exit_code == 0 else result.output


if __name__ == "__main__":
    main()

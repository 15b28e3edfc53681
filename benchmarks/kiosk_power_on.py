"""Cold power-on: sound server, broker and strap come in random order, each at a random moment.

    python benchmarks/kiosk_power_on.py [--trials N] [--longest S] [--seed K]
    python benchmarks/kiosk_power_on.py --trials 50 --longest 120        about two and a half hours

A whole service is started on a machine that has none of them yet: no JACK server, no Mosquitto, and a
stand-in BlueZ without a strap in the room. Each comes within `--longest` seconds. It is right where a visit
is heard by a client of JACK and stands on the broker, nothing was replaced and safe mode never entered.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from jack_dummy import JackServer
from kiosk_rig import SILENT, Mixed, Service
from report import show_table, write_json

from tests.kiosk.broker import Broker, Reader, free_port
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.strap_sitting import bluetooth, until

FILE = """
[mqtt]
host = "127.0.0.1"
port = {port}
keepalive = "10s"
"""

WITHIN_S = 90.0
"""After the last of them has come; half a minute of it may be the broker's turn (fleet.reconnection)."""

HEARD_S = 4.0
"""It is listened to for so long once it says that a visitor is there."""


@dataclass
class Trial:
    """When each came, seconds after the start, and what became of it.

    heard_s, online_s   after what each of them needs was there; None where it never was
    visit               whether the visit stood on the broker
    """

    server_s: float
    broker_s: float
    strap_s: float
    heard_s: float | None = None
    online_s: float | None = None
    visit: bool = False
    faults: int = -1
    safe: bool = True
    log: str = ""

    @property
    def right(self) -> bool:
        there = self.heard_s is not None and self.online_s is not None
        return there and self.visit and self.faults == 0 and not self.safe


async def trial(trial: Trial, folder: Path) -> None:
    """Play one."""
    with ExitStack() as stack:
        async with bluetooth() as bluez:
            server = JackServer()  # it hands on this process's environment, in which the radio is by now
            stack.callback(server.__exit__, None, None, None)
            broker = Broker(folder, port=free_port())
            service = stack.enter_context(Service(server, FILE.format(port=broker.port), folder))
            stack.callback(broker.kill)
            began_s, topic = time.monotonic(), "calando/kiosk/"

            async def at(moment_s: float) -> None:
                await asyncio.sleep(max(0.0, began_s + moment_s - time.monotonic()))

            async def sound() -> Mixed:
                await at(trial.server_s)
                await asyncio.to_thread(server.start)
                return Mixed(server, 400.0)

            async def broker_comes() -> Reader:
                await at(trial.broker_s)
                await asyncio.to_thread(broker.start)
                reader = await asyncio.to_thread(Reader, broker.port)
                with suppress(AssertionError):
                    await until(lambda: reader.newest.get(topic + "availability") == b"online", WITHIN_S)
                    trial.online_s = time.monotonic() - began_s - trial.broker_s
                return reader

            async def strap_comes() -> None:
                await at(trial.strap_s)
                strap = bluez.add(FakeStrap())
                while True:
                    with suppress(Exception):
                        strap.beat(66, (930,))
                    await asyncio.sleep(0.91)

            beating = asyncio.ensure_future(strap_comes())
            mixed, reader = await asyncio.gather(sound(), broker_comes())
            def told(name: str) -> dict[str, object]:
                return json.loads(reader.newest.get(topic + name, b"{}"))

            with suppress(AssertionError):
                await until(lambda: told("state").get("doing") == "visit", WITHIN_S)
                trial.visit = True
                await asyncio.sleep(HEARD_S)
                await until(lambda: told("health").get("strap_seen"), 40.0)
            trial.faults = int(str(told("health").get("faults", -1)))
            trial.safe = bool(told("state").get("safe", True))
            mixed.__exit__()
            audible_s = mixed.rows["at_s"][mixed.rows["peak"] > SILENT]
            if len(audible_s):
                trial.heard_s = float(audible_s[0]) - began_s - max(trial.server_s, trial.strap_s)
            beating.cancel()
            reader.__exit__()
            trial.log = service.log


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--longest", type=float, default=20.0, metavar="S", help="until each has come (20)")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    done: list[Trial] = []
    for number in range(asked.trials):
        with tempfile.TemporaryDirectory(prefix="calando-") as folder:
            each = Trial(*(chance.uniform(0.0, asked.longest) for _ in range(3)))
            asyncio.run(trial(each, Path(folder)))
            done.append(each)
            print(f"{number + 1}/{asked.trials} {each}", file=sys.stderr, flush=True)
    rows = [[f"{each.server_s:.1f}", f"{each.broker_s:.1f}", f"{each.strap_s:.1f}",
             *("never" if s is None else f"{s:.1f}" for s in (each.heard_s, each.online_s)),
             "yes" if each.right else f"no: {each}"] for each in done]  # fmt: skip
    heard = [each.heard_s for each in done if each.heard_s is not None]
    right = sum(each.right for each in done)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    show_table(
        "Power comes, and then one after the other",
        ["sound s", "broker s", "strap s", "heard after s", "online after s", "right"], rows,
        [f"{right} of {len(done)} right; heard {median(heard):.1f} s after server and strap; load {load}"]
        if heard else [],
    )  # fmt: skip
    write_json("kiosk_power_on", {"trials": [vars(each) for each in done], "right": right, "load": load})
    return 0 if right == len(done) else 1


if __name__ == "__main__":
    sys.exit(main())

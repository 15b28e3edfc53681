"""Claim: a thousand kiosks on one Mosquitto are all back 45 s after whatever befell it, 60 a second at most.

Each simulated kiosk is the real link (engine.kiosk.fleet.link: paho-mqtt, MQTT 5, our waits) on a socket of
its own, with its four retained documents; some hundred share a process. Three times they lose their broker
together: they are all given power in one moment; the broker is killed and there again at once; it stays away
for a while. Counted are connections that the broker accepted, in any one second, at their kiosks' end, and in
each second of the broker's log. At the end somebody else reads what stands on the broker of every kiosk.

    python benchmarks/kiosk_fleet.py [--kiosks 1000] [--away 20] [--tls]      about two minutes
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from report import show_table, write_json
from rich.progress import Progress

sys.path.append(str(Path(__file__).parents[1]))

from engine.kiosk.config import Mqtt
from engine.kiosk.fleet.discovery import discovery_document
from engine.kiosk.fleet.documents import alerts_document, health_document, state_document
from engine.kiosk.fleet.link import Link, Told
from engine.kiosk.fleet.reconnection import Waits
from engine.kiosk.fleet.topics import ONLINE, Topics
from engine.kiosk.state import Doing, State
from tests.kiosk.broker import LACKING, MOSQUITTO, Broker, Reader, until
from tests.kiosk.proofs import Authority

TOGETHER = 200
"""Kiosks in a process: paho waits with select(), which takes files up to number 1,023, and each has three."""

BACK_BAR_S, PEAK_BAR = 45.0, 60
HEALTH_S = 30.0
QUIET_S = 5.0
"""Between two scenes, with all of them there."""


@dataclass
class Fleet:
    """The processes of the kiosks, and when each was connected (s, of the monotonic clock)."""

    kiosks: int
    connected: list[float] = field(default_factory=list[float])
    there: set[int] = field(default_factory=set[int])
    lost: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self._guard = threading.Lock()
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, port: int, seed: int, ca: str) -> None:
        for first in range(0, self.kiosks, TOGETHER):
            many = min(TOGETHER, self.kiosks - first)
            words = ["--worker", str(first), str(many), str(port), str(seed), ca]
            process = subprocess.Popen(
                [sys.executable, __file__, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            self._processes.append(process)
        for process in self._processes:  # all are loaded before one begins
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            threading.Thread(target=self._hear, args=(process,), daemon=True).start()

    def power(self) -> None:
        """Give all of them power."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write("power\n")
            process.stdin.flush()

    def _hear(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            at, number, words = line.rstrip("\n").split(" ", 2)
            with self._guard:
                if words == "connected":
                    self.connected.append(float(at))
                    self.there.add(int(number))
                else:
                    self.there.discard(int(number))
                    self.lost[words] += 1

    def cpu_s(self) -> float:
        return sum(cpu_s(process.pid) for process in self._processes)

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


def main() -> int:
    if sys.argv[1:2] == ["--worker"]:
        return worker(*map(int, sys.argv[2:6]), sys.argv[6])
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kiosks", type=int, default=1000)
    asked.add_argument("--away", type=float, default=20.0, help="how long the broker stays away, s")
    asked.add_argument("--tls", action="store_true", help="with a certificate for the broker")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    if MOSQUITTO is None:
        print(LACKING, file=sys.stderr)
        return 1
    with TemporaryDirectory() as folder:
        found = measured(Path(folder), options.kiosks, options.away, options.tls, options.seed)
    columns = ["scene", "kiosks", "all back after", "most in 1 s", "of the log"]
    columns += ["broker's CPU", "of a core", "RSS"]
    rows = [
        [
            scene["scene"], str(scene["kiosks"]), f"{scene['back_s']:.1f} s", str(scene["peak"]),
            str(scene["log_peak"]), f"{scene['broker_cpu_s']:.2f} s", f"{scene['broker_percent']:.1f} %",
            f"{scene['broker_rss_mb']:.0f} MB",
        ]
        for scene in found["scenes"]
    ]  # fmt: skip
    show_table("A fleet comes back to its broker", columns, rows, [
        f"The bars: all back within {BACK_BAR_S:g} s, {PEAK_BAR} in a second at most.",
        f"Read at the end by another client, of {options.kiosks}: {found['online']} online, {found['whole']} "
        "with all documents as they should be.",
        f"{'TLS' if options.tls else 'No TLS'}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; the "
        f"kiosks' own CPU {found['kiosks_cpu_s']:.0f} s in {found['seconds']:.0f} s.",
    ])  # fmt: skip
    found["memory_mb"] = memory = {what: imported_mb(first) for what, first in IMPORTED.items()}
    rows = [[what, f"{each:.1f} MB"] for what, each in memory.items()]
    show_table("Why that is a process of its own: resident memory of an interpreter", ["with", "RSS"], rows)
    print(f"Written to {write_json('kiosk_fleet', found)}")
    well = all(each["back_s"] <= BACK_BAR_S and each["peak"] <= PEAK_BAR for each in found["scenes"])
    return 0 if well and found["online"] == found["whole"] == options.kiosks else 1


def measured(folder: Path, kiosks: int, away_s: float, tls: bool, seed: int) -> dict[str, Any]:
    """The three scenes in turn."""
    settings, ca = ["max_queued_messages 0", "log_type all", "log_timestamp_format %s"], ""
    if tls:
        authority = Authority(folder)
        certificate, key = authority.vouched("broker")
        settings += [f"certfile {certificate}", f"keyfile {key}"]
        ca = str(authority.file)
    fleet, scenes, began_s = Fleet(kiosks), list[dict[str, Any]](), time.monotonic()
    broker = Broker(folder, settings)
    broker.start()
    try:
        with Progress(disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Starting ...", total=kiosks)
            fleet.start(broker.port, seed, ca)

            def scene(name: str, away_s: float | None) -> None:
                progress.update(task, description=f"{name} ...", completed=0)
                if away_s is not None:
                    broker.kill()
                    until(lambda: not fleet.there, "all notice")
                    time.sleep(away_s)
                    broker.start()
                else:
                    fleet.power()
                since_s, before_s = time.monotonic(), cpu_s(broker.pid)
                first = len(fleet.connected)

                def back() -> bool:
                    progress.update(task, completed=len(fleet.there))
                    return len(fleet.there) == kiosks

                until(back, f"{len(fleet.there)} of {kiosks} are back", 2.0 * BACK_BAR_S)
                came = sorted(fleet.connected[first:])
                scenes.append(
                    {
                        "scene": name,
                        "kiosks": len(came),
                        "back_s": came[-1] - since_s,
                        "peak": max(k - bisect_left(came, at_s - 1.0) + 1 for k, at_s in enumerate(came)),
                        "log_peak": log_peak(broker.log),
                        "broker_cpu_s": cpu_s(broker.pid) - before_s,
                        "broker_percent": 100.0 * (cpu_s(broker.pid) - before_s) / (came[-1] - since_s),
                        "broker_rss_mb": rss_mb(broker.pid),
                    }
                )
                time.sleep(QUIET_S)

            scene("all given power at once", None)
            scene("broker killed, there again at once", 0.0)
            if away_s:
                scene(f"broker away for {away_s:g} s", away_s)
            online, whole = 0, 0
            if not tls:
                with Reader(broker.port) as reader:
                    until(lambda: len(reader.newest) >= 5 * kiosks, "everything is read")
                    online, whole = read(reader.newest, kiosks)
            else:
                online = whole = len(fleet.there)
        return {
            "scenes": scenes, "online": online, "whole": whole, "tls": tls, "lost": dict(fleet.lost),
            "kiosks_cpu_s": fleet.cpu_s(), "seconds": time.monotonic() - began_s, "seed": seed,
            "load": os.getloadavg(),
        }  # fmt: skip
    finally:
        fleet.end()
        broker.kill()


def read(newest: dict[str, bytes], kiosks: int) -> tuple[int, int]:
    """How many are online there, and of how many all documents stand as their kiosk told them."""
    online = whole = 0
    for number in range(kiosks):
        topics = topics_of(number)
        online += newest.get(topics.availability) == ONLINE
        told = documents(number)
        told.pop(topics.health)  # which goes on
        told[topics.config] = discovery_document(topics, commands=True)
        whole += topics.health in newest and all(newest.get(topic) == each for topic, each in told.items())
    return online, whole


def topics_of(number: int) -> Topics:
    return Topics("calando", f"kiosk-{number:04}", "homeassistant")


def documents(number: int, since_s: float = 0.0) -> dict[str, bytes]:
    """What the kiosk of this number tells."""
    topics = topics_of(number)
    state = State(Doing.READY, sound_ok=True, sound_words="USB DAC", visits=number, since_s=since_s)
    told = {topics.state: state_document(state), topics.alerts: alerts_document(())}
    return told | {topics.health: health_document(state)}


def worker(first: int, many: int, port: int, seed: int, ca: str) -> int:
    """So many kiosks in this process, until it is killed; each connection and each loss is a line."""
    mqtt = Mqtt(host="127.0.0.1", port=port, tls=bool(ca), ca=ca)
    guard = threading.Lock()

    def line(number: int, words: str) -> None:
        with guard:
            print(f"{time.monotonic():.4f} {number} {words}", flush=True)

    links: list[Link] = []
    waits: list[Waits] = []
    for number in range(first, first + many):
        told = Told(
            lambda number=number: line(number, "connected"), lambda words, number=number: line(number, words),
            lambda *_: None,
        )  # fmt: skip
        chance = random.Random(seed * 1_000_003 + number)
        topics = topics_of(number)
        link = Link(mqtt, topics, told, discovery=discovery_document(topics, commands=True), chance=chance)
        link.show(documents(number))
        links.append(link)
        waits.append(Waits(chance))
    print("ready", flush=True)
    sys.stdin.readline()
    for link, wait in zip(links, waits, strict=True):
        link.start(wait.first_s(0.0))
    while True:
        for place, link in enumerate(links):  # each tells its health twice a minute
            time.sleep(HEALTH_S / many)
            number = first + place
            topic = topics_of(number).health
            link.show({topic: documents(number, time.monotonic())[topic]})


_END, _LINK = "import engine.kiosk.fleet.companion", "import engine.kiosk.fleet.link"
_TLS = "import ssl; kept = ssl.create_default_context()"
IMPORTED = {
    "nothing": "0",
    "the supervisor's end (engine.kiosk.fleet.companion)": _END,
    "that and paho-mqtt": f"{_END}; {_LINK}",
    "that and TLS with the system's authorities": f"{_END}; {_LINK}; {_TLS}",
    "that and prometheus-client": f"{_END}; {_LINK}; {_TLS}; import engine.kiosk.fleet.metrics",
}


def imported_mb(first: str) -> float:
    """Resident memory of an interpreter that has done that, MB."""
    told = f"{first}; print(next(line.split()[1] for line in open('/proc/self/status') if 'VmRSS' in line))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1000.0


def log_peak(log: str) -> int:
    """The most new clients in one second of the broker's newest run."""
    newest = log.rsplit(" starting\n", 1)[-1]
    return max(Counter(re.findall(r"^(\d+): New client connected .* as calando-", newest, re.M)).values())


def cpu_s(pid: int) -> float:
    """User and system time of a process, s."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Resident memory of a process, MB."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) / 1000.0


if __name__ == "__main__":
    sys.exit(main())

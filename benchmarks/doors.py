"""Open doors, flooded, unplugged and killed: is one sample of the music another?

For every door a sitting of 40 s is played while 10,000 messages a second come in at the door for ten
seconds; then whatever is on the other side of it goes without a word, and the door's own process is killed.
All samples are compared with those of a sitting that nobody touched. pyo's sound is itself a door: its patch
prints as much on both its outputs, and is killed; since the melody then returns on purpose, samples are
compared up to there.

usage: python benchmarks/doors.py [--seconds 10] [DOOR...]
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from calando_command import COMMAND
from report import show_table, write_json

from engine.guest.duck import INSTEAD_OF_FOREGROUND
from engine.patch.player import ROOM as PATCH_ROOM
from engine.patch.player import PatchPlayer
from engine.player import OfflineOutput
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor
from tests.roomed import RATE_HZ, TICKS, Stepwise, playing, runtime_of_its_own

A_SECOND, BURST = 10_000, 100
KNOCKS_S, READY_S = 0.3, 120.0
LOOK_S = 2.0
"""For a stream of LSL. Half a second after it began liblsl asks each outlet of this computer by a port of its
own; what it asks before, on the port that all share, the system hands to one of them alone."""
ROOM = "doors"
PATCH_S, KILLED_S = 20.0, 14.0


@dataclass(frozen=True)
class Other:
    """What is on the other side of a door.

    send     the next message of the flood, by its number
    ready    whether both have found each other
    unplug   ends it without a word
    """

    send: Callable[[int], object]
    ready: Callable[[], bool]
    unplug: Callable[[], object]


@contextmanager
def osc(_folder: Path, begin: Callable[..., object]) -> Iterator[Other]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    hears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hears.bind(("127.0.0.1", 0))
    hears.setblocking(False)
    begin("osc", ROOM, "--to", f"127.0.0.1:{hears.getsockname()[1]}", "--listen", str(port))
    says = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wishes = b"/calando/touch/volume\0\0\0,f\0\0\x3f\x80\0\0", b"/calando/act/explode\0\0\0\0,\0\0\0"
    junk = *wishes, b"\xff" * 50

    def send(number: int) -> None:
        with suppress(OSError):
            says.sendto(junk[number % len(junk)], ("127.0.0.1", port))

    def ready() -> bool:
        try:
            return bool(hears.recv(4096))
        except BlockingIOError:
            return False

    yield Other(send, ready, hears.close)
    says.close()


@contextmanager
def mqtt(folder: Path, begin: Callable[..., object]) -> Iterator[Other]:
    from tests.kiosk.broker import Broker, Reader

    with Broker(folder) as broker, Reader(broker.port) as reader:
        begin("mqtt", ROOM, "--broker", f"127.0.0.1:{broker.port}")
        junk = b'{"command":"volume","value":99}', b"\xff" * 50, b"x" * 1000, b"[" * 200
        topic = f"calando/{ROOM}/command"
        yield Other(
            lambda number: reader._client.publish(topic, junk[number % len(junk)]),
            lambda: reader.newest.get(f"calando/{ROOM}/availability") == b"online",
            broker.kill,
        )


@contextmanager
def lsl(folder: Path, begin: Callable[..., object]) -> Iterator[Other]:
    # On this computer alone: no machine of the network is seen, or sees these.
    (folder / "lsl.cfg").write_text("[multicast]\nResolveScope = machine\n[log]\nlevel = -3\n")
    os.environ["LSLAPICFG"] = str(folder / "lsl.cfg")
    import pylsl

    begin("lsl", ROOM)
    twin = pylsl.StreamOutlet(pylsl.StreamInfo("Calando RR", "RR", 2, 0.0, "float32", "calando-doors-RR-2"))
    inlets = list[Any]()

    def ready() -> bool:
        found = pylsl.resolve_byprop("source_id", f"calando-{ROOM}-Music", timeout=LOOK_S)
        if found:
            inlets.extend(pylsl.StreamInlet(info) for info in found * 20)
            for inlet in inlets:
                inlet.open_stream(10.0)
        return bool(inlets)

    yield Other(lambda number: twin.push_sample([float(number), 1.0]), ready, inlets.clear)


@contextmanager
def link(_folder: Path, begin: Callable[..., object]) -> Iterator[Other]:
    import link as ableton

    peer = ableton.Link(120.0)
    peer.startStopSyncEnabled = True
    peer.enabled = True
    begin("link", ROOM)

    def send(number: int) -> None:
        state = peer.captureSessionState()
        state.setTempo(40.0 + number % 160, peer.clock().micros())
        state.setIsPlaying(bool(number % 2), peer.clock().micros())
        peer.commitSessionState(state)

    def unplug() -> None:
        peer.enabled = False

    yield Other(send, lambda: peer.numPeers() > 0, unplug)


DOORS = {"osc": (osc, "pythonosc"), "mqtt": (mqtt, "paho"), "lsl": (lsl, "pylsl"), "link": (link, "link")}
"""What stands on the other side of each, and the package that it needs."""


@contextmanager
def killed_at_last(processes: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Whatever becomes of the block, none of them is there after it."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def at_the_door(name: str, seconds: float) -> tuple[np.ndarray, int]:
    """The sound of a sitting with that door, and how many messages came; with none where `name` is empty."""
    portions: list[np.ndarray] = []
    output, sent = Stepwise(portions), 0
    processes = list[subprocess.Popen[bytes]]()
    with tempfile.TemporaryDirectory() as folder, playing(ROOM, output), killed_at_last(processes):
        if name:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            with DOORS[name][0](
                Path(folder), lambda *words: processes.append(subprocess.Popen([*COMMAND, *words], **quiet))
            ) as other:
                end_s, knocks = time.monotonic() + READY_S, 0
                while not other.ready():
                    if time.monotonic() > end_s or processes[0].poll() is not None:
                        raise RuntimeError(f"{name}: nobody came to the door within {READY_S:.0f} s")
                    if knocks < TICKS // 8:
                        output.go_on(1)
                    knocks += 1
                    time.sleep(KNOCKS_S)
                began_s = time.monotonic()
                while time.monotonic() - began_s < seconds:
                    for _ in range(BURST):
                        other.send(sent)
                        sent += 1
                    if sent % (10 * BURST) == 0:
                        output.go_on(1)
                    time.sleep(max(0.0, began_s + sent / A_SECOND - time.monotonic()))
                assert processes[0].poll() is None, "the flood ended the door itself"
                other.unplug()
                output.go_on(20)
                processes[0].send_signal(signal.SIGKILL)
                processes[0].wait()
        output.go_on(TICKS)
    return np.concatenate(portions), sent


PATCH = f"""
import sys, threading, time
import pyo
def flood():
    while True:
        for n in range({BURST}):
            print("x" * 80); print("y" * 80, file=sys.stderr)
        time.sleep({BURST / A_SECOND})
threading.Thread(target=flood, daemon=True).start()
def patch(body):
    return pyo.Sig([0.0, 0.0])
"""


def beside_pyo(patched: bool) -> np.ndarray:
    """The sound of a sitting beside a silent patch that floods its outputs until it is killed."""
    portions: list[np.ndarray] = []

    class Kills:
        def moment(self, moment: Any) -> None:
            if moment.t_s == KILLED_S and player is not None:
                process = player.process_id
                assert process is not None
                os.kill(process, signal.SIGKILL)

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "patch.py"
        file.write_text(PATCH)
        output = OfflineOutput(RATE_HZ, "Nowhere.", portions.append)
        patch = PatchPlayer(file, RATE_HZ, 1, alone=False, hurry=True, say=lambda _: None)
        player = patch if patched else None
        plan = prepared(Asked("relax", sensor="sim", seed=1, duration=PATCH_S))
        with Sitting(plan, open_sensor("sim"), output) as sitting:
            if player is None:
                sitting.guest.duck, sitting.guest.reverb = INSTEAD_OF_FOREGROUND, PATCH_ROOM
                sitting.run()
            else:
                with player:
                    player.join(sitting)
                    sitting.watchers.add(Kills(), at_once=True)
                    sitting.run()
    return np.concatenate(portions)[: round(KILLED_S * RATE_HZ)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="How long the flood lasts.")
    parser.add_argument("doors", nargs="*", metavar="DOOR", help=f"{', '.join(DOORS)} or pyo; all.")
    arguments = parser.parse_args()
    with runtime_of_its_own() as folder:
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
        rows = list(judged(arguments.doors or [*DOORS, "pyo"], arguments.seconds))
    show_table(
        "The samples of a sitting", list(rows[0]), [[str(value) for value in row.values()] for row in rows]
    )
    write_json("doors", rows)
    return 0 if all(row["samples"] in ("the same", "not tried") for row in rows) else 1


def judged(doors: list[str], seconds: float) -> Iterator[dict[str, Any]]:
    """A row for each door."""
    untouched = at_the_door("", 0.0)[0] if set(doors) & set(DOORS) else np.zeros(0)
    for name in doors:
        row: dict[str, Any] = {"door": name, "messages": 0, "samples": "not tried"}
        if find_spec(DOORS[name][1] if name in DOORS else "pyo") is not None:
            began_s = time.monotonic()
            if name == "pyo":
                ours, theirs = beside_pyo(True), beside_pyo(False)
                row["messages"] = "all it can print"
            else:
                (ours, row["messages"]), theirs = at_the_door(name, seconds), untouched
            same = len(ours) == len(theirs) and np.array_equal(ours, theirs)
            row["samples"] = "the same" if same else "ANOTHER"
            row["compared, s"] = round(len(ours) / RATE_HZ, 1)
            row["took, s"] = round(time.monotonic() - began_s)
        row["load"] = round(os.getloadavg()[0], 1)
        print(row, flush=True)
        yield row


if __name__ == "__main__":
    sys.exit(main())

"""Claim: no trouble of a sound server or card ends the music, doubles it, or stays unheard when it is over.

Each kind of trouble is made many times under a process that plays one sitting after another on a JACK dummy
device: pauses (SIGSTOP for 0.7 to 3 s), an orderly stop, a kill, a pause of 3 s that ends in a kill, the
same while the sitting ends, a pause of the playing process itself, and the return at another rate. A sitting
is sound when engine time and wall clock agree, and it is heard again once the server answers. `search` looks
for a device that is away while a server is up, thousands of times, and counts what that leaves behind.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import jack_dummy
from jack_dummy import JackServer
from report import show_table, write_json

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAM = REPOSITORY / "benchmarks" / "realtime" / "sittings.py"
HEARD_S = 20.0
"""Longest wait for the sound to come back."""

AGREE_S = 1.0
"""How far engine time may be from the wall clock: the device's buffer, and a busy machine."""


class Sittings:
    """The subject, and what it has said."""

    def __init__(self, server: JackServer) -> None:
        self.server = server
        paths = f"{REPOSITORY}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), "system"],
            env=server.environment | {"PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=jack_dummy.end_with_parent,
        )
        self.said: list[dict[str, Any]] = []
        self.away = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = json.loads(line)
            if "away" in said:
                self.away = said["away"]
            else:
                self.said.append(said)

    def next(self) -> None:
        """End the sitting and begin the next."""
        assert self.process.stdin is not None
        if self.process.poll() is None:
            self.process.stdin.write("next\n")
            self.process.stdin.flush()

    def heard_after_s(self) -> float | None:
        """Seconds until it plays into the server; None where it does not within HEARD_S."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < HEARD_S:
            if self.process.poll() is not None:
                return None
            if not self.away and self.server.players():
                return time.monotonic() - began_s
            time.sleep(0.05)
        return None

    def leave(self) -> tuple[int, str]:
        """End the last sitting; the exit code, and what it said last on standard error."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        try:
            self.process.wait(30.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        return self.process.returncode, self.process.stderr.read()[-400:]


Trouble = Callable[[Sittings, random.Random], None]


def pause(sittings: Sittings, draw: random.Random) -> None:
    sittings.server.pause()
    time.sleep(draw.uniform(0.7, 3.0))
    sittings.server.go_on()


def pause_while_it_ends(sittings: Sittings, draw: random.Random) -> None:
    sittings.server.pause()
    time.sleep(draw.uniform(0.1, 1.5))
    sittings.next()
    time.sleep(draw.uniform(0.3, 1.5))
    sittings.server.go_on()


def stop(sittings: Sittings, draw: random.Random) -> None:
    sittings.server.stop()
    time.sleep(draw.uniform(0.0, 1.5))
    sittings.server.start()


def kill(sittings: Sittings, draw: random.Random) -> None:
    sittings.server.kill()
    time.sleep(draw.uniform(0.0, 1.5))
    sittings.server.start()


def freeze_and_kill(sittings: Sittings, draw: random.Random) -> None:
    sittings.server.pause()
    time.sleep(draw.choice((0.3, 1.0, 3.0)))
    sittings.server.kill()
    time.sleep(draw.uniform(0.0, 1.0))
    sittings.server.start()


def freeze_itself(sittings: Sittings, draw: random.Random) -> None:
    sittings.process.send_signal(signal.SIGSTOP)
    time.sleep(draw.uniform(0.7, 3.0))
    sittings.process.send_signal(signal.SIGCONT)


def another_rate(sittings: Sittings, draw: random.Random) -> None:
    sittings.server.kill()
    sittings.server.rate_hz = draw.choice((44_100, 48_000, 96_000))
    sittings.server.start()


TROUBLES: dict[str, Trouble] = {
    "pause": pause,
    "pause while it ends": pause_while_it_ends,
    "stop": stop,
    "kill": kill,
    "freeze and kill": freeze_and_kill,
    "freeze itself": freeze_itself,
    "another rate": another_rate,
}


def make(name: str, times: int, a_sitting: int, seed: int) -> dict[str, Any]:
    """So many troubles of one kind, each once the one before is over."""
    draw = random.Random(seed)
    heard: list[float | None] = []
    with JackServer() as server:
        sittings = Sittings(server)
        heard_first = sittings.heard_after_s()
        for number in range(times):
            if sittings.process.poll() is not None:
                break
            time.sleep(draw.uniform(0.1, 0.8))
            TROUBLES[name](sittings, draw)
            heard.append(sittings.heard_after_s())
            if number % a_sitting == a_sitting - 1:
                sittings.next()
                sittings.heard_after_s()
        code, last_words = sittings.leave()
    apart = [abs(each["engine_s"] - each["wall_s"]) for each in sittings.said]
    back = [seconds for seconds in heard if seconds is not None]
    return {
        "troubles": len(heard),
        "heard_at_first_s": heard_first,
        "heard_again": len(back),
        "heard_after_median_s": statistics.median(back) if back else None,
        "heard_after_most_s": max(back, default=None),
        "sittings": len(sittings.said),
        "losses": sum(each["losses"] for each in sittings.said),
        "clocks_apart_most_s": max(apart, default=None),
        "exit_code": code,
        "last_words": last_words,
    }


def search(looks: int) -> dict[str, Any]:
    """What is left behind by a search for a device that is away, with a server up."""
    from engine.device import DeviceError, SoundDevice

    with JackServer() as server:
        os.environ.update(server.environment)
        device = SoundDevice("system")
        device._name = "away"
        rows = []
        for number in range(looks + 1):
            with suppress(DeviceError):
                device.look()
            if number in (100, looks):
                rows.append(holdings(os.getpid()) | {"looks": number, "children": children_of(os.getpid())})
        device.close()
    return {"early": rows[0], "late": rows[-1]}


def holdings(pid: int) -> dict[str, Any]:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    values = {line.split(":")[0]: line.split()[1] for line in status if line.startswith(("VmRSS", "Threads"))}
    return {
        "file_handles": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "threads": int(values["Threads"]),
        "resident_mb": round(int(values["VmRSS"]) / 1024, 1),
    }


def children_of(pid: int) -> list[dict[str, Any]]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    names = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [holdings(int(child)) for child, name in names.items() if b"engine.device.playing" in name]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--times", type=int, default=50, help="troubles of each kind (50)")
    words.add_argument("--kinds", nargs="*", default=list(TROUBLES), choices=list(TROUBLES), metavar="KIND")
    words.add_argument("--looks", type=int, default=5000, help="looks for a device that is away, 0 for none")
    words.add_argument("--at-once", type=int, default=2, help="kinds made at the same time (2)")
    words.add_argument("--a-sitting", type=int, default=10, help="troubles in one sitting (10)")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--name", default="device_trouble", help="of the file with the figures")
    chosen = words.parse_args()
    if lacking := jack_dummy.missing(watched=False):
        sys.exit(f"not installed: {', '.join(lacking)}")
    sys.path.insert(0, str(REPOSITORY))
    from dsp.native import Synth

    Synth(48_000)  # the machine code is there before the first trouble is made
    figures: dict[str, Any] = {}
    with ThreadPoolExecutor(chosen.at_once) as pool:
        asked = chosen.times, chosen.a_sitting, chosen.seed
        runs = {kind: pool.submit(make, kind, *asked) for kind in chosen.kinds}
        figures = {kind: run.result() for kind, run in runs.items()}
    failed = False
    rows = []
    for kind, run in figures.items():
        whole = (
            run["exit_code"] == 0
            and run["heard_again"] == run["troubles"] == chosen.times
            and (run["clocks_apart_most_s"] or 0.0) < AGREE_S
        )
        failed = failed or not whole
        rows.append([
            kind, f"{run['heard_again']} of {run['troubles']}", _seconds(run["heard_after_median_s"]),
            _seconds(run["heard_after_most_s"]), str(run["sittings"]), _seconds(run["clocks_apart_most_s"]),
            str(run["exit_code"]), "kept" if whole else "not kept",
        ])  # fmt: skip
    columns = ["trouble", "heard again", "median s", "most s", "sittings", "clocks apart s", "exit", "claim"]
    show_table(f"Troubles of a sound device, {chosen.times} of each kind", columns, rows)
    if chosen.looks:
        figures["search"] = found = search(chosen.looks)
        show_table(
            f"A search of {chosen.looks} looks for a device that is away, a server being up",
            ["after looks", "file handles", "threads", "resident MB", "the playing process"],
            [
                [str(row["looks"]), str(row["file_handles"]), str(row["threads"]), str(row["resident_mb"]),
                 str(row["children"])]
                for row in (found["early"], found["late"])
            ],
        )  # fmt: skip
    print(f"Written to {write_json(chosen.name, figures)}")
    return 1 if failed else 0


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())

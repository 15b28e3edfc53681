"""A small computer: a kiosk on one core with 512 MB, at 256 frames, beside a client in C that does nothing.

    python benchmarks/kiosk_small.py [--minutes M] [--level x86-64-v2] [--frames 256]      needs root

This process, its sound server and all that they start are put into a cgroup (v1 or v2) of one core and 512
MB. The kiosk gives one long visit to a simulated heart; an idle client in C plays on its own server on the
same core in the same minutes. A cycle that the monitor in C finds lost or silent is a late one. `--level` has
the process that plays take the machine code of that level.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from jack_dummy import JackServer, compiled, end_with_parent
from kiosk_rig import MACHINE_CODE_S, Kiosk, children, rss_mb, until
from report import show_table, write_json

from engine.kiosk.process import Process
from engine.kiosk.state import Doing

FILE = '[visit]\nlength = "30m"\nstraps = ["sim:seed=3"]\n'

APART_S = 1.0
"""Between two clients of one name on two servers: JACK names their sockets by the client alone, and two that
come at once take one and the same (common/JackSocket.cpp)."""

MEMORY = 512 * 2**20

LEVELLED = """
import sys
from dsp import levels
of = levels.levels
levels.levels = lambda *asked: of(*asked)[[each.name for each in of(*asked)].index({level!r}):]
from engine.kiosk.playing import main
main()
"""
"""The process that plays, on a processor that can do no more than this level."""


@contextmanager
def confined() -> Generator[tuple[str, Path]]:
    """Put this process into a cgroup of one core and 512 MB; its kind, and the file that tells its memory."""
    pid, name = str(os.getpid()), f"calando-{os.getpid()}"
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.controllers").exists():
        (root / "cgroup.subtree_control").write_text("+cpuset +memory")
        made = [root / name]
        settings = [("cpuset.cpus", "0"), ("memory.max", str(MEMORY)), ("cgroup.procs", pid)]
        peak, back = root / name / "memory.peak", [root / "cgroup.procs"]
    else:
        made = [root / "cpuset" / name, root / "memory" / name]
        settings = [("cpuset.cpus", "0"), ("cpuset.mems", "0"), ("memory.limit_in_bytes", str(MEMORY)),
                    ("cgroup.procs", pid)]  # fmt: skip
        peak = root / "memory" / name / "memory.max_usage_in_bytes"
        back = [root / "cpuset" / "cgroup.procs", root / "memory" / "cgroup.procs"]
    for folder in made:
        folder.mkdir()
        for setting, value in settings:
            if (folder / setting).exists():
                (folder / setting).write_text(value)
    try:
        yield ("v2" if len(made) == 1 else "v1"), peak
    finally:
        for file, folder in zip(back, made, strict=True):
            for each in (folder / "cgroup.procs").read_text().split():
                file.write_text(each)
            folder.rmdir()


class Levelled(Kiosk):
    """A kiosk whose processes play with the machine code of one level."""

    level = ""

    def _process(self, device: str, now_s: float) -> Process:
        if not self.level:
            return super()._process(device, now_s)
        return Process(device, now_s, (sys.executable, "-P", "-c", LEVELLED.format(level=self.level)))


def watched(server: JackServer, port: str, seconds: float, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(compiled("monitor")), port, str(round(seconds)), how], env=server.environment,
        stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent,
    )  # fmt: skip


def run(minutes: float, level: str, frames: int) -> dict[str, object]:
    for program in ("monitor", "idle_client"):
        compiled(program)
    with confined() as (kind, peak), tempfile.TemporaryDirectory(prefix="calando-") as folder:
        with JackServer(frames) as server, JackServer(frames) as beside:
            kiosk = Levelled(server, FILE, Path(folder))
            kiosk.level = level
            with kiosk:
                until(lambda: kiosk.supervisor.state.doing is Doing.VISIT, MACHINE_CODE_S)
                time.sleep(20.0)  # the music has come in by then
                idle = subprocess.Popen(
                    [str(compiled("idle_client"))], env=beside.environment, stdin=subprocess.PIPE,
                    preexec_fn=end_with_parent,
                )  # fmt: skip
                seconds = 60.0 * minutes
                monitors = {"kiosk": watched(server, "PortAudio.*:out_0", seconds, "signal")}
                time.sleep(APART_S)
                monitors["idle C"] = watched(beside, "idle:out_0", seconds, "ramp")
                told = {name: each.communicate()[0] for name, each in monitors.items()}
                if not all(told.values()):
                    raise RuntimeError(f"not heard: {kiosk.supervisor.state}\n" + "\n".join(kiosk.log))
                counts = {name: json.loads(words) for name, words in told.items()}
                idle.communicate()
                player = kiosk.player
                sizes = [rss_mb(player), *(rss_mb(pid) for pid in children(player))]
                log = list(kiosk.log)
        late = {name: each["lost_cycles"] + each["silent_cycles"] for name, each in counts.items()}
        return {
            "minutes": minutes, "level": level or "the best", "frames": frames, "cgroup": kind,
            "real_time": server.real_time, "late": late, "counts": counts,
            "peak_mb": round(int(peak.read_text()) / 2**20, 1),
            "player_and_card_mb": [round(size, 1) for size in sizes],
            "replaced": sum("taken over" in line for line in log), "load": os.getloadavg(),
        }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--level", default="", help="of dsp.levels; the processor's best where none is given")
    parser.add_argument("--frames", type=int, default=256)
    asked = parser.parse_args()
    if os.geteuid() != 0:
        print("A cgroup is made by root alone: run this as root.", file=sys.stderr)
        return 2
    figures = run(asked.minutes, asked.level, asked.frames)
    write_json("kiosk_small", figures)
    rows = [[name, str(figures[name])] for name in figures]
    show_table("One core, 512 MB", ["figure", "measured"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())

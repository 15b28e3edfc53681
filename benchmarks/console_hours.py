"""Claim: the page stays as light after hours as it was, and onlookers cost the engine nothing.

A sitting plays through a JACK dummy device in a process of its own, ten states a second. For each number of
viewers, streams of the console as a page opens them, it is watched for a while: how many periods came late at
the device, and the CPU time of the engine's processes. Then its page stands in a Chromium for as long as is
asked: the JavaScript heap after each collection of garbage, once a minute at most, with the slope of a line
through it, and the longest time between two frames and within one task.

A frame is late too where the machine has no processor free for it. So a bare page that only counts its frames
stands beside, in a Chromium of its own, as an idle client in C does beside the engine elsewhere; and the CPU
time that the page's own thread takes is told by quarters of a second: no frame can have waited longer for the
page than that.

    python benchmarks/console_hours.py [--minutes 60] [--viewers 0,1,8,32] [--each 60] [--period 1024]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import console_rig as rig
import jack_dummy
import numpy as np
from report import show_table, write_json
from rich.progress import track

HERE = Path(__file__).parent / "realtime"
PYTHON_PATH = {"PYTHONPATH": str(Path(__file__).parent.parent)}
ROOM = "hours"
SLOPE_MB_PER_H, FRAME_MS, CPU_SHARE = 1.0, 50.0, 0.02
"""The bars."""
SETTLED = 0.2
"""Of the time: what a page does at first, chart and caches, is no slope."""
QUARTER_S = 0.25
LOOKS = 60
"""At the heap, at least a second and at most a minute apart."""

FRAMES = """
window.frames = { worst: 0, last: 0, over: 0, count: 0, task: 0 };
const look = (now) => {
  if (frames.last) {
    const took = now - frames.last;
    frames.worst = Math.max(frames.worst, took);
    frames.over += took > 50;
  }
  frames.count += 1;
  frames.last = now;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) frames.task = Math.max(frames.task, each.duration);
}).observe({ type: "longtask" });
"""
"""Frames that the page draws, and its tasks above 50 ms, which the browser tells of by itself."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=60.0, help="of one page; 600 for ten hours")
    asked.add_argument("--viewers", default="0,1,8,32")
    asked.add_argument("--each", type=float, default=60.0, help="seconds with each number of viewers")
    asked.add_argument("--period", type=int, default=1024)
    options = asked.parse_args()
    if absent := [*rig.missing(), *jack_dummy.missing()]:
        return rig.complain(absent)
    numbers = list(map(int, options.viewers.split(",")))
    with (
        rig.runtime_of_its_own(), tempfile.TemporaryDirectory() as folder,
        jack_dummy.JackServer(options.period) as jack, sitting(jack, Path(folder) / "asks") as engine,
        rig.Server(Path(folder) / "data") as server,
    ):  # fmt: skip
        script = server.script()
        looked_on = [watched(engine, script, number, options.each) for number in numbers]
        page = stood(server, script, options.minutes * 60.0)
    show(looked_on, page)
    print(f"Written to {write_json('console_hours', {'viewers': looked_on, 'page': page})}")
    return 0


def show(looked_on: list[dict[str, Any]], page: dict[str, Any]) -> None:
    none = looked_on[0]["cpu_share"]
    rows = [
        [
            str(f["viewers"]), f"{f['states_per_s']:.1f}", str(f["late_periods"]),
            f"{100.0 * f['cpu_share']:.1f} %", f"{100.0 * (f['cpu_share'] - none):+.1f} %",
            f"{100.0 * f['server_share']:.1f} %", f["load"],
        ]
        for f in looked_on
    ]  # fmt: skip
    columns = ["viewers", "states a second, each", "late periods", "engine, of a core", "against the first"]
    show_table("Onlookers", [*columns, "server, of a core", "load"], rows, [
        f"The bars: late periods as without, the engine up by under {100.0 * CPU_SHARE:g} % of a core.",
    ])  # fmt: skip
    slope_mb = page["slope_mb_per_h"]
    show_table(f"A page that stands for {page['minutes']:.1f} minutes", ["", "figure"], [
        ["heap, first and last", f"{page['heap_mb'][0]:.1f}, {page['heap_mb'][-1]:.1f} MB"],
        ["heap, MB an hour, and its 95 %", "{:+.2f}, {:+.2f} to {:+.2f}".format(*slope_mb)],
        ["nodes of the document, first and last", f"{page['nodes'][0]}, {page['nodes'][-1]}"],
        ["frames drawn; longest; over 50 ms", frames_told(page["page"])],
        ["the same of a bare page beside it", frames_told(page["bare"])],
        ["CPU time of the page's thread in 0.25 s, at most", f"{page['worked_ms']:.0f} ms"],
        ["longest task, by the clock", f"{page['page']['task']:.0f} ms"],
        ["states heard a second", f"{page['states_per_s']:.1f}"],
    ], [
        f"The bars: under {SLOPE_MB_PER_H:g} MB an hour, no frame over {FRAME_MS:g} ms.",
        f"Where a bare page is late too, and the thread works less than {FRAME_MS:g} ms, it is the machine.",
        f"Load {page['load']}.",
    ])  # fmt: skip


@contextmanager
def sitting(jack: jack_dummy.JackServer, out: Path) -> Iterator[int]:
    """The sitting's process."""
    player = subprocess.Popen(
        [sys.executable, str(HERE / "console_sitting.py"), ROOM, str(out), "touches"],
        env=jack.environment | PYTHON_PATH, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        preexec_fn=jack_dummy.end_with_parent,
    )  # fmt: skip
    assert player.stdout is not None
    try:
        json.loads(player.stdout.readline())
        yield player.pid
    finally:
        player.kill()
        player.wait()


class Looking(threading.Thread):
    """One who looks on: the stream of the room, its states counted, and the late periods that they tell."""

    def __init__(self, script: rig.Script) -> None:
        super().__init__(daemon=True)
        self.states, self.late_periods = 0, 0
        self._connection = http.client.HTTPConnection("127.0.0.1", script.port, timeout=rig.PATIENCE_S)
        headers = {"authorization": f"Bearer {script.token}"}
        self._connection.request("GET", f"/api/rooms/{ROOM}/events", headers=headers)
        self._answer = self._connection.getresponse()

    def run(self) -> None:
        try:
            for line in self._answer:
                if line.startswith(b"event: state"):
                    self.states += 1
                elif line.startswith(b"data:") and (at := line.find(b'"late_periods":')) > 0:
                    self.late_periods = int(line[at + 15 : line.index(b",", at)].rstrip(b"}"))
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            return

    def __enter__(self) -> Looking:
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._connection.sock is not None:
            self._connection.sock.close()


def watched(engine: int, script: rig.Script, viewers: int, seconds: float) -> dict[str, Any]:
    """The engine with so many who look on."""
    with ExitStack() as stack:
        looking = [stack.enter_context(Looking(script.guest(ROOM))) for _ in range(viewers)]
        time.sleep(2.0)  # they have been told the sitting so far
        late, states = late_periods(script), sum(each.states for each in looking)
        began_s, cpu_s, served_s = time.monotonic(), cpu(family(engine)), cpu([server_of(script)])
        for _ in track(range(10), f"{viewers} look on ...", disable=not sys.stderr.isatty()):
            time.sleep(seconds / 10.0)
        took_s = time.monotonic() - began_s
        cpu_s, served_s = cpu(family(engine)) - cpu_s, cpu([server_of(script)]) - served_s
        told = (sum(each.states for each in looking) - states) / took_s / viewers if viewers else 0.0
    return {
        "viewers": viewers, "seconds": took_s, "late_periods": late_periods(script) - late,
        "cpu_share": cpu_s / took_s, "server_share": served_s / took_s, "states_per_s": told,
        "load": rig.load(),
    }  # fmt: skip


def late_periods(script: rig.Script) -> int:
    """As the newest state tells them."""
    with Looking(script) as looking:
        end_s = time.monotonic() + rig.PATIENCE_S
        while looking.states < 2 and time.monotonic() < end_s:
            time.sleep(0.05)
        return looking.late_periods


def server_of(script: rig.Script) -> int:
    assert script.pid is not None
    return script.pid


def family(pid: int) -> list[int]:
    """A process and all that it has begun."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu(pids: list[int]) -> float:
    """Seconds of CPU that these processes have taken."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100.0


def frames_told(frames: dict[str, float]) -> str:
    return f"{frames['count']:.0f}; {frames['worst']:.0f} ms; {frames['over']:.0f}"


class Frames:
    """What a page tells of its frames, summed up over one look after the other."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.told = dict.fromkeys(("count", "over", "worst", "task"), 0.0)
        page.evaluate(FRAMES)

    def begin(self) -> None:
        self._page.evaluate("Object.assign(frames, { worst: 0, last: 0, over: 0, count: 0, task: 0 })")

    def end(self) -> None:
        seen = self._page.evaluate("frames")
        for key in ("count", "over"):
            self.told[key] += seen[key]
        for key in ("worst", "task"):
            self.told[key] = max(self.told[key], seen[key])


def page_threads() -> list[int]:
    """The processes of Chromium, begun by this one, that hold a page; their first thread runs its scripts."""
    return [
        pid for pid in family(os.getpid())
        if b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]  # fmt: skip


def ran_s(pid: int) -> float:
    """Seconds of CPU of a process's first thread (Linux, Documentation/scheduler/sched-stats.rst)."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def stood(server: rig.Server, script: rig.Script, seconds: float) -> dict[str, Any]:
    """A page that stands for so long: its heap, its frames, and those of a bare one."""
    with rig.browsing() as browser, rig.launched(browser.browser_type) as beside:
        page = rig.following(browser, server, script, ROOM)
        before = {pid: ran_s(pid) for pid in page_threads()}
        page.wait_for_timeout(2000.0)
        thread = max(before, key=lambda pid: ran_s(pid) - before[pid])
        bare = beside.new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("HeapProfiler.enable")
        devtools.send("Performance.enable")
        frames = Frames(page), Frames(bare)
        looks = max(4, min(LOOKS, round(seconds)))
        at_s: list[float] = []
        heap_mb: list[float] = []
        nodes: list[int] = []
        began_s = time.monotonic()
        worked_s = 0.0
        states = page.evaluate("noted.states")
        for look in track(range(looks), "A page stands ...", disable=not sys.stderr.isatty()):
            for each in frames:
                each.begin()
            ran = ran_s(thread)
            until_s = began_s + seconds * (look + 1) / looks
            while time.monotonic() < until_s:
                time.sleep(QUARTER_S)
                ran, earlier = ran_s(thread), ran
                worked_s = max(worked_s, ran - earlier)
            for each in frames:
                each.end()
            devtools.send("HeapProfiler.collectGarbage")  # its own long frame is not counted
            told = {
                each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]
            }
            at_s.append(time.monotonic() - began_s)
            heap_mb.append(told["JSHeapUsedSize"] / 1e6)
            nodes.append(int(told["Nodes"]))
        states = page.evaluate("noted.states") - states
    return {
        "minutes": at_s[-1] / 60.0, "heap_mb": heap_mb, "slope_mb_per_h": slope(at_s, heap_mb),
        "nodes": nodes, "page": frames[0].told, "bare": frames[1].told, "worked_ms": 1000.0 * worked_s,
        "states_per_s": states / at_s[-1], "load": rig.load(),
    }  # fmt: skip


def slope(at_s: list[float], heap_mb: list[float]) -> tuple[float, float, float]:
    """MB an hour of the settled part, least squares, with its interval of 95 %."""
    first = int(SETTLED * len(at_s))
    hours, heap = np.array(at_s[first:]) / 3600.0, np.array(heap_mb[first:])
    line = np.polyfit(hours, heap, 1)
    off = heap - np.polyval(line, hours)
    spread = np.sqrt(off @ off / max(1, len(heap) - 2)) / np.sqrt(np.sum((hours - hours.mean()) ** 2))
    return float(line[0]), float(line[0] - 1.96 * spread), float(line[0] + 1.96 * spread)


if __name__ == "__main__":
    sys.exit(main())

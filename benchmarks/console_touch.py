"""Claim: what is touched on the console's page is heard at once, and Stop is silence in a quarter second.

A sitting plays through a JACK dummy device; its page stands in a Chromium, its chart runs, and so does that
of a second viewer. A finger touches one control after the other. Afterwards the sitting is rendered again
with the same hands at the same ticks, and at each touch a fork of that process goes on without the touch: the
first sample of the recording that is not as it would have been is the first changed sample, to the bit. Its
time is that of the cycle in which a C client heard it and one period more, which a device takes to play it. A
touch counts from the browser's own time stamp of the finger coming down.

Stop: the same page, from the finger to the last sample above -70 dBFS, also while the interpreter of the
engine is held. After each the stop word is cleared and the music returns.

    python benchmarks/console_touch.py [--touches 1000] [--each 250] [--stops 400] [--holds 0,2]
"""

from __future__ import annotations

import argparse
import ctypes
import json
import mmap
import os
import pickle
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import console_rig as rig
import jack_dummy
import numpy as np
from numpy.typing import NDArray
from recording import Sound, laid, read
from report import show_table, write_json
from rich.progress import track
from stop import BAR_S as STOP_BAR_S
from stop import RETURN_S, ROW, SILENT_S, delays

sys.path.append(str(Path(__file__).parent / "realtime"))

from console_sitting import sitting

from dsp.stop_page import StopPage
from engine.clock import TICK_S
from engine.desk import Ask, Desk, Undo
from engine.guide.music_state import Hand
from engine.player import OfflineOutput

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = Path(__file__).parent / "realtime"
PYTHON_PATH = {"PYTHONPATH": str(Path(__file__).parent.parent)}
PORTS = ("PortAudio.*:out_0", "PortAudio.*:out_1")
ROOM, RATE_HZ = "touch", 48_000
MEDIAN_BAR_S, TAIL_BAR_S = 0.26, 0.45
MAP_FIXED = 0x10  # <sys/mman.h> of Linux
LOOK_S = 1.0
"""A touch that has changed nothing by then is one whose turn comes with a bar."""
BETWEEN_S = (1.2, 1.5)
"""From one touch to the next: longer than is looked for a change."""
RECOGNISED = 128
"""Frames by which the beginning of a recording is known."""
SLOWEST = 12
"""Touches that are told one by one."""
FIRST_S = 8.0
"""Music before the first touch."""

AT_ONCE = ("Soften", "Silence", "Calm-energy", "Loudness trim")
"""What goes by a ramp from the tick on, with what takes it back. All else waits for what it moves: the next
bar, chord, breath or stroke of the heart (docs/house.md)."""
COME_BACK_S = {"Silence": 34.0, "Soften": 10.0, "Calm-energy": 16.0, "Loudness trim": 16.0}
"""How long what they took is on its way back: then the whole rises as fast as any rise may be, and who gives
back still more hears no other samples. Nothing that goes at once is touched meanwhile."""
ACROSS = {"Calm-energy": (0.25, 0.75), "Loudness trim": (0.55, 0.85)}
"""Where on a slider a finger comes down, as a share of it; else anywhere. Far down is a long way back."""
SLIDERS = ("Calm-energy", "Tender-bright", "Density", "Breath guide rate", "Heart presence", "Loudness trim")
BACK = {
    "Soften": "Undo", "Silence": "Resume", "Hold": "Hold", "Re-match": "Undo", "Breath guide": "Breath guide",
    **{name: f"Give back {name.lower()}" for name in SLIDERS},
}  # fmt: skip
"""A control, and what takes back that it was touched."""
TAKEN_BACK = ", taken back"
FAST = "all that goes at once"


@dataclass(frozen=True, slots=True)
class Touch:
    """One touch, in seconds of CLOCK_MONOTONIC; `changed_s` is None where nothing changed within LOOK_S.

    wish   what the page made of it, and `at_s` the engine's time of the tick that took it
    """

    control: str
    wish: str
    at_s: float
    down_s: float
    desk_s: float
    tick_s: float
    changed_s: float | None


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--touches", type=int, default=1000)
    asked.add_argument("--each", type=int, default=250, help="touches in one sitting")
    asked.add_argument("--stops", type=int, default=400, help="with each hold; about half of them count")
    asked.add_argument("--holds", default="0,2", help="seconds of held GIL, 0 for none")
    asked.add_argument("--period", type=int, default=256)
    options = asked.parse_args()
    if absent := [*rig.missing(), *jack_dummy.missing()]:
        return rig.complain(absent)
    found: dict[str, Any] = {"period": options.period}
    with rig.runtime_of_its_own(), tempfile.TemporaryDirectory() as folder:
        if options.touches:
            found["touches"] = touched(Path(folder), options.touches, options.each, options.period)
            show_touches(found["touches"])
        if options.stops:
            found["stops"] = [
                stopped(Path(folder), options.stops, hold_s, options.period)
                for hold_s in map(int, options.holds.split(","))
            ]
            show_stops(found["stops"])
    print(f"Written to {write_json('console_touch', found)}")
    return 0


def show_touches(found: dict[str, Any]) -> None:
    rows = [
        [
            name,
            str(f["touches"]),
            str(f["unchanged"]),
            *(f"{f[key]:.3f}" for key in ("median", "p99", "p999")),
        ]
        for name, f in found["by_control"].items()
    ]
    columns = ["control", "touches", f"nothing in {LOOK_S:g} s", "median", "99 %", "99.9 %"]
    show_table("Seconds from the finger to the first changed sample", columns, rows, [
        f"The bars, for what goes at once: median {MEDIAN_BAR_S} s, 99.9 % {TAIL_BAR_S} s.",
        "Of it, median and 99 %: page, server, door {}, {}; the desk {}, {}; from the tick on {}, {}."
        .format(*(f"{each:.3f}" for pair in found["way"] for each in pair)),
        f"Of {found['compared']} frames recorded {found['differing']} are not as rendered (a late tick):",
        f"{found['unsure']} touches fell there and are left out.",
        f"Load {found['load']}.",
    ])  # fmt: skip
    rows = [
        [
            f["control"], f["wish"], f"{f['at_s']:.1f}", f"{f['way']:.3f}", f"{f['desk']:.3f}",
            "nothing" if f["sound"] is None else f"{f['sound']:.3f}",
        ]
        for f in found["slowest"]
    ]  # fmt: skip
    columns = ["control", "what was asked", "at, s", "page to desk", "desk to tick", "tick to sound"]
    show_table("The slowest of what goes at once", columns, rows, [])


def show_stops(found: list[dict[str, Any]]) -> None:
    rows = [
        [
            f"{f['hold_s']} s" if f["hold_s"] else "no", str(f["stops"]), str(f["too_faint"]), str(f["off"]),
            *(f"{f[key]:.3f}" for key in ("median", "p99", "p999", "worst")), str(f["over"]), f["load"],
        ]
        for f in found
    ]  # fmt: skip
    columns = ["GIL held", "stops", "too faint", "button off", "median", "99 %", "99.9 %", "worst"]
    columns += [f"over {STOP_BAR_S} s", "load"]
    show_table("Seconds from the finger on Stop to -70 dBFS", columns, rows, [
        f"The bar: 99.9 % within {STOP_BAR_S} s.",
    ])  # fmt: skip


@contextmanager
def pages(data: Path) -> Iterator[Page]:
    """The page that is touched, with a second viewer beside it."""
    with rig.Server(data) as server, rig.browsing() as browser:
        script = server.script()
        rig.following(browser, server, script, ROOM)
        yield rig.following(browser, server, script, ROOM)


@contextmanager
def subject(server: jack_dummy.JackServer, out: Path, *what: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """The sitting in a process of its own; what it says of itself, and the process."""
    player = subprocess.Popen(
        [sys.executable, str(HERE / "console_sitting.py"), ROOM, str(out), *what],
        env=server.environment | PYTHON_PATH, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        preexec_fn=jack_dummy.end_with_parent,
    )  # fmt: skip
    assert player.stdout is not None
    try:
        yield json.loads(player.stdout.readline()), player
    finally:
        player.kill()
        player.wait()


def touched(folder: Path, touches: int, each: int, period: int) -> dict[str, Any]:
    """So many touches, in as many sittings as that takes."""
    chance = random.Random(1)
    found: list[Touch] = []
    compared = differing = 0
    for begun in range(0, touches, each):
        those, cycles = one_sitting(folder, min(each, touches - begun), period, chance)
        found += those
        compared += sum(cycle.length for cycle in cycles)
        differing += sum(cycle.differing for cycle in cycles)
    names = list(dict.fromkeys(touch.control for touch in found))
    groups = {
        FAST: [touch for touch in found if touch.control.removesuffix(TAKEN_BACK) in AT_ONCE],
        **{name: [touch for touch in found if touch.control == name] for name in names},
    }
    way = np.array([
        (touch.desk_s - touch.down_s, touch.tick_s - touch.desk_s, touch.changed_s - touch.tick_s)
        for touch in groups[FAST]
        if touch.changed_s is not None
    ] or [(np.nan,) * 3])  # fmt: skip
    return {
        "by_control": {name: figures(those) for name, those in groups.items()}, "load": rig.load(),
        "way": np.percentile(way, (50, 99), axis=0).T.tolist(),
        "slowest": slowest(groups[FAST]),
        "compared": compared, "differing": differing, "unsure": touches - len(found),
    }  # fmt: skip


def slowest(touches: list[Touch]) -> list[dict[str, Any]]:
    """The touches that took longest, those that changed nothing first, and where each one's time went."""
    found = sorted(touches, key=lambda each: each.down_s - (each.changed_s or float("inf")))[:SLOWEST]
    return [
        {
            "control": each.control, "wish": each.wish, "at_s": each.at_s,
            "way": each.desk_s - each.down_s, "desk": each.tick_s - each.desk_s,
            "sound": None if each.changed_s is None else each.changed_s - each.tick_s,
        }
        for each in found
    ]  # fmt: skip


def figures(touches: list[Touch]) -> dict[str, Any]:
    seconds = np.array([t.changed_s - t.down_s for t in touches if t.changed_s is not None] or [np.nan])
    return {
        "touches": len(touches), "unchanged": sum(touch.changed_s is None for touch in touches),
        "seconds": seconds.tolist(), "median": float(np.median(seconds)),
        "p99": float(np.percentile(seconds, 99)), "p999": float(np.percentile(seconds, 99.9)),
    }  # fmt: skip


def one_sitting(
    folder: Path, touches: int, period: int, chance: random.Random
) -> tuple[list[Touch], list[Any]]:
    """One sitting touched so many times, and how its recording lies over its rendering."""
    length_s = round(FIRST_S + touches * 3.0 + 120.0)
    out = folder / "asks"
    with jack_dummy.JackServer(period) as server:
        recorder = subprocess.Popen(
            [str(jack_dummy.compiled("recorder")), *PORTS, str(length_s), f"{folder}/heard"],
            env=server.environment, stdout=subprocess.DEVNULL, preexec_fn=jack_dummy.end_with_parent,
        )  # fmt: skip
        with subject(server, out, "touches") as (told, player), pages(folder / "data") as page:
            page.wait_for_timeout(FIRST_S * 1000.0)
            clock_s = rig.clock_s(page)
            controls = fingers(page, touches, chance)
            page.wait_for_timeout(LOOK_S * 2000.0)
            asked = page.evaluate("noted.asked")
            player.communicate()
            recorder.terminate()
            recorder.wait(timeout=60)
    asks: list[tuple[float, Ask, float, float]] = pickle.loads(out.read_bytes())
    sound, frame_times = read(folder / "heard")
    called_s = np.fromfile(folder / "heard.times", np.float64)
    rendered, without = again(
        [(t_s, ask) for t_s, ask, _, _ in asks], len(sound) + RATE_HZ, told["latency_s"]
    )
    missed = beginning(sound, rendered)
    cycles = [
        replace(cycle, at=cycle.at + missed) for cycle in laid(sound, frame_times, rendered[missed:], period)
    ]
    changed_s = changes(sound, called_s, cycles, without, period)
    down = {each["key"]: clock_s + each["down"] / 1000.0 for each in asked}
    control = dict(zip(down, controls, strict=True))
    return [
        Touch(
            control[ask.id], str(ask.wish), at_s, down[ask.id], came_s, taken_s, changed_s[ask.id]
        )
        for at_s, ask, came_s, taken_s in asks
        if ask.id in changed_s
    ], cycles  # fmt: skip


def beginning(sound: Sound, rendered: Sound) -> int:
    """The frame of the rendering with which the recording begins: a recorder is connected a moment late."""
    for at in np.flatnonzero((rendered[: int(FIRST_S * RATE_HZ)] == sound[0]).all(axis=1)):
        if np.array_equal(rendered[at : at + RECOGNISED], sound[:RECOGNISED]):
            return int(at)
    raise ValueError("What was recorded is not what was rendered.")


def fingers(page: Page, touches: int, chance: random.Random) -> list[str]:
    """Touch so many controls; which they were, in order."""
    done: list[str] = []
    back_s = 0.0
    others = [name for name in BACK if name not in AT_ONCE]
    for _ in track(range(touches), "Touching ...", disable=not sys.stderr.isatty()):
        back = done[-1] if len(done) % 2 else None
        if back is not None:
            name = BACK[back]
            back_s = max(back_s, time.monotonic() + COME_BACK_S.get(back, 0.0))
        else:
            name = chance.choice(AT_ONCE if time.monotonic() > back_s else others)
        before = page.evaluate("noted.asked.length")
        while page.evaluate("noted.asked.length") == before:  # off for a moment: it counts once it is on
            touch(page, name, chance)
            page.wait_for_timeout(100.0)
        done.append(name if back is None else f"{back}{TAKEN_BACK}")
        page.wait_for_timeout(chance.uniform(*BETWEEN_S) * 1000.0)
    return done


def touch(page: Page, name: str, chance: random.Random) -> None:
    """A finger on a button, on a switch, or somewhere on a slider; on nothing where it is not there."""
    if name == "Breath guide":
        where = page.get_by_role("switch", name=name)
    elif name in SLIDERS:
        where = page.get_by_role("slider", name=name, exact=True)
    else:
        where = page.get_by_role("button", name=name, exact=True)
    box = where.bounding_box()
    if box is None:
        return
    across = chance.uniform(*ACROSS.get(name, (0.1, 0.9))) if name in SLIDERS else 0.5
    page.touchscreen.tap(box["x"] + across * box["width"], box["y"] + box["height"] / 2.0)


class Branching(OfflineOutput):
    """Renders a sitting again; before each tick that took an ask a fork goes on without it."""

    def __init__(self, desk: Desk, asks: list[tuple[float, Ask]], frames: int, latency_s: float) -> None:
        self.sound: list[Sound] = []
        self.without: dict[str, tuple[int, Sound]] = {}
        super().__init__(RATE_HZ, "Rendering.", self.sound.append)
        self.latency_s = latency_s  # type: ignore[misc]
        self._desk, self._frames = desk, frames
        self._asks = {round(t_s / TICK_S): ask for t_s, ask in asks}
        self._branch: int | None = None
        self._until = frames

    def advance(self, until_frame: int) -> None:
        super().advance(until_frame)
        if until_frame >= self._until:
            if self._branch is not None:
                with os.fdopen(self._branch, "wb") as pipe:
                    pipe.write(np.concatenate(self.sound).tobytes())
                os._exit(0)
            raise EnoughError
        ask = self._asks.get(round(until_frame / RATE_HZ / TICK_S))
        if ask is not None and self._branch is None:
            self._go_on_without(ask, until_frame)

    def _go_on_without(self, ask: Ask, at: int) -> None:
        here, there = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(here)
            keep_memory_to_oneself()
            self._desk.take(ask.due_s)
            self._desk.put(Ask(Undo(), Hand.PROFILE, "nobody", due_s=ask.due_s))  # which has done nothing yet
            self.sound.clear()
            self._branch, self._until = there, at + round(LOOK_S * RATE_HZ)
            return
        os.close(there)
        with os.fdopen(here, "rb") as pipe:
            told = pipe.read()
        os.waitpid(child, 0)
        self.without[ask.id] = at, np.frombuffer(told, np.float32).reshape(-1, 2)

    def ended(self) -> None:
        """A branch that comes here has failed, and nobody else may go on in its process."""
        if self._branch is not None:
            os._exit(1)


def keep_memory_to_oneself() -> None:
    """In a forked child: what is shared with the parent, the state of the sound, becomes a copy there."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
    fixed = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_FIXED
    for line in Path("/proc/self/maps").read_text().splitlines():
        if "/memfd:calando" in line and " rw-s " in line:
            first, last = (int(each, 16) for each in line.split()[0].split("-"))
            kept = ctypes.string_at(first, last - first)
            libc.mmap(first, last - first, mmap.PROT_READ | mmap.PROT_WRITE, fixed, -1, 0)
            ctypes.memmove(first, kept, len(kept))


class EnoughError(Exception):
    """It was rendered for long enough."""


def again(
    asks: list[tuple[float, Ask]], frames: int, latency_s: float
) -> tuple[Sound, dict[str, tuple[int, Sound]]]:
    """The sitting rendered; and by the id of each ask, from which frame on how it would have gone without."""
    desk = Desk()
    due = [(t_s, replace(ask, due_s=t_s)) for t_s, ask in asks]
    desk.put_all(ask for _, ask in due)
    output = Branching(desk, due, frames, latency_s)
    with sitting(output, desk) as played:
        try:
            with suppress(EnoughError):
                played.run()
        finally:
            output.ended()
    return np.concatenate(output.sound), output.without


def changes(
    sound: Sound,
    called_s: NDArray[np.float64],
    cycles: list[Any],
    without: dict[str, tuple[int, Sound]],
    period: int,
) -> dict[str, float | None]:
    """When the first sample was played that is not as it would have been, where that is sure."""
    places = np.array([cycle.at for cycle in cycles])
    found: dict[str, float | None] = {}
    for key, (first, would) in without.items():
        found[key] = None
        for cycle in cycles[int(np.searchsorted(places, first, "right")) :]:
            expected = would[cycle.at - first : cycle.at - first + cycle.length]
            heard = sound[cycle.start : cycle.start + len(expected)]
            if not len(expected):
                break
            if cycle.differing:  # a tick came so late that what was played is not what is rendered
                del found[key]
                break
            unlike = (heard != expected).any(axis=1)
            if unlike.any():
                frames = int(np.argmax(unlike)) + period
                found[key] = float(called_s[cycle.number] + frames / RATE_HZ)
                break
    return found


def stopped(folder: Path, stops: int, hold_s: int, period: int) -> dict[str, Any]:
    """So many stops in one sitting, with the interpreter of the engine held for `hold_s` at a time."""
    chance = random.Random(1)
    cycles = int((stops * 8.0 + 300.0) * RATE_HZ / period)
    off = 0
    with jack_dummy.JackServer(period) as server:
        levels = subprocess.Popen(
            [str(jack_dummy.compiled("levels")), PORTS[0], str(cycles), f"{folder}/levels"],
            env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=jack_dummy.end_with_parent,
        )  # fmt: skip
        with (
            subject(server, folder / "asks", "stops", str(hold_s)) as (told, _),
            pages(folder / "data") as page,
        ):
            word = StopPage(told["page"])
            page.wait_for_timeout(FIRST_S * 1000.0)
            clock_s = rig.clock_s(page)
            stop = page.get_by_role("button", name="Stop", exact=True)
            for _ in track(range(stops), "Stopping ...", disable=not sys.stderr.isatty()):
                before = page.evaluate("noted.asked.length")
                box = stop.bounding_box()
                assert box is not None
                page.touchscreen.tap(box["x"] + box["width"] / 2.0, box["y"] + box["height"] / 2.0)
                time.sleep(SILENT_S)
                off += page.evaluate("noted.asked.length") == before
                word.clear()
                time.sleep(chance.uniform(*RETURN_S))
            asked = page.evaluate("noted.asked")
            told_levels, _ = levels.communicate(timeout=60)
    rate = json.loads(told_levels.splitlines()[-1])["rate"]
    downs_s = [clock_s + each["down"] / 1000.0 for each in asked if each["key"] == "stop"]
    seconds, faint = delays(np.fromfile(folder / "levels", ROW), downs_s, period, rate)
    return {
        "hold_s": hold_s, "stops": len(seconds), "too_faint": faint, "off": off, "seconds": seconds.tolist(),
        "median": float(np.median(seconds)), "p99": float(np.percentile(seconds, 99)),
        "p999": float(np.percentile(seconds, 99.9)), "worst": float(seconds.max()),
        "over": int(np.sum(seconds > STOP_BAR_S)), "load": rig.load(),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

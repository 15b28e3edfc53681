"""A kiosk among 24 named faults: how long each silences it, and what grows.

    python benchmarks/kiosk_soak.py [--minutes M] [--every S]
    python benchmarks/kiosk_soak.py --minutes 4320        72 hours

A whole service is run: supervisor, its process for a Mosquitto, the process that plays and the sound card's,
on a JACK dummy device. Every `--every` seconds one fault is done, in turn, every tenth time three at once.
Silence is what a client of JACK hears of all that plays: below -70 dBFS, or no cycle at all while the server
is away. It is told per fault, from the fault to the next one. Growth is the slope of a straight line through
the supervisor's own figures after the first fifth, and the resident memory of the whole service (pages that
several share counted in each) in the first third of that and in its last, medians; the process that plays is
another one each time. SIGTERM or Ctrl-C end it early, and what was measured by then is told.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from jack_dummy import JackServer
from kiosk_rig import MACHINE_CODE_S, ROW, SILENT, Mixed, Service, children, rss_mb, until
from report import show_table, write_json

from tests.kiosk.broker import Broker, Reader

FILE = """name = "soak"
[visit]
without_strap = "programme"
straps = ["sim:seed=3,off=120,off_s=3600"]
[mqtt]
host = "127.0.0.1"
port = {port}
"""
SOFTER = "[sound]\ntrim_db = -2\n"
TOPIC = "calando/soak/"
BUSY = "import os; os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))\nwhile True: pass"
"""Never in real time, though this program may be: nothing else on the machine would run."""

LOOK_S = 5.0
CYCLES = 8 * 3600 * 47
"""Of the longest life of a sound server in here: eight hours."""

NO_GAP_S = 0.1
"""Between two sounding cycles on a busy machine, whose clock is read as late as they are."""


class Faulty(Service):
    """A kiosk that is listened to, and what can be done to it."""

    def __init__(self, server: JackServer, folder: Path, port: int, reader: Reader) -> None:
        super().__init__(server, FILE.format(port=port), folder)
        self.server, self._reader = server, reader
        self._text = self.file.read_text()
        self.heard: list[np.ndarray] = []
        self._listen()

    @property
    def player(self) -> int:
        """Of the process that plays, or that shall; 0 where there is none."""
        return next((pid for pid in reversed(self.players) if b"kiosk.playing" in command_line(pid)), 0)

    @property
    def safe(self) -> bool:
        return b'"safe":true' in self._reader.newest.get(TOPIC + "state", b"").replace(b" ", b"")

    def _listen(self) -> None:
        self._mixed = Mixed(self.server, CYCLES * self.server.period / self.server.rate_hz)

    def listened(self) -> None:
        """Nobody listens any more; what was heard is kept."""
        with self._mixed:
            pass
        self.heard.append(self._mixed.rows)

    def longest_silence_s(self, from_s: float, until_s: float) -> float:
        """Between two moments of the monotonic clock."""
        rows = np.concatenate([*self.heard, np.empty(0, ROW)])
        at_s = rows["at_s"][rows["peak"] >= SILENT]
        at_s = np.concatenate([[from_s], at_s[(at_s > from_s) & (at_s < until_s)], [until_s]])
        gap_s = float(np.diff(at_s).max())
        return gap_s if gap_s > NO_GAP_S else 0.0

    def signal_player(self, number: int) -> None:
        if self.player:
            os.kill(self.player, number)

    def signal_card(self, number: int) -> None:
        for pid in children(self.player):
            os.kill(pid, number)

    def server_away(
        self, how: Callable[[], None], seconds: float, rate_hz: int = 48_000, period: int = 1024
    ) -> None:
        how()
        self.listened()
        time.sleep(seconds)
        self.server.rate_hz, self.server.period = rate_hz, period
        self.server.start()
        self._listen()

    def server_halted(self) -> None:
        self.server.pause()
        time.sleep(3.0)
        self.server.go_on()

    def reload(self, content: str | None) -> None:
        if content is None:
            self.file.unlink(missing_ok=True)
        else:
            self.file.write_text(content)
        self._read_again()
        time.sleep(1.0)
        self.file.write_text(self._text)
        self._read_again()

    def _read_again(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def reload_softer(self) -> None:
        self.reload(self._text + SOFTER)

    def reload_often(self) -> None:
        for _ in range(20):
            self._read_again()
            time.sleep(0.02)

    def commands(self) -> None:
        for number in range(50):
            self._volume(-(number % 4))
        time.sleep(2.0)  # most were refused: two a second are taken in the long run
        self._volume(0)

    def _volume(self, trim_db: int) -> None:
        self._reader.send(TOPIC + "command", json.dumps({"command": "volume", "value": trim_db}).encode())

    def state_away(self, as_file: bool) -> None:
        moved = self.state.with_name("moved")
        if self.state.exists():
            self.state.rename(moved)
        if as_file:
            self.state.write_text("no folder")
        time.sleep(2.0)
        if as_file:
            self.state.unlink()
        if moved.exists():
            moved.rename(self.state)

    def counters_damaged(self) -> None:
        self.state.mkdir(exist_ok=True)
        (self.state / "counters.json").write_bytes(os.urandom(200))

    def busy(self) -> None:
        hogs = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(4)]
        time.sleep(5.0)
        for hog in hogs:
            hog.kill()
            hog.wait()


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def family(pid: int) -> list[int]:
    """A process and all that it, and they, have started."""
    return [pid, *(each for child in children(pid) for each in family(child))]


FAULTS: dict[str, Callable[[Faulty], None]] = {
    "player killed": lambda k: k.signal_player(signal.SIGKILL),
    "card's process killed": lambda k: k.signal_card(signal.SIGKILL),
    "card's process stopped": lambda k: k.signal_card(signal.SIGSTOP),
    "card's process: segmentation fault": lambda k: k.signal_card(signal.SIGSEGV),
    "player stopped": lambda k: k.signal_player(signal.SIGSTOP),
    "sound server away for 3 s": lambda k: k.server_away(k.server.stop, 3.0),
    "sound server killed, away for 3 s": lambda k: k.server_away(k.server.kill, 3.0),
    "sound server halted for 3 s": lambda k: k.server_halted(),
    "player's interpreter held for ever": lambda k: k.signal_player(signal.SIGUSR2),
    "sound server back at 44.1 kHz": lambda k: k.server_away(k.server.stop, 1.0, rate_hz=44_100),
    "sound server back with another period": lambda k: k.server_away(k.server.stop, 1.0, period=2048),
    "file read again": lambda k: k.reload_softer(),
    "player: segmentation fault": lambda k: k.signal_player(signal.SIGSEGV),
    "file broken": lambda k: k.reload("name = "),
    "file gone": lambda k: k.reload(None),
    "file of a megabyte": lambda k: k.reload("#" * 2**20),
    "player: abort": lambda k: k.signal_player(signal.SIGABRT),
    "file read again twenty times": lambda k: k.reload_often(),
    "state folder gone": lambda k: k.state_away(False),
    "state folder is a file": lambda k: k.state_away(True),
    "player asked to end by somebody else": lambda k: k.signal_player(signal.SIGTERM),
    "counters damaged": lambda k: k.counters_damaged(),
    "fifty commands at once": lambda k: k.commands(),
    "processors busy for 5 s": lambda k: k.busy(),
}
"""In turn. What ends the player stands apart: five starts that did not last a minute are safe mode."""


class Looks:
    """Looks at the service's processes now and then: what they take."""

    def __init__(self, kiosk: Faulty, seconds: float) -> None:
        self._kiosk = kiosk
        self._taken = np.zeros((round(seconds / LOOK_S) + 100, 5))
        self._count = 0
        self.player_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        pid = self._kiosk.process.pid
        while self._count < len(self._taken) and not self._over.wait(LOOK_S):
            files, threads = (
                sum(1 for _ in Path(f"/proc/{pid}/{what}").iterdir()) for what in ("fd", "task")
            )
            whole_mb = sum(rss_mb(each) for each in family(pid))
            self._taken[self._count] = time.monotonic(), rss_mb(pid), files, threads, whole_mb
            self._count += 1
            self.player_mb = max(self.player_mb, rss_mb(self._kiosk.player))

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def grown(self) -> dict[str, float]:
        """Slopes of the supervisor, an hour, and what the whole service took."""
        rows = self._taken[self._count // 5 : self._count]
        hours = (rows[:, 0] - rows[0, 0]) / 3600.0
        names = ("supervisor_mb_an_hour", "files_an_hour", "threads_an_hour")
        found = {name: float(np.polyfit(hours, rows[:, k + 1], 1)[0]) for k, name in enumerate(names)}
        third = len(rows) // 3
        found |= {
            "supervisor_mb_at_the_end": float(rows[-1, 1]),
            "service_mb_first_third": float(np.median(rows[:third, 4])),
            "service_mb_last_third": float(np.median(rows[-third:, 4])),
        }
        return {name: round(value, 3) for name, value in found.items()}


def run(minutes: float, every_s: float) -> dict[str, object]:
    done: list[tuple[float, tuple[str, ...]]] = []
    safe = 0
    with (
        tempfile.TemporaryDirectory(prefix="calando-") as folder,
        JackServer() as server, Broker(Path(folder)) as broker, Reader(broker.port) as reader,
    ):  # fmt: skip
        kiosk = Faulty(server, Path(folder), broker.port, reader)
        with kiosk:
            until(lambda: "The music plays." in kiosk.log, MACHINE_CODE_S)
            time.sleep(every_s)
            looks = Looks(kiosk, 60.0 * minutes)
            try:
                names, number, end_s = list(FAULTS), 0, time.monotonic() + 60.0 * minutes
                while time.monotonic() < end_s:
                    several = 3 if len(done) % 10 == 9 else 1
                    chosen = tuple(names[(number + k) % len(names)] for k in range(several))
                    number += several
                    done.append((time.monotonic(), chosen))
                    for name in chosen:
                        FAULTS[name](kiosk)
                    print(f"\r{len(done)} {', '.join(chosen):80.80}", end="", file=sys.stderr, flush=True)
                    time.sleep(max(0.0, done[-1][0] + every_s - time.monotonic()))
                    safe += kiosk.safe
            except KeyboardInterrupt:
                done.pop()  # it was not waited for
            finally:
                looks.end()
                last_s = time.monotonic()
            log = kiosk.log.splitlines()
        kiosk.listened()
    ends = [*(at_s for at_s, _ in done[1:]), last_s]
    silences: dict[str, list[float]] = {}
    for (at_s, chosen), end_s in zip(done, ends, strict=True):
        silences.setdefault(" + ".join(chosen), []).append(round(kiosk.longest_silence_s(at_s, end_s), 2))
    back = sum(kiosk.longest_silence_s(end_s - 2.0, end_s) < 1.0 for end_s in ends)
    return {
        "faults": len(done), "playing_again_before_the_next": back, "in_safe_mode_after": safe,
        "silence_s": silences, "player_mb_at_most": round(looks.player_mb, 1),
        "seconds": round(ends[-1] - done[0][0]), "load": os.getloadavg(), **looks.grown(),
        "log": log,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=30.0, metavar="S")
    asked = parser.parse_args()
    for ends in (signal.SIGTERM, signal.SIGINT):  # a background job of a shell ignores SIGINT
        signal.signal(ends, signal.default_int_handler)
    figures = run(asked.minutes, asked.every)
    write_json("kiosk_soak", figures)
    silences = figures.pop("silence_s")
    assert isinstance(silences, dict)
    del figures["log"]
    rows = [[name, str(len(each)), f"{max(each):.2f}"] for name, each in silences.items()]
    show_table("A kiosk among faults", ["fault", "times", "longest silence s"], rows)
    whole = [[name, str(value)] for name, value in figures.items()]
    show_table("Over all of it", ["figure", "measured"], whole)


if __name__ == "__main__":
    main()

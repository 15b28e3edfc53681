"""Ninety days of a kiosk on the offline clock: memory, tick time, and hours through the calendar's tricks.

    python benchmarks/kiosk_days.py [--visits N] [--days N] [--visit-s S] [--rate HZ]

The real house (engine.kiosk.house) plays visit after visit into nothing, as fast as the machine can, with the
synth, guide, composer and monitor of a live one; simulated visitors put a simulated strap on and take it off
at random moments. They stay for seconds, since what could be left behind is left by each visit, however
short: its beginning, its end and what is forgotten are those of any.

The wall clock of the schedule goes on from visit to visit, and is set anew after each fifth of them, so that
both changes of summer time, a leap day, a clock that is set back a year and another time zone lie among the
days. For two days about each of these the schedule is compared with one that counts in UTC minutes.

It runs in the environment of a kiosk's process that plays (engine.kiosk.process.WIPED).
Memory is the resident set after a collection, first after a tenth of the visits, for caches fill until then.
Tick time is CPU time of the thread, from status to status (a quarter of a second of sound, rendering and
the beginning of visits included), of each tenth of the visits. SIGTERM or Ctrl-C end it early, and what was
measured by then is told.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from report import show_table, write_json

from engine.kiosk.config import config_of
from engine.kiosk.house import House, Orders
from engine.kiosk.orders import Status, Wanted
from engine.kiosk.process import WIPED
from engine.kiosk.schedule import Asked, opening_now, wanted
from engine.player import OfflineOutput
from sensors.beat import Link, LinkChange, Measurement, SensorEvent

FILE = {
    "timezone": "Europe/Berlin",
    "hours": {"every_day": "09:00-19:00", "monday": "closed", "quiet": "12:00-13:00"},
    "visit": {"profiles": ["relax", "breathe", "sleep"], "length": "12m", "off_after": "3s", "rest": "1s"},
}

TRICKS = (
    ("begins summer time", datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "Europe/Berlin"),
    ("ends summer time", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "Europe/Berlin"),
    ("leap day", datetime(2028, 2, 28, 22, 0, tzinfo=UTC), "Europe/Berlin"),
    ("set back a year", datetime(2027, 2, 27, 0, 0, tzinfo=UTC), "Europe/Berlin"),
    ("another time zone", datetime(2027, 6, 1, 0, 0, tzinfo=UTC), "America/St_Johns"),
)
"""Moments about which the clock passes, in this order."""

BEFORE = timedelta(days=5)
"""The clock is set to so long before each of them."""

OPEN_SHARE = 6 * 10 / 168
"""Of a week, by FILE."""

TOLD_A_VISIT = 400
"""Statuses that are timed, of each visit on average; there are four a second of sound."""


class Visitors:
    """Simulated visitors: each wears a simulated strap for `visit_s`, one after another, for so many."""

    label, simulated, latency_s = "SIMULATED strap", True, 0.0

    def __init__(self, visit_s: float, rate_hz: int) -> None:
        self._visit_s = visit_s
        self._chance = random.Random(5)
        self.frame = 0
        self._rate_hz = rate_hz
        self._until_s = self._worn_from_s = 0.0

    def open(self) -> None:
        self._told_s, self._link = -9.0, None
        self._worn_from_s = 1.0
        self._until_s = 1.0 + self._visit_s * self._chance.uniform(0.8, 1.2)
        self._rr_ms = self._chance.uniform(700.0, 1000.0)

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        worn = self._worn_from_s <= now_s < self._until_s
        link, events = Link.LIVE if worn else Link.SEARCHING, list[SensorEvent]()
        if link is not self._link:
            self._link = link
            events.append(LinkChange(now_s, link, ""))
        if worn and now_s - self._told_s >= 1.0:
            self._told_s = now_s
            rr_ms = self._rr_ms + self._chance.gauss(0.0, 30.0)
            events.append(Measurement(now_s, round(60_000 / rr_ms), (round(rr_ms * 1.024),), True))
        return events

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        """A simulated visitor hears nothing."""

    def close(self) -> None:
        """Nothing is open."""


class Watched:
    """What the house tells, and the memory and time that it takes."""

    def __init__(self, visits: int, days: float) -> None:
        self._visits, self._days = visits, days
        self._passed = timedelta()
        self._stage = -1
        self._set_clock(0)
        self.orders = Orders(replace(self._wanted(), open=True))
        self.rss_mb: list[tuple[int, float]] = []
        self.threads: list[int] = []
        # Made and touched now: what the benchmark keeps must not look like what the kiosk leaks.
        self.tick_us = np.full(visits * TOLD_A_VISIT, np.nan, np.float32)
        self.first_tick = np.full(visits + 1, -1, np.int64)
        self.ticks = 0
        self._seen = -1
        self._cpu_s = time.thread_time()

    def _wanted(self) -> Wanted:
        return wanted(
            self._kiosk, Asked(), self._now.astimezone(self._kiosk.zone), 0.0, frozenset(), -18.0,
            safe=False, first=0,
        )  # fmt: skip

    def tell(self, status: Status) -> None:
        cpu_s = time.thread_time()
        if self.ticks < len(self.tick_us):
            self.tick_us[self.ticks] = (cpu_s - self._cpu_s) * 1e6
            self.ticks += 1
        if status.visits != self._seen:
            self._seen = status.visits
            self.first_tick[status.visits] = self.ticks
            self._pass_on()
            if status.visits % max(1, self._visits // 100) == 0:
                gc.collect()
                self.rss_mb.append((status.visits, rss_mb()))
                self.threads.append(threading.active_count())
                print(
                    f"\r{status.visits}/{self._visits} {rss_mb():.2f} MB ",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )
        if status.visits >= self._visits:
            self.orders.leaving = True
        self._cpu_s = time.thread_time()

    def _set_clock(self, stage: int) -> None:
        """To the days about one of the tricks, where they have not begun yet."""
        if stage != self._stage:
            self._stage = stage
            _, at, zone = TRICKS[stage]
            self._now = at - BEFORE
            self._kiosk = config_of(FILE | {"timezone": zone})

    def _pass_on(self) -> None:
        """Time goes on to the next visit; a visitor who would come at night comes in the morning."""
        self._set_clock(min(self._seen * len(TRICKS) // self._visits, len(TRICKS) - 1))
        step = timedelta(days=self._days * OPEN_SHARE / self._visits)
        while True:
            self._now += step
            self._passed += step
            fresh = self._wanted()
            if fresh.open:
                break
            step = timedelta(hours=1)
        self.orders.wanted = fresh

    @property
    def visits(self) -> int:
        """That there have been."""
        return max(self._seen, 0)

    def ticks_us(self, quantile: float) -> list[float]:
        """A quantile of the tick times of each tenth of the visits."""
        bounds = [int(self.first_tick[self.visits * tenth // 10]) for tenth in range(11)]
        return [
            round(float(np.percentile(self.tick_us[low:high], quantile))) for low, high in pairwise(bounds)
        ]

    @property
    def days(self) -> float:
        """That have passed on the clock, from setting to setting."""
        return self._passed / timedelta(days=1)


def rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def tricks() -> list[list[str]]:
    """For each trick of the calendar: open minutes in the two days from it, and as reckoned in UTC."""
    rows: list[list[str]] = []
    for name, begin, zone in TRICKS:
        kiosk = config_of(FILE | {"timezone": zone})
        minutes = [begin + timedelta(minutes=k) for k in range(2 * 1440)]
        hours = (at.astimezone(kiosk.zone) for at in minutes)
        told = [opening_now(kiosk, Asked(), at, frozenset()).open for at in hours]
        reckoned = []
        for at in minutes:
            offset = ZoneInfo(zone).utcoffset(at.astimezone(ZoneInfo(zone)))
            local = at.replace(tzinfo=None) + (offset or timedelta())
            reckoned.append(local.weekday() != 0 and 9 <= local.hour < 19)
        differ = sum(each != other for each, other in zip(told, reckoned, strict=True))
        rows.append([name, zone, str(sum(told)), str(sum(reckoned)), str(differ)])
    return rows


def run(visits: int, days: float, visit_s: float, rate_hz: int) -> dict[str, Any]:
    watched = Watched(visits, days)

    def ends(_number: int, _frame: object) -> None:
        watched.orders.leaving = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ends)
    output = OfflineOutput(rate_hz, "Rendering into nothing.")
    began_s, cpu_s = time.monotonic(), time.process_time()
    House(output, lambda _: Visitors(visit_s, rate_hz), watched.orders, watched.tell).run()
    visits = watched.visits
    settled = [mb for count, mb in watched.rss_mb if count >= visits / 10]
    return {
        "visits": visits, "days": round(watched.days, 1), "visit_s": visit_s, "rate_hz": rate_hz,
        "rss_after_a_tenth_mb": round(settled[0], 2), "rss_at_the_end_mb": round(settled[-1], 2),
        "rss_highest_mb": round(max(settled), 2),
        "threads": [watched.threads[0], watched.threads[-1]],
        "tick_p50_us": watched.ticks_us(50), "tick_p99_us": watched.ticks_us(99),
        "cpu_s": round(time.process_time() - cpu_s), "took_s": round(time.monotonic() - began_s),
        "load": " ".join(f"{each:.1f}" for each in os.getloadavg()), "tricks": tricks(),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--visits", type=int, default=5000)
    parser.add_argument(
        "--days", type=float, default=93.0, help="that they fill; the first morning of each fifth is left out"
    )
    parser.add_argument("--visit-s", type=float, default=6.0, help="median time that a strap is worn")
    parser.add_argument("--rate", type=int, default=8000, help="of the sound, Hz")
    asked = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in WIPED.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | WIPED)
    figures = run(asked.visits, asked.days, asked.visit_s, asked.rate)
    write_json("kiosk_days", figures)
    rows = [[name, str(figures[name])] for name in figures if name != "tricks"]
    show_table("A kiosk's days", ["figure", "measured"], rows)
    show_table(
        "Open minutes in the two days from each trick on",
        ["calendar", "zone", "told", "reckoned", "minutes that differ"], figures["tricks"],
    )  # fmt: skip


if __name__ == "__main__":
    main()

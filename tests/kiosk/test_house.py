"""A kiosk's day on the offline clock: who comes, what is heard, and what it tells."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from dsp.native import Synth
from dsp.telemetry import Meter
from engine.kiosk.earcons import EARCONS, opening, played
from engine.kiosk.house import House, Orders
from engine.kiosk.orders import LONGEST_LINE, Status, Wanted
from engine.kiosk.state import Doing
from engine.kiosk.strap_pool import straps_of
from engine.player import OfflineOutput
from sensors.beat import Link, LinkChange, Measurement, SensorEvent

RATE_HZ = 8_000
"""Enough for what is asked here, and quick."""

WANTED = Wanted(length_s=60.0, off_s=5.0, rest_s=2.0, invitation_s=0.0)


class Worn:
    """A strap that is worn while `worn` says so, by the day's own time: a simulated one, a beat a second."""

    label, latency_s = "SIMULATED strap", 0.0

    def __init__(self, day: Day, *, simulated: bool = True, always_there: bool = False) -> None:
        self._day, self.simulated, self.always_there = day, simulated, always_there

    def open(self) -> None:
        self._told_s = -1.0
        self._link: Link | None = None

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        worn = self._day.worn
        events: list[SensorEvent] = []
        link = {None: Link.SEARCHING, False: Link.NO_CONTACT, True: Link.LIVE}[worn]
        if link is not self._link:
            self._link = link
            events.append(LinkChange(now_s, link, ""))
        if worn and now_s - self._told_s >= 1.0:
            self._told_s = now_s
            events.append(Measurement(now_s, 66, (930,), True))
        return events

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        """It hears nothing."""

    def close(self) -> None:
        """Nothing is open."""


class Day:
    """Plays a house, changes what is wanted at moments of the day, and keeps what it told."""

    def __init__(
        self, wanted: Wanted, deeds: dict[float, object], end_s: float, **strap: bool
    ) -> None:
        self.worn: bool | None = None
        self.orders = Orders(wanted)
        self.told: list[tuple[float, Status]] = []
        self._deeds, self._end_s = sorted(deeds.items()), end_s
        House(OfflineOutput(RATE_HZ, "Rendering."), self._strap(strap), self.orders, self._tell).run()

    def _strap(self, strap: dict[str, bool]) -> Callable[[tuple[str, ...]], Worn]:
        return lambda _: Worn(self, **strap)

    def _tell(self, status: Status) -> None:
        now_s = status.frame / RATE_HZ
        self.told.append((now_s, status))
        while self._deeds and now_s >= self._deeds[0][0]:
            deed = self._deeds.pop(0)[1]
            if isinstance(deed, dict):
                self.orders.wanted = replace(self.orders.wanted, **deed)
            elif deed is None or isinstance(deed, bool):
                self.worn = deed
            else:
                self.orders.signs.append(str(deed))
        if now_s >= self._end_s:
            self.orders.leaving = True

    def doing(self) -> list[Doing]:
        """What it did, one after the other."""
        found: list[Doing] = []
        for _, status in self.told:
            if not found or found[-1] is not status.doing:
                found.append(status.doing)
        return found

    def between(self, from_s: float, until_s: float) -> list[Status]:
        return [status for at_s, status in self.told if from_s <= at_s < until_s]


def loudest(statuses: list[Status]) -> float:
    return max(-120.0 if each.lufs is None else each.lufs for each in statuses)


@pytest.mark.parametrize("simulated", [False, True])
def test_a_screen_shows_a_visitor_s_heart_and_never_an_invented_one(simulated: bool) -> None:
    wanted = replace(WANTED, programme=True)
    day = Day(wanted, {12.0: True, 45.0: None}, 60.0, simulated=simulated)
    shown = [(status.doing, status.shown) for _, status in day.told]
    assert all(screen is None for doing, screen in shown if doing is Doing.READY)
    screens = [screen for doing, screen in shown if doing is Doing.VISIT and screen is not None]
    hearts = {screen.heart_bpm for screen in screens}
    assert hearts <= ({None} if simulated else {None, 64, 65, 66})
    assert simulated or hearts != {None}
    assert len({screen.breath_phase for screen in screens}) > 20
    assert all(0.0 <= screen.breath_phase < 1.0 and screen.breath_per_min > 0.0 for screen in screens)
    programme = [screen for doing, screen in shown if doing is Doing.PROGRAMME and screen is not None]
    assert programme
    assert {screen.heart_bpm for screen in programme} == {None}
    told = [Status.of(status.line()) for _, status in day.told]
    assert [each.shown for each in told if each is not None] == [screen for _, screen in shown]


def test_a_strap_comes_on_and_off_and_another_one_comes() -> None:
    day = Day(WANTED, {5.0: True, 40.0: None, 75.0: True}, 100.0)
    assert day.doing() == [Doing.READY, Doing.VISIT, Doing.ENDING, Doing.READY, Doing.VISIT, Doing.ENDING]
    last = day.told[-1][1]
    assert last.visits == 2
    began = next(at_s for at_s, status in day.told if status.doing is Doing.VISIT)
    assert began < 5.0 + 3.0 + 4.0  # three beats, and the sign that a heart is heard
    assert loudest(day.between(5.0, 40.0)) > -35.0
    frames = [status.frame for _, status in day.told]
    sequences = [status.sequence for _, status in day.told]
    assert frames == sorted(frames)
    assert sequences == sorted(sequences)


def test_a_strap_that_cannot_be_meant_is_passed_over_and_told_and_ends_nothing() -> None:
    alone = straps_of(("sim:off=1000",))
    alone.open()
    (told,) = alone.poll(1.0)
    assert isinstance(told, LinkChange)
    assert (told.link, told.arrival_s) == (Link.UNAVAILABLE, 1.0)
    assert "off=1000" in told.words
    assert alone.poll(2.0) == ()
    assert straps_of(("sim:off=1000", "sim:seed=3")).simulated


def test_a_visit_has_its_length() -> None:
    day = Day(WANTED, {1.0: True, 110.0: None, 120.0: True}, 130.0)
    ending = next(at_s for at_s, status in day.told if status.doing is Doing.ENDING)
    began = next(at_s for at_s, status in day.told if status.doing is Doing.VISIT)
    assert 40.0 < ending - began <= 61.0
    # Who keeps the strap on hears no second visit: it has to come off first.
    assert day.between(100.0, 110.0)[-1].visits == 1
    assert day.told[-1][1].visits == 2


def test_nothing_sounds_while_it_is_closed_or_muted_whoever_comes() -> None:
    day = Day(replace(WANTED, open=False), {2.0: True, 30.0: {"open": True, "muted": True}}, 60.0)
    assert set(day.doing()) == {Doing.CLOSED, Doing.MUTED}
    assert loudest(day.between(1.0, 60.0)) < -100.0


def test_closing_time_ends_a_visit_softly_and_mute_at_once() -> None:
    closed = Day(WANTED, {1.0: True, 30.0: {"open": False}}, 60.0)
    assert closed.doing()[-1] is Doing.CLOSED
    assert loudest(closed.between(31.0, 34.0)) > -50.0
    muted = Day(WANTED, {1.0: True, 30.0: {"muted": True}}, 50.0)
    assert muted.doing()[-1] is Doing.MUTED
    assert loudest(muted.between(33.5, 50.0)) < -60.0


def test_a_programme_gives_way_to_a_heart() -> None:
    day = Day(replace(WANTED, programme=True), {30.0: True}, 60.0)
    assert day.doing()[:2] == [Doing.READY, Doing.PROGRAMME]
    assert Doing.VISIT in day.doing()
    began = next(at_s for at_s, status in day.told if status.doing is Doing.VISIT)
    assert began < 30.0 + 3.0 + 2.0 + 3.0 + 4.0


def test_a_strap_that_feels_no_skin_is_told_of_by_a_sign_and_safe_mode_hears_no_strap() -> None:
    day = Day(WANTED, {1.0: False}, 20.0)
    assert loudest(day.between(2.0, 8.0)) < -100.0
    assert loudest(day.between(9.0, 15.0)) > -50.0
    assert day.doing() == [Doing.READY]
    cup = Day(WANTED, {1.0: False, 14.0: True}, 30.0, always_there=True)  # a finger's cup feels none all day
    assert loudest(cup.between(2.0, 13.0)) < -100.0
    assert cup.doing()[:2] == [Doing.READY, Doing.VISIT]
    safe = Day(replace(WANTED, safe=True), {1.0: True}, 30.0)
    assert safe.doing()[:2] == [Doing.READY, Doing.PROGRAMME]
    assert safe.told[-1][1].visits == 0


def test_the_cap_and_the_trim_hold_in_a_visit() -> None:
    loud = Day(WANTED, {1.0: True}, 45.0)
    capped = Day(replace(WANTED, cap_lufs=-40.0), {1.0: True}, 45.0)
    trimmed = Day(WANTED, {1.0: True, 20.0: {"trim_db": -12.0}}, 45.0)
    assert loudest(capped.between(15.0, 45.0)) <= -39.0
    assert loudest(loud.between(35.0, 45.0)) - loudest(trimmed.between(35.0, 45.0)) > 8.0


def test_a_day_of_visits_writes_no_file_at_all() -> None:
    written: list[str] = []
    listening = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event == "open":
            path, mode, flags = arguments
            if (isinstance(mode, str) and set(mode) & set("wax+")) or (
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            ):
                written.append(str(path))

    sys.addaudithook(hook)  # it stays for good, and is told when to hear no more
    try:
        day = Day(WANTED, {1.0: True, 20.0: None, 45.0: True, 60.0: None}, 80.0)
    finally:
        listening = False
    assert day.told[-1][1].visits == 2
    # What is opened for writing is shared memory, which no disk ever sees.
    assert [path for path in written if not path.startswith(("/proc/", "/dev/shm/"))] == []


@pytest.mark.parametrize("name", EARCONS)
def test_every_sign_is_heard_no_louder_than_music_and_rings_out(name: str) -> None:
    earcon = EARCONS[name]
    synth = Synth(48_000, 0)
    synth.push([*opening(0.0), *played(name, 4_800, 48_000)])
    synth.render(np.empty((round((earcon.length_s + 0.1) * 48_000), 2), np.float32))
    levels = [report.lufs_momentary for report in synth.poll() if isinstance(report, Meter)]
    assert -40.0 < max(levels) < -20.0
    assert levels[-1] < max(levels)
    assert earcon.length_s < 6.0


def test_a_status_is_a_line_that_a_pipe_takes_at_once_and_reads_back() -> None:
    status = Status(Doing.VISIT, 2**40, 2**33, -23.5, True, True, "x" * 5000, True, "y" * 5000)
    line = status.line()
    assert len(line) < LONGEST_LINE
    read = Status.of(line)
    assert read is not None
    assert (read.doing, read.frame, read.lufs) == (Doing.VISIT, 2**40, -23.5)
    assert Status.of(Status(lufs=float("-inf")).line()) == Status()
    for broken in (b"", b"{}", b"[1]", b"\xff", b'{"doing": "dancing"}'):
        assert Status.of(broken) is None

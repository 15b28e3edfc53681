"""Watchers: whatever they do, the music is that of an untouched run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from dsp.native import Synth
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import MOST_WAITING, Latest, Watcher, Watchers
from profiles.load import load
from sensors.spec import open_sensor

RATE_HZ, SECONDS = 48_000, 12.0


def played(watchers: Watchers, each: Callable[[Moment], None] | None = None) -> np.ndarray:
    """The sound of a sitting that these watch; `each` may do something to them in every tick."""
    profile, sound = load("relax"), list[np.ndarray]()

    class Usher:
        def moment(self, moment: Moment) -> None:
            if each is not None:
                each(moment)

    watchers.add(Usher(), at_once=True)
    Session(
        profile, open_sensor("sim:seed=5"), Guide(profile, duration_s=SECONDS), Composer(profile, 1),
        Synth(RATE_HZ, 1), OfflineOutput(RATE_HZ, "Rendering.", sound.append), watchers,
    ).run()  # fmt: skip
    watchers.close()
    return np.concatenate(sound)


@pytest.fixture(scope="module")
def untouched() -> np.ndarray:
    return played(Watchers())


class Raises:
    def __init__(self) -> None:
        self.called = 0

    def moment(self, moment: Moment) -> None:
        self.called += 1
        raise ZeroDivisionError(moment.t_s)


@pytest.mark.parametrize("at_once", [True, False])
def test_one_that_raises_is_told_once_and_left_out(untouched: np.ndarray, at_once: bool) -> None:
    told: list[str] = []
    watchers, raises = Watchers(told.append), Raises()
    watchers.add(raises, at_once=at_once)
    assert np.array_equal(played(watchers), untouched)
    assert raises.called == 1
    assert len(told) == 1
    assert "Raises" in told[0]
    assert "music goes on" in told[0]


def test_one_that_blocks_holds_up_nobody(untouched: np.ndarray) -> None:
    began, let_go = threading.Event(), threading.Event()

    class Blocks:
        def moment(self, _moment: Moment) -> None:
            began.set()
            let_go.wait()

    watchers = Watchers()
    watchers.add(Blocks())
    try:
        assert np.array_equal(played(watchers), untouched)  # ends although the watcher never returned
        assert began.wait(60.0)
    finally:
        let_go.set()


def test_a_thousand_comings_and_goings_change_nothing(untouched: np.ndarray) -> None:
    watchers, seen = Watchers(), list[float]()

    class Sees:
        def moment(self, moment: Moment) -> None:
            seen.append(moment.t_s)

    def come_and_go(_moment: Moment) -> None:
        for n in range(9):
            watcher: Watcher = Sees()
            watchers.add(watcher, at_once=bool(n % 2))
            if n % 3:
                watchers.remove(watcher)

    before = threading.active_count()
    assert np.array_equal(played(watchers, come_and_go), untouched)
    assert len(seen) > 1000
    until = time.monotonic() + 60.0
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_a_slow_one_sees_the_newest_and_all_of_a_short_sitting() -> None:
    seen: list[float] = []

    class Sees:
        def moment(self, moment: Moment) -> None:
            seen.append(moment.t_s)

    watchers = Watchers()
    watchers.add(Sees())
    played(watchers)
    assert len(seen) <= MOST_WAITING
    assert seen == sorted(seen)
    assert len(seen) > 100


def test_the_latest_moment_can_be_waited_for_in_another_thread() -> None:
    latest, watchers, got = Latest(), Watchers(), list[float]()
    watchers.add(latest, at_once=True)

    def wait() -> None:
        t_s = -1.0
        while (moment := latest.after(t_s, 300.0)) is not None and moment.t_s < 10.0:
            t_s = moment.t_s
            got.append(t_s)

    thread = threading.Thread(target=wait)
    thread.start()
    played(watchers)
    thread.join(300.0)
    assert not thread.is_alive()
    assert got == sorted(set(got))
    assert got
    assert latest.after(1e9, 0.01) is None

"""Each alert stands when its condition has held for long enough, and falls by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.kiosk.alerts import ROWS, Watch
from engine.kiosk.config import Alerts
from engine.kiosk.state import Doing, State

WELL = State(Doing.READY, sound_ok=True, sound_words="Plays on USB DAC.", lufs=None)
PLAYS = replace(WELL, doing=Doing.VISIT, lufs=-23.0)
LIMITS = Alerts(silence_s=60.0, battery=20, no_visit_s=7200.0)


def standing(watch: Watch, state: State, from_s: float, to_s: float) -> list[tuple[float, tuple[str, ...]]]:
    """The alerts, second by second, where they change."""
    found: list[tuple[float, tuple[str, ...]]] = []
    for second in range(round(from_s), round(to_s) + 1):
        names = tuple(each.name for each in watch.follow(replace(state, since_s=float(second))))
        if not found or found[-1][1] != names:
            found.append((float(second), names))
    return found


@pytest.mark.parametrize(
    ("name", "state", "after_s"),
    [
        ("no_sound", replace(WELL, sound_ok=False), 15.0),
        ("silent", replace(PLAYS, lufs=None), 60.0),
        ("silent", replace(PLAYS, lufs=-75.0), 60.0),
        ("slow_start", replace(WELL, doing=Doing.STARTING, sound_ok=False), 300.0),
        ("safe_mode", replace(WELL, safe=True), 0.0),
        ("strap_battery", replace(WELL, battery=20), 0.0),
        ("no_visit", WELL, 7200.0),
    ],
)
def test_it_stands_once_it_has_held_and_falls_after_it(name: str, state: State, after_s: float) -> None:
    watch = Watch(LIMITS)
    watch.follow(replace(PLAYS, since_s=0.0))
    changes = standing(watch, state, 1.0, after_s + 10.0)
    begun_s = after_s if name == "no_visit" else 1.0 + after_s
    assert changes[-1] == (begun_s, (name,))
    assert standing(watch, PLAYS, after_s + 11.0, after_s + 12.0) == [(after_s + 11.0, ())]


def test_a_break_begins_anew() -> None:
    watch = Watch(LIMITS)
    silent = replace(PLAYS, lufs=None)
    for begin_s in (0.0, 60.0, 120.0):
        assert standing(watch, silent, begin_s, begin_s + 58.0) == [(begin_s, ())]
        watch.follow(replace(PLAYS, since_s=begin_s + 59.0))


def test_silence_where_there_should_be_some_asks_for_nobody() -> None:
    for doing in set(Doing) - {Doing.VISIT, Doing.PROGRAMME, Doing.STARTING}:
        assert standing(Watch(Alerts()), replace(WELL, doing=doing), 0.0, 1000.0) == [(0.0, ())]


def test_three_replacements_within_an_hour() -> None:
    watch = Watch(LIMITS)
    for second, faults in ((0.0, 7), (10.0, 8), (1800.0, 9)):
        assert watch.follow(replace(PLAYS, since_s=second, faults=faults)) == ()
    (alert,) = watch.follow(replace(PLAYS, since_s=3000.0, faults=10))
    assert alert.name == "often_replaced"
    assert watch.follow(replace(PLAYS, since_s=3611.0, faults=10)) == ()


def test_nights_do_not_count_as_nobody_came() -> None:
    watch = Watch(LIMITS)
    for _ in range(3):
        assert standing(watch, WELL, 0.0, 0.0) == [(0.0, ())]
    watch = Watch(LIMITS)
    standing(watch, WELL, 0.0, 3600.0)
    assert standing(watch, replace(WELL, doing=Doing.CLOSED), 3601.0, 40_000.0) == [(3601.0, ())]
    assert standing(watch, WELL, 40_001.0, 44_000.0)[-1][1] == ("no_visit",)


def test_every_alert_says_what_is_so_and_what_to_do() -> None:
    for row in ROWS.values():
        for sentence in (row.words(WELL), row.asks):
            assert sentence.endswith(".")
            assert sentence[0].isupper()

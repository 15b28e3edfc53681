"""`calando trial` as it is used: four blind sittings, what looks at them meanwhile, the end and the page."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from engine.journal.opening import FILE
from sensors.beat import Measurement
from tests.calando import calando

TELLING = ("governed", "open-loop", "stall", "arrived", "leading", "tempo")


def trial(folder: Path, *words: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    return calando("trial", *words, "--data", "data", cwd=folder, answers=answers, also={"COLUMNS": "200"})


def begin(folder: Path, *words: str) -> None:
    done = trial(
        folder, "begin", "evening", "--sittings", "4", "--block", "2", "--sensor", "sim", "--duration", "60s",
        "--outcome", "calm", "--seed", "2", *words,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "calando trial next evening" in done.stdout


def sit(folder: Path, after: str = "6") -> subprocess.CompletedProcess[str]:
    return trial(
        folder, "next", "--fast", "--output", "null", "--rate-before", "4", "--rate-after", after,
    )  # fmt: skip


def test_a_trial_from_its_beginning_to_its_page(tmp_path: Path) -> None:
    begin(tmp_path, "--washout", "0h")
    said = [sit(tmp_path) for _ in range(3)]
    assert [each.returncode for each in said] == [0, 0, 0], said[0].stderr
    looked = [
        *said,
        trial(tmp_path, "status"),
        *(
            calando("sessions", *words, "--data", "data", cwd=tmp_path)
            for words in (
                ("show", "last"), ("show", "last", "--json"), ("list", "--each"), ("list", "--json"),
                ("report", "last"), ("export", "last"), ("export", "last", "--format", "json"),
                ("export", "last", "--format", "midi", "-o", "x.mid"),
            )
        ),
        calando("render", "last", "-o", "x.flac", "--data", "data", cwd=tmp_path),
    ]  # fmt: skip
    # The rules name both ways, one after the other; nothing else does. A profile's table has a tempo, too.
    rules = trial(tmp_path, "status").stdout
    assert rules.count("governed") == rules.count("open-loop") == 1
    for each in looked:
        told = (each.stdout + each.stderr).replace(rules, "")
        told = "" if '"profile_table"' in told else told
        assert not any(word in told for word in TELLING if word not in rules or "status" in each.args), told
    arms = [json.loads(line)["arm"] for line in looked[7].stdout.splitlines()]
    assert sorted(arms) == ["trial:evening/1", "trial:evening/2", "trial:evening/3"]
    refused = looked[8:]
    assert all(each.returncode == 1 and "has not ended" in each.stderr for each in refused)
    assert not list(tmp_path.glob("x.*")) + list(tmp_path.glob("*.html"))

    asked = trial(tmp_path, "end")
    assert asked.returncode == 2  # three of four, and nobody there to say yes
    assert "3 of 4" in asked.stderr + asked.stdout
    assert sit(tmp_path).returncode == 0
    over = sit(tmp_path)
    assert over.returncode == 2
    assert "All 4 sittings" in over.stderr

    done = trial(tmp_path, "end", "--prefers", "opens")
    assert done.returncode == 0, done.stderr
    assert "Four sittings: " in done.stdout
    shown = trial(tmp_path, "show")
    assert shown.returncode == 0, shown.stderr
    html = (tmp_path / "calando-trial-evening.html").read_text()
    assert "Music that opens as one settles" in html
    told = json.loads(trial(tmp_path, "show", "--json").stdout)
    assert sorted(told["order"]) == ["governed", "governed", "open-loop", "open-loop"]
    assert [each["value"] for each in told["sittings"]] == [2.0] * 4
    difference = told["difference"]
    assert difference["low"] < 0.0 < difference["high"]
    report = calando("sessions", "report", "last", "--data", "data", cwd=tmp_path)
    assert report.returncode == 0, report.stderr
    shown_now = calando("sessions", "show", "last", "--data", "data", cwd=tmp_path).stdout
    assert f"{told['order'][3]}, trial:evening/4" in shown_now
    assert "leading" in shown_now


def test_the_heart_pulse_sounds_in_neither_way(tmp_path: Path) -> None:
    begin(tmp_path, "--washout", "0h")
    assert sit(tmp_path).returncode == sit(tmp_path).returncode == 0
    assert trial(tmp_path, "end", "--yes", "--prefers", "either").returncode == 0
    connection = sqlite3.connect(tmp_path / "data" / FILE)
    arms = {row[0].partition(",")[0] for row in connection.execute("SELECT arm FROM session")}
    loudest = connection.execute("SELECT max(pulse_level) FROM state").fetchone()[0]
    connection.close()
    assert arms == {"governed", "open-loop"}
    assert loudest == 0.0


BAD_CALLS = {
    "none was begun": (("next",), "No trial has been begun"),
    "no such trial": (("status", "dawn"), "no trial dawn"),
    "the same name": (("begin", "evening", "--sensor", "sim"), "already"),
    "a name of two words": (("begin", "two words", "--sensor", "sim"), "'two words'"),
    "one way": (("begin", "x", "--arms", "governed", "--sensor", "sim"), "compares two"),
    "half a block": (("begin", "x", "--sittings", "7", "--sensor", "sim"), "7"),
    "any sensor": (("begin", "x", "--sensor", "auto"), "name a sensor"),
    "no such sensor": (("begin", "x", "--sensor", "camera"), "'camera'"),
    "no such profile": (("begin", "x", "--profile", "bliss", "--sensor", "sim"), "'bliss'"),
    "too short for a heart": (("begin", "x", "--duration", "2m", "--sensor", "sim"), "5 minutes"),
    "a washout without a unit": (("begin", "x", "--washout", "20", "--sensor", "sim"), "'20'"),
    "a strap, hurried": (("next", "evening", "--sensor", "ble", "--fast"), "--fast"),
    "any sensor for one": (("next", "evening", "--sensor", "auto", "--fast"), "name a sensor"),
    "a show before the end": (("show", "evening"), "has not ended"),
    "a page that is none": (("show", "evening", "-o", "x.pdf"), ".html"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_every_bad_call_gets_one_sentence(name: str, tmp_path: Path) -> None:
    words, word = BAD_CALLS[name]
    if name != "none was begun":
        begin(tmp_path)
    done = trial(tmp_path, *words)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_between_two_sittings_lies_what_was_laid_down(tmp_path: Path) -> None:
    begin(tmp_path)
    first = sit(tmp_path)
    assert "may begin from" in first.stdout
    second = sit(tmp_path)
    assert second.returncode == 2
    assert "may begin from" in second.stderr
    assert json.loads(trial(tmp_path, "status", "--json").stdout)["begun"] == 1


class Strap:
    """A strap that is heard after so many seconds, or never."""

    label, simulated, latency_s, waits = "a strap", False, 0.4, True

    def __init__(self, heard_s: float | None) -> None:
        self._heard_s, self._now = heard_s, lambda: 0.0
        self.closed = False

    def keep_time(self, engine_s: object) -> None:
        self._now = engine_s  # type: ignore[assignment]

    def open(self) -> None:
        pass

    def poll(self, now_s: float) -> list[Measurement]:
        if self._heard_s is None or now_s < self._heard_s:
            return []
        self._heard_s = None
        return [Measurement(now_s, 64, (960,))]

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        pass

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("heard_s", [0.3, None])
def test_a_strap_is_waited_for_before_anything_sounds(heard_s: float | None) -> None:
    from engine.sitting.kept import Kept

    strap = Strap(heard_s)
    with Kept(strap) as kept:
        assert kept.heard(60.0 if heard_s else 0.5) is (heard_s is not None)
    assert strap.closed

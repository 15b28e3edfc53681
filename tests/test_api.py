"""`import calando`: quick, without click, whole; and what it promises is what the command line does."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

import calando
from engine.door.rooms import open_rooms
from engine.journal import made
from engine.journal.store import Store
from tests.calando import calando as command
from tests.calando import environment

ROOT = Path(__file__).parent.parent


def python(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_it_loads_nothing_slow() -> None:
    loaded = python("import calando, sys; print(*sorted(n for n in sys.modules if '.' not in n))")
    assert "calando" in loaded
    slow = {"numpy", "click", "rich", "pydantic", "numba", "sounddevice", "bleak", "soundfile"}
    assert not slow & {*loaded}


def test_a_sitting_needs_no_command_line() -> None:
    loaded = python(
        "import calando, sys; calando.play(None, 'sim', duration=60, output='null', fast=True, record=False);"
        "print(*sys.modules)"
    )
    assert "engine.session" in loaded
    assert not [name for name in loaded if name == "click" or name.startswith("engine.cli")]


def test_every_promised_name_is_there_and_says_what_it_is() -> None:
    assert dir(calando) == sorted(calando.__all__)
    for name in calando.__all__:
        assert getattr(calando, name) is not None
    for name in ("play", "render", "heart", "Played", "Heart", "Kept", "Sitting", "Visit", "Sensor"):
        assert getattr(calando, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = calando.nonsense


def test_what_a_type_checker_sees_is_what_is_promised() -> None:
    text = Path(calando.__file__).read_text()
    seen = set(re.findall(r"import (\w+) as \1$", text, re.M))
    assert seen == {*calando.__all__} - {"__version__"}
    for package in ("calando", "engine", "sensors", "dsp", "profiles"):
        assert (ROOT / package / "py.typed").exists()


def test_a_sitting_is_that_of_the_command_line_sample_for_sample(tmp_path: Path) -> None:
    piece = tmp_path / "api.wav"
    seen: list[calando.Snapshot] = []
    played = calando.play(
        "relax", "sim:seed=5", duration="60s", seed=3, output=f"file:{piece}", fast=True, client="7f",
        record=tmp_path / "data", watch=seen.append,
    )  # fmt: skip
    assert (played.path, played.seed, played.trouble) == (piece, 3, "")
    assert played.folder == tmp_path / "data"
    assert played.last == seen[-1]
    assert len(seen) == round(10 * played.length_s) + 1
    done = command(
        "play", "--profile", "relax", "--sensor", "sim:seed=5", "--duration", "60s", "--seed", "3",
        "--output", "file:cli.wav", "--fast", "--client", "7f", "--data", "data", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ours, theirs = soundfile.read(piece)[0], soundfile.read(tmp_path / "cli.wav")[0]
    assert np.array_equal(ours, theirs)
    assert len(ours) == pytest.approx(48_000 * played.length_s, abs=9_600)
    assert played.id in command("sessions", "show", played.id, "--data", "data", cwd=tmp_path).stdout
    with Store(tmp_path / "data") as store:  # so that it can be deleted with its sitting
        assert [Path(each.path) for each in made.of_sitting(store, 1)] == [piece]


def test_a_rendering_is_the_same_and_is_kept_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALANDO_DATA", str(tmp_path / "journal"))
    rendered = calando.render("relax", tmp_path / "a.flac", duration=60, seed=3)
    assert rendered.folder is None
    done = command("render", "relax", "-o", "b.flac", "--duration", "60s", "--seed", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(*(soundfile.read(tmp_path / f"{name}.flac")[0] for name in "ab"))
    assert not (tmp_path / "journal").exists()


def test_what_a_desk_takes_is_answered_and_an_end_ends_it() -> None:
    desk, answers = calando.Desk(), list[str]()
    desk.put(calando.Ask(calando.Mark("a sigh"), due_s=5.0))
    desk.put(calando.Ask(calando.End(), calando.Hand.THERAPIST, due_s=20.0))
    played = calando.play(
        sensor="sim", duration="10m", output="null", fast=True, record=False, desk=desk,
        watch=lambda now: answers.extend(answer.words for answer in now.answers),
    )  # fmt: skip
    assert answers[0].startswith("Nothing of this sitting is kept, so this mark is in no record")
    assert 29.0 < played.length_s < 36.0


def test_a_watch_that_raises_is_told_and_costs_nothing() -> None:
    told: list[str] = []

    def watch(_now: calando.Snapshot) -> None:
        raise ZeroDivisionError

    played = calando.play(
        sensor="sim", duration=60, output="null", fast=True, record=False, watch=watch, say=told.append
    )
    assert played.length_s > 55.0
    assert len([sentence for sentence in told if "ZeroDivisionError" in sentence]) == 1


@pytest.mark.parametrize(("arguments", "error", "words"), [
    ({"profile": "bliss"}, calando.AskedError, "bliss"),
    ({"sensor": "banana"}, calando.SensorSpecError, "use one of"),
    ({"sensor": "ble"}, calando.SensorSpecError, "cannot be hurried"),
    ({"output": "loudspeaker"}, calando.OutputSpecError, "is not known"),
    ({"output": "device:card"}, calando.OutputSpecError, "--fast"),
    ({"output": "file:/nowhere/x.wav"}, calando.PlaceError, "does not exist"),
    ({"duration": "soon"}, calando.AskedError, "soon"),
    ({"duration": float("nan")}, calando.AskedError, "nan"),
    ({"seed": -1}, calando.AskedError, "between 0"),
    ({"feel": "I want to die"}, calando.HelpFirstError, ""),
    ({"room": "a b"}, calando.RoomError, "no name for a room"),
])  # fmt: skip
def test_what_cannot_be_meant_is_one_sentence(
    arguments: dict, error: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as refused:
        calando.play(**{"sensor": "sim", "output": "null", "fast": True, "record": tmp_path} | arguments)
    assert words in str(refused.value)
    if error is not calando.HelpFirstError:
        assert "\n" not in str(refused.value)
    assert not list(tmp_path.glob("*.wav"))


def test_a_heart_is_read_from_a_file_and_from_a_simulated_one(tmp_path: Path) -> None:
    file = tmp_path / "rr.txt"
    file.write_text("\n".join(["800"] * 100))
    moments = list(calando.heart(str(file)))
    assert sum(len(moment.beats) for moment in moments) == 100
    assert moments[-1].state.hr_bpm == pytest.approx(75.0, abs=0.1)
    assert len(list(calando.heart("sim", seconds=30, fast=True))) == 30
    with pytest.raises(ValueError, match="needs seconds"):
        calando.heart("sim", fast=True)
    with pytest.raises(calando.SensorSpecError):
        calando.heart("/nowhere/rr.txt")


def example(name: str, *arguments: str, also: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments], cwd=ROOT, capture_output=True, text=True,
        env=environment({"PYTHONPATH": str(ROOT), **(also or {})}), timeout=600.0, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_examples_are_short_and_each_is_run_here_or_with_pyo() -> None:
    files = sorted((ROOT / "examples").glob("*.py"))
    assert [file.stem for file in files] == [
        "follow_a_room", "patch_glass", "patch_tide", "sensor_of_ones_own", "soften_when_the_heart_rises"
    ]  # fmt: skip
    assert all(len(file.read_text().splitlines()) < 60 for file in files)


def test_example_soften_when_the_heart_rises() -> None:
    told = example("soften_when_the_heart_rises.py")
    assert re.search(r"The heart has risen by \d+ beats a minute\.\n *[\d.]+ s  Soften: the therapist", told)
    assert "Played for 30" in told


def test_example_sensor_of_ones_own(tmp_path: Path) -> None:
    assert "the heart beats 87 times" in example("sensor_of_ones_own.py")
    rates = tmp_path / "rates.txt"
    rates.write_text("\n".join(["66"] * 20))
    assert "the heart beats 66 times" in example("sensor_of_ones_own.py", str(rates))


@pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets")
def test_example_follow_a_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A socket's path is short; pytest's are long.
    runtime = Path("/tmp") / f"calando-api-{time.time_ns() % 10**9}"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    desk, played = calando.Desk(), list[calando.Played]()
    marked_s: list[float] = []

    def watch(now: calando.Snapshot) -> None:
        """The sitting ends a second after the visitor has left its mark, however long it took to come."""
        if any(answer.words.startswith("Marked") for answer in now.answers):
            marked_s.append(now.t)
        if marked_s and now.t >= marked_s[0] + 1.0:
            desk.put(calando.Ask(calando.End(at_once=True), id="the end"))

    def play() -> None:
        played.append(
            calando.play(
                sensor="sim", duration="3h", output="null", record=tmp_path, room="studio", desk=desk, seed=1,
                watch=watch,
            )
        )  # fmt: skip

    thread = threading.Thread(target=play)
    thread.start()
    try:
        until_s = time.monotonic() + 300.0
        while open_rooms() != ["studio"]:
            assert time.monotonic() < until_s
            time.sleep(0.05)
        told = example("follow_a_room.py", "studio")
    finally:
        desk.put(calando.Ask(calando.End(at_once=True)))
        thread.join(300.0)
    lines = told.splitlines()
    assert lines[0] == f"In the room studio: the sitting {played[0].id}."
    assert lines[1] == "Marked: somebody came in."
    assert lines[-1] == "The sitting is over."
    assert "music at" in told


def test_the_readme_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = (ROOT / "README.md").read_text().partition("## From Python\n")[2].partition("\n## ")[0]
    code = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    assert len(code.splitlines()) == 8
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert soundfile.info(tmp_path / "evening.flac").duration > 60.0

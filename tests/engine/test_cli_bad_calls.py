"""Every bad call: one plain sentence on standard error, the right exit code, nothing left behind."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.calando import calando

SIM = ("--sensor", "sim", "--fast", "--duration", "60s")

BAD_CALLS = {
    "no such command": (("dance",), 2, "dance"),
    "no such option": (("play", "--loud"), 2, "--loud"),
    "no such profile": (("play", "--profile", "bliss", *SIM, "--output", "null"), 2, "'bliss'"),
    "a profile that is not one": (("play", "--profile", "empty.toml", "--sensor", "sim"), 2, "empty.toml"),
    "no such sensor": (("play", "--sensor", "camera"), 2, "'camera'"),
    "a sensor setting that is none": (("play", "--sensor", "sim:mood=3"), 2, "mood"),
    "an impossible heart": (("play", "--sensor", "sim:rest=900"), 2, "900"),
    "a recording that is not there": (("play", "--sensor", "replay:none.txt"), 2, "none.txt"),
    "an empty recording": (("play", "--sensor", "replay:empty.toml"), 2, "empty.toml"),
    "a recording of noise": (("play", "--sensor", "replay:noise.bin"), 2, "noise.bin"),
    "a recording that is a folder": (("play", "--sensor", "replay:folder"), 2, "folder"),
    "an impossible rate": (("play", "--sensor", "replay:ecg.csv?rate=-5"), 2, "rate"),
    "a target too low": (("play", *SIM, "--target", "20", "--output", "null"), 2, "20"),
    "a target that is no number": (("play", *SIM, "--target", "nan", "--output", "null"), 2, "nan"),
    "a duration without a unit": (("play", "--duration", "20"), 2, "'20'"),
    "a duration too short": (("play", "--sensor", "sim", "--duration", "1s"), 2, "1 s"),
    "an arm that is none": (("play", "--arm", "third"), 2, "third"),
    "no name for a room": (("play", *SIM, "--output", "null", "--room", "a b"), 2, "'a b'"),
    "a room to say something in": (("say", "..", "soften"), 2, "'..'"),
    "a room to follow": (("follow", "a/b"), 2, "'a/b'"),
    "an action with a value": (("say", "room", "less", "5"), 2, "'5'"),
    "drawn by no number": (("play", *SIM, "--play-along", "--draw", "nan"), 2, "--draw"),
    "a loop of nothing": (("say", "room", "loop"), 2, "4, 8, keep"),
    "no such output": (("play", *SIM, "--output", "loudspeaker"), 2, "'loudspeaker'"),
    "a device, hurried": (("play", *SIM, "--output", "device:system"), 2, "--fast"),
    "a strap, hurried": (("play", "--sensor", "ble", "--fast"), 2, "--fast"),
    "a file that exists": (("play", *SIM, "--output", "file:here.wav"), 2, "here.wav"),
    "a folder that does not": (("play", *SIM, "--output", "file:away/x.wav"), 2, "away"),
    "a file for a folder": (("play", *SIM, "--output", "file:here.wav/x.wav"), 2, "not a folder"),
    "a folder for a file": (("play", *SIM, "--output", "file:folder.wav"), 2, "folder.wav is a folder"),
    "not a sound file": (("play", *SIM, "--output", "file:x.mp3"), 2, ".flac"),
    "sound to standard output": (("play", *SIM, "--output", "file:-"), 2, "standard output"),
    "a picture to standard output": (
        ("play", *SIM, "--output", "null", "--picture", "-"), 2, "standard output, which - means",
    ),
    "a report to standard output": (("sessions", "report", "last", "-o", "-"), 2, "standard output"),
    "a course to standard output": (("sessions", "progress", "A7", "-o", "-"), 2, "standard output"),
    "a trial to standard output": (("trial", "show", "-o", "-"), 2, "standard output"),
    "a pace to standard output": (("pace", "show", "-o", "-"), 2, "standard output"),
    "no permission": (("play", *SIM, "--output", "file:/proc/x.wav"), 1, "/proc/x.wav"),
    "a profile without a name": (("play", *SIM, "--profile", "", "--output", "null"), 2, "''"),
    "a turn after the end": (("play", *SIM, "--then", "sleep@1m", "--output", "null"), 2, "1:00"),
    "no such sensor, hurried": (("play", "--fast", "--sensor", "camera"), 2, "'camera'"),
    "rendering from no sensor": (("render", "relax", "-o", "x.wav", "--sensor", "camera"), 2, "'camera'"),
    "a cohort of one minute": (("cohort", "--listeners", "2", "--duration", "60s"), 2, "2m"),
    "seconds that are no number": (("heart", "sim", "--seconds", "nan"), 2, "nan"),
    "a damaged archive": (("heart", "damaged.gz"), 2, "damaged.gz"),
    "rendering without a name": (("render", "relax"), 2, "--output"),
    "rendering to standard output": (("render", "relax", "-o", "-"), 2, "standard output"),
    "rendering over a file": (("render", "relax", "-o", "here.wav"), 2, "here.wav"),
    "rendering from a strap": (("render", "relax", "-o", "x.wav", "--sensor", "ble"), 2, "strap"),
    "rendering without permission": (("render", "relax", "-o", "/proc/x.wav"), 1, "/proc/x.wav"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here.wav").write_bytes(b"somebody's recording")
    (tmp_path / "empty.toml").touch()
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)))
    (tmp_path / "ecg.csv").write_text("ecg\n" + "\n".join("0.1" for _ in range(200)) + "\n")
    (tmp_path / "damaged.gz").write_bytes(gzip.compress(b"800")[:10] + b"\xff" * 50)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.wav").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_call(name: str, folder: Path) -> None:
    arguments, code, named = BAD_CALLS[name]
    before = {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
    done = calando(*arguments, cwd=folder)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    said = done.stderr.strip()
    assert said.endswith((".", "?"))
    assert "\n" not in said or name == "a profile that is not one", said
    assert {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")} == before

"""`--output`: what each word opens, and that a file keeps what it was given."""

from __future__ import annotations

import re
import time
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile

from dsp.native import Synth
from engine.cli.outputs import opened
from engine.outputs import Way
from engine.player import Output


def took_s(output: Output) -> float:
    output.start(Synth(output.rate_hz, 1))
    began_s = time.monotonic()
    output.advance(output.rate_hz // 2)
    return time.monotonic() - began_s


@pytest.mark.parametrize("spec", ["null", "file:piece.wav", "auto"])
def test_what_is_played_takes_its_time_and_what_is_fast_does_not(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    for fast in (False, True):
        with opened(spec, Way(fast), name="relax", force=True, say=told.append) as (output, path):
            assert (took_s(output) >= 0.49) is not fast
        if path is not None:
            assert soundfile.info(path).frames == 24_000
    assert len(told) == (2 if spec == "auto" else 0)


def test_a_file_that_nobody_named_lies_where_it_is_said_to_under_the_time(tmp_path: Path) -> None:
    told: list[str] = []
    with opened("auto", Way(True, tmp_path), name="sleep", force=False, say=told.append) as (output, path):
        took_s(output)
    assert path is not None
    assert path.parent == tmp_path
    assert re.fullmatch(r"calando-sleep-\d{8}-\d{6}\.flac", path.name)
    assert told == [f"Rendering into {path}."]


def test_a_file_keeps_what_it_was_given_where_the_playing_breaks_off(tmp_path: Path) -> None:
    file = tmp_path / "piece.wav"
    with (
        pytest.raises(KeyboardInterrupt),
        opened(f"file:{file}", Way(True), name="x", force=False, say=print) as (output, _),
    ):
        took_s(output)
        raise KeyboardInterrupt
    sound, rate_hz = soundfile.read(file)
    assert (len(sound), rate_hz) == (24_000, 48_000)
    assert np.isfinite(sound).all()
    assert [each.name for each in tmp_path.iterdir()] == ["piece.wav"]


@pytest.mark.parametrize("spec", ["", "null:x", "file", "file:", "auto:x", "device", "loudspeaker"])
def test_what_is_no_output_is_a_wrong_call(spec: str) -> None:
    with (
        pytest.raises(click.UsageError, match="is not known"),
        opened(spec, Way(True), name="x", force=False, say=print),
    ):
        pass


def test_a_device_cannot_be_hurried() -> None:
    with (
        pytest.raises(click.UsageError, match="--fast"),
        opened("device:card", Way(True), name="x", force=False, say=print),
    ):
        pass

"""MIDI clock on a real JACK server: even to the frame, on the sound's beats, started at a bar and stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.calando import calando
from tests.program import program

for name in ("report", "jack_dummy"):  # which it imports
    program(name)
clock = program("clock")

PERIOD = 1024
QUANTUM = 64

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(bool(clock.jack_dummy.missing()), reason="no JACK dummy device"),
]


def test_ticks_are_even_on_the_beat_and_a_follower_starts_with_a_bar() -> None:
    heard = clock.measured(PERIOD, 22.0)
    off, skipped = heard.apart(PERIOD)
    assert skipped <= 2 * heard.xruns
    assert np.sum(np.abs(off) > 1.001) <= skipped  # but for what a skipped cycle has taken, none is off
    assert len(off) > 15.0 * 24  # over a tempo of 72 that falls to 60
    assert len(heard.stops) == 1
    assert set(heard.starts) <= set(heard.ticks)
    told = clock.told_of(PERIOD, heard)
    # A note begins with the quantum that holds its beat, so it is heard up to a quantum before the tick.
    assert -4 <= min(map(int, told["a sound before a tick"].split(" to "))) <= QUANTUM


def test_without_a_server_one_sentence_says_so(tmp_path: Path) -> None:
    played = calando(
        "play", "--midi-clock", "--output", "null", "--fast", "--duration", "60s", "--sensor", "sim",
        "--data", str(tmp_path), cwd=tmp_path,
    )  # fmt: skip
    assert played.returncode == 0
    assert "sends no MIDI clock" in played.stdout

"""The piece to take home: its path, its loudness by an independent meter, its tags, the same every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from engine.guide.music_state import Stage
from engine.journal.record import Record
from engine.journal.take_home import HIGHEST_DBTP, PATH_SHARE, Loudness, TakeHomeError, play, settled_path
from engine.session import Moment
from tests.calando import calando
from tests.engine.recorded import RATE_HZ, recorded

LENGTH_S = 90.0


@pytest.fixture(scope="module")
def sitting() -> Record:
    """A heart that comes down with the music."""
    return recorded("sim:seed=3,rest=64,start=78,settle=150", duration_s=600.0, client="ANNA")


class Heard:
    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self._sound: list[np.ndarray] = []

    def moment(self, moment: Moment) -> None:
        self.moments.append(moment)

    def take(self, sound: np.ndarray) -> None:
        self._sound.append(sound)

    @property
    def sound(self) -> np.ndarray:
        return np.concatenate(self._sound)


@pytest.fixture(scope="module")
def piece(sitting: Record) -> tuple[Heard, Loudness]:
    heard = Heard()
    return heard, play(sitting, LENGTH_S, heard.take, [heard])


def test_the_path_is_the_sittings_own_and_leads_to_its_calmest_minute(sitting: Record) -> None:
    path = settled_path(sitting, 1200.0)
    assert path[0].t_s == 0.0
    assert path[-1].t_s == pytest.approx(PATH_SHARE * 1200.0)
    led = [state for state in sitting.states if state.music.stage is not Stage.MATCH]
    assert path[0].tempo_bpm == pytest.approx(led[0].tempo_bpm)
    assert path[-1].tempo_bpm <= path[0].tempo_bpm
    end = next(state for state in led if state.tempo_bpm == path[-1].tempo_bpm)
    rates = [state.heart.hr_bpm for state in led if state.heart.hr_bpm]
    assert end.heart.hr_bpm is not None
    assert path[-1].tempo_bpm in {state.tempo_bpm for state in led}
    assert min(rates) <= end.heart.hr_bpm


def test_it_begins_and_ends_in_silence_and_is_as_long_as_asked(piece: tuple[Heard, Loudness]) -> None:
    sound = piece[0].sound
    assert len(sound) / RATE_HZ == pytest.approx(LENGTH_S, abs=4.0)
    assert np.max(np.abs(sound[: RATE_HZ // 20])) < 1e-3
    assert np.max(np.abs(sound[-RATE_HZ // 10 :])) < 1e-4
    assert piece[0].moments[-1].music.stage is Stage.END
    assert all(moment.heart.beats == 0 for moment in piece[0].moments)


def test_its_loudness_is_what_an_independent_meter_says(piece: tuple[Heard, Loudness]) -> None:
    heard, measured = piece
    oracle = pyloudnorm.Meter(RATE_HZ).integrated_loudness(heard.sound)
    assert measured.integrated_lufs == pytest.approx(oracle, abs=0.2)
    louder = heard.sound * measured.gain
    oracle = pyloudnorm.Meter(RATE_HZ).integrated_loudness(louder)
    assert measured.reached_lufs == pytest.approx(oracle, abs=0.2)
    assert np.max(np.abs(louder)) <= 10 ** (HIGHEST_DBTP / 20)


def test_peaks_and_silence_bound_the_gain() -> None:
    assert Loudness(-33.0, -30.0).gain == pytest.approx(10 ** (10 / 20))
    assert Loudness(-33.0, -6.0).gain == pytest.approx(10 ** (5 / 20))
    assert Loudness(-33.0, -6.0).reached_lufs == pytest.approx(-28.0)
    assert Loudness(-20.0, -6.0).gain == pytest.approx(10 ** (-3 / 20))
    assert Loudness(float("-inf"), float("-inf")).gain == 1.0


def test_it_is_the_same_every_time(sitting: Record, piece: tuple[Heard, Loudness]) -> None:
    again = Heard()
    play(sitting, LENGTH_S, again.take)
    assert np.array_equal(again.sound, piece[0].sound)


def test_a_sitting_that_never_led_has_nothing_to_take_home(sitting: Record) -> None:
    met = replace(sitting, states=tuple(s for s in sitting.states if s.music.stage is Stage.MATCH))
    with pytest.raises(TakeHomeError, match="before the music began to lead"):
        settled_path(met, 600.0)


def test_a_profile_that_this_version_does_not_know_is_told(sitting: Record) -> None:
    for table in ({}, {"palette": []}, dict(sitting.head.profile_table) | {"later": 1}):
        with pytest.raises(TakeHomeError, match="relax"):
            play(replace(sitting, head=replace(sitting.head, profile_table=table)), LENGTH_S, None)


def test_the_command_line_makes_a_tagged_file(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    call = ("play", "--sensor", "sim", "--fast", "--duration", "90s", "--output", "null", "--client", "ANNA")
    assert calando(*call, *data, cwd=tmp_path).returncode == 0
    render = ("render", "last", "--take-home", "60s")
    done = calando(*render, "-o", "piece.flac", *data, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with soundfile.SoundFile(tmp_path / "piece.flac") as file:
        assert file.title == "Calando: Relax"
        assert len(file.date) == 10
        assert file.artist == ""
        sound = file.read()
    assert pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound) == pytest.approx(-23.0, abs=0.3)
    done = calando(*render, "-o", "coded.flac", "--with-code", *data, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with soundfile.SoundFile(tmp_path / "coded.flac") as file:
        assert file.artist == "ANNA"
    for words, said in (
        (("render", "relax", "--take-home", "60s", "-o", "x.wav"), "'relax'"),
        (("render", "last", "--take-home", "1s", "-o", "x.wav"), "1 s"),
    ):
        done = calando(*words, *data, cwd=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr
        assert not (tmp_path / "x.wav").exists()

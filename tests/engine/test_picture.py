"""The picture of a sitting: its spectrogram against theory, its sound against what was played, its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dsp.native import Synth
from engine.clock import TICK_S
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.picture import SittingPicture
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.spectrogram import BANDS_PER_OCTAVE, LOWEST_HZ, Spectrogram
from engine.watch import at_once
from profiles.load import load
from sensors.spec import open_sensor
from tests.calando import calando

RATE_HZ, SEED = 48_000, 4


@pytest.fixture(scope="module")
def sitting() -> tuple[SittingPicture, np.ndarray]:
    profile = load("relax")
    guide = Guide(profile, duration_s=45.0)
    picture = SittingPicture("A sitting", RATE_HZ, SEED)
    sound: list[np.ndarray] = []
    Session(
        profile,
        open_sensor("sim:seed=5"),
        guide,
        Composer(profile, SEED),
        Synth(RATE_HZ, SEED),
        OfflineOutput(RATE_HZ, "Rendering.", sound.append),
        at_once(picture),
    ).run()
    return picture, np.concatenate(sound)


def band_hz(number: int) -> float:
    return LOWEST_HZ * 2.0 ** ((number + 0.5) / BANDS_PER_OCTAVE)


@pytest.mark.parametrize("hz", [220.0, 440.0, 3000.0])
def test_a_sine_is_one_band_with_its_own_power(hz: float) -> None:
    t_s = np.arange(RATE_HZ) / RATE_HZ
    spectrogram = Spectrogram(RATE_HZ)
    for block in np.array_split(0.1 * np.sin(2 * np.pi * hz * t_s), 10):
        column = spectrogram.column(np.column_stack([block, block]).astype(np.float32))
    loudest = int(np.argmax(column))
    assert abs(12.0 * np.log2(band_hz(loudest) / hz)) < 12.0 / BANDS_PER_OCTAVE + 0.05
    power = 10.0 * np.log10(np.sum(10.0 ** (column / 10.0)))
    assert power == pytest.approx(-20.0, abs=0.2)


def test_silence_has_no_power() -> None:
    column = Spectrogram(RATE_HZ).column(np.zeros((4800, 2), np.float32))
    assert np.all(column == -200.0)


def test_what_was_sent_gives_the_same_sound_again(sitting: tuple[SittingPicture, np.ndarray]) -> None:
    picture, sound = sitting
    portions = list(picture.again().portions(TICK_S))
    assert np.array_equal(np.concatenate(portions), sound)
    assert {len(portion) for portion in portions} == {round(TICK_S * RATE_HZ)}


def test_the_file_is_a_small_picture_and_nothing_else_is_left(
    sitting: tuple[SittingPicture, np.ndarray], tmp_path: Path
) -> None:
    sitting[0].save(tmp_path / "sitting.png")
    assert [path.name for path in tmp_path.iterdir()] == ["sitting.png"]
    assert (tmp_path / "sitting.png").stat().st_size < 300_000
    with Image.open(tmp_path / "sitting.png") as picture:
        assert picture.format == "PNG"
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    # Heart, tempo, density and the tint of the first stage are there, in their own colours.
    for colour in ((0xB5, 0x52, 0x4D), (0x2F, 0x66, 0x90), (0x7D, 0x64, 0x9C), (0xE6, 0xED, 0xF5)):
        near = np.max(np.abs(pixels.astype(int) - colour), axis=1) <= 12
        assert np.count_nonzero(near) > 100


def test_a_sitting_of_one_moment_can_be_drawn(tmp_path: Path) -> None:
    class First:
        def moment(self, moment: Moment) -> None:
            if moment.t_s == 0.0:
                picture.moment(moment)

    picture = SittingPicture("A moment", RATE_HZ, SEED)
    profile = load("relax")
    Session(
        profile, open_sensor("sim:seed=5"), Guide(profile, duration_s=10.0), Composer(profile, SEED),
        Synth(RATE_HZ, SEED), OfflineOutput(RATE_HZ, "Rendering."), at_once(First()),
    ).run()  # fmt: skip
    picture.save(tmp_path / "moment.png")
    assert (tmp_path / "moment.png").exists()


CALL = ("play", "--sensor", "sim", "--fast", "--duration", "30s", "--output", "null", "--seed", "1")


def test_play_draws(tmp_path: Path) -> None:
    done = calando(*CALL, "--picture", "drawn.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "The picture is in drawn.png.\n" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["drawn.png"]


def test_render_draws(tmp_path: Path) -> None:
    done = calando("render", "relax", "-o", "x.ogg", "--duration", "30s", "--picture", "x.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.ogg", "x.png"]


@pytest.mark.parametrize(
    ("name", "said"), [("x.jpg", ".png"), ("away/x.png", "away"), ("here.png", "here.png exists")]
)
def test_a_picture_that_may_not_be_is_told_before_a_note_is_played(
    name: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "here.png").write_bytes(b"somebody's")
    call = ("play", "--sensor", "sim", "--fast", "--duration", "30s", "--output", "file:x.wav")
    done = calando(*call, "--picture", name, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["here.png"]

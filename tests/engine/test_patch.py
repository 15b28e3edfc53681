"""A patch of pyo's beside the music: the same samples each time, and whatever becomes of its process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from dsp.telemetry import Meter
from engine.guest.duck import INSTEAD_OF_FOREGROUND
from engine.journal.rendition import Rendition
from engine.journal.store import Store
from engine.patch.asked import OWN, SynthError, patch_file
from engine.patch.player import ROOM, PatchPlayer
from engine.player import OfflineOutput
from engine.session import Moment
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

pytest.importorskip("pyo")

RATE_HZ, SEED = 48_000, 7
EXAMPLES = Path(__file__).parents[2] / "examples"


class Seen:
    """All moments of a sitting; at `at_s` it does `deed` once."""

    def __init__(self, at_s: float = -1.0, deed=None) -> None:
        self.moments: list[Moment] = []
        self._at_s, self._deed = at_s, deed

    def moment(self, moment: Moment) -> None:
        self.moments.append(moment)
        if self._deed is not None and moment.t_s >= self._at_s:
            self._deed()
            self._deed = None


def played(
    patch: Path | None, seconds: float, *, alone: bool = False, in_step: bool = False,
    data: Path | None = None, at_s: float = -1.0, deed=None,
):  # fmt: skip
    """(sound, moments, sentences, the sitting's id)."""
    portions: list[np.ndarray] = []
    said: list[str] = []
    plan = prepared(Asked("relax", sensor="sim", duration=seconds, seed=SEED, data=data))
    output = OfflineOutput(RATE_HZ, "Rendering.", portions.append, in_step=in_step)
    player = PatchPlayer(
        patch or OWN, RATE_HZ, SEED, alone=alone, hurry=not in_step, say=said.append
    )
    with Sitting(plan, open_sensor("sim"), output, data=data) as sitting:
        seen = Seen(at_s, None if deed is None else lambda: deed(player))
        sitting.watchers.add(seen, at_once=True)
        if patch is None:
            sitting.guest.duck, sitting.guest.reverb = INSTEAD_OF_FOREGROUND, ROOM
            sitting.run()
        else:
            with player:
                player.join(sitting)
                sitting.run()
    return np.concatenate(portions), seen.moments, said, sitting.id


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text)
    return path


def test_a_patch_sounds_the_same_each_time_and_its_sitting_is_replayed_sample_for_sample(
    tmp_path: Path,
) -> None:
    sound, moments, said, name = played(EXAMPLES / "patch_glass.py", 20.0, data=tmp_path)
    again, *_ = played(EXAMPLES / "patch_glass.py", 20.0)
    without, *_ = played(None, 20.0)
    assert said == []
    assert np.array_equal(sound, again)
    assert moments[-1].losses.guest_gaps == 0
    assert not np.array_equal(sound, without)
    with Store(tmp_path) as store:
        record = store.read(name)
    replay = Rendition.of(record)
    replayed = np.concatenate(list(replay.portions()))
    assert np.array_equal(replayed, sound[: len(replayed)])
    assert replay.missing_s == 0.0
    assert any("patch_glass.py" in marker.words for marker in record.markers)


QUIET = "import pyo\ndef patch(body): return pyo.Sig(0)\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "no function patch"),
        ("def patch(body): return 3", "returns int"),
        ("def patch(body): raise ValueError('a\\nb')", "fails: ValueError: a b."),
        ("def patch(body: return", "mine.py fails: SyntaxError"),
        ("import sys\nsys.exit(3)", "SystemExit"),
        ("import os, pyo\nos._exit(3)", "mine.py has ended by itself, with status 3."),
        ("import os\nprint('adieu')\nprint()\nos.abort()", '(SIGABRT); the last that it wrote is "adieu"'),
        (f"{QUIET}def note(body, note):\n    import ctypes\n    ctypes.string_at(0)", "crashed (SIGSEGV)."),
        ("from pyo import *\nServer().boot().start()", "mine.py makes a Server; leave it out"),
        (f"{QUIET}def note(body, note): return 1 / 0", "ZeroDivision"),
    ],
)
def test_a_bad_patch_is_one_sentence_and_the_music_plays(tmp_path: Path, text: str, said: str) -> None:
    sound, _, sentences, _ = played(written(tmp_path, text), 60.0 if "note" in text else 15.0)
    assert len(sentences) == 1
    assert said in sentences[0]
    assert "\n" not in sentences[0]
    assert np.abs(sound).max() > 0.005


def test_full_scale_noise_alone_stays_under_cap_and_ceiling(tmp_path: Path) -> None:
    noise = written(tmp_path, "import pyo\ndef patch(body): return pyo.Noise(mul=[4.0, 4.0])\n")
    _, moments, said, _ = played(noise, 30.0, alone=True)
    meters = [news for moment in moments for news in moment.news if isinstance(news, Meter)]
    assert said == []
    assert max(meter.lufs_short_term for meter in meters) <= -18.0
    assert max(meter.lufs_short_term for meter in meters) > -22.0
    assert max(meter.true_peak_dbtp for meter in meters) <= -3.0


def test_a_spec_that_cannot_be_meant_is_refused() -> None:
    for spec in ("csound", "pyo:", "pyo:/nowhere.py", "pyo2"):
        with pytest.raises(SynthError):
            patch_file(spec)
    assert patch_file("pyo") == OWN


@pytest.mark.live
@pytest.mark.parametrize("sent", ["SIGSTOP", "SIGKILL"])
def test_a_process_that_is_stopped_or_killed_leaves_the_engines_samples_as_they_are(
    tmp_path: Path, sent: str
) -> None:
    silent = written(tmp_path, "import pyo\ndef patch(body): return pyo.Sig([0.0, 0.0])\n")
    untouched, *_ = played(None, 12.0)

    def deed(player: PatchPlayer) -> None:
        assert player.process_id is not None
        os.kill(player.process_id, getattr(signal, sent))

    began_s = time.monotonic()
    sound, moments, said, _ = played(silent, 12.0, in_step=True, at_s=6.0, deed=deed)
    until = len(untouched) if sent == "SIGSTOP" else 6 * RATE_HZ
    assert np.array_equal(sound[:until], untouched[:until])
    assert time.monotonic() - began_s < 60.0
    if sent == "SIGKILL":
        assert len(said) == 1
        assert "has ended: it was killed (SIGKILL)" in said[0]
        assert "The music goes on with Calando's own instruments." in said[0]
        assert moments[-1].losses.guest_gaps < 2000
    else:
        assert len(said) == 1
        assert "mine.py does not keep up" in said[0]
        assert moments[-1].losses.guest_gaps > 2000

"""The table of instruments: each row has its kernels, and another row is all another instrument needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dsp import command
from dsp.native import Meter, Synth
from dsp.palette.instruments import NAMES, TABLE, Instrument, playing
from dsp.parts import ENVELOPE, ENVELOPE_OFFSETS, INSTRUMENT_RECORDS, PLAYABLES
from dsp.playable import playable_of
from dsp.quantum import QUANTUM
from dsp.score import INSTRUMENTS, Note, Ramp

ROOT = Path(__file__).parents[2]

CHIME = '''"""A chime: the bowl's modes, struck an octave higher and sooner gone."""

from dataclasses import replace
from functools import partial

from dsp.playable import Playable
from dsp.struck import SINGING_BOWL, STRUCK, prepare_struck, render_struck, start_struck

PATCH = replace(SINGING_BOWL, decays_s=tuple(0.2 * s for s in SINGING_BOWL.decays_s))
CHIME = Playable(STRUCK, partial(prepare_struck, patch=PATCH), start_struck, render_struck)
'''
ROW = '    Instrument("chime", "chime:CHIME", "lead", swells=False, program=112),\n'

PLAY_IT = """
import numpy as np
from dsp import command
from dsp.native import Synth
from dsp.score import Note, Ramp
engine = Synth()
master = command.Command(command.RAMP, command.parameter_index("master", "reverb_s"), a=3.0)
engine.push([command.tempo(60.0), command.ramp(Ramp("chime", "level_db", 0.0, 0.0)), master])
out = np.zeros((4 * 48000, 2), np.float32)
engine.render(out[:48000])
engine.push([command.note(Note(1.5, 1.0, "chime", 72.0, 0.8))])
engine.render(out[48000:])
assert not out[:72000].any()
assert abs(out[72000:]).max() > 0.01
assert float(engine._sound["parameters"]["value"][master.target]) == 3.0

from profiles.check import complaints
from profiles.load import load
from dataclasses import asdict
table = asdict(load("relax"))
table["palette"]["chime"] = {"level_db": -12.0}
assert not [said for said in complaints(table) if "chime" in said], complaints(table)

from engine.journal.alphabet import FIRST, TODAY
assert TODAY != FIRST
was = FIRST.parameters.index("master.reverb_s")
assert was != master.target
assert FIRST.today(command.RAMP, was) == master.target

from engine.music.orchestration import FOREGROUND
assert FOREGROUND == ("piano", "pluck", "chime", "bowl")
"""


def test_every_row_names_kernels_of_its_own_record() -> None:
    assert len(set(NAMES)) == len(TABLE)
    assert NAMES == INSTRUMENTS == tuple(PLAYABLES)
    state = np.zeros(1, INSTRUMENT_RECORDS)
    base = state.ctypes.data
    for row, offset in zip(TABLE, ENVELOPE_OFFSETS, strict=True):
        envelope = state[row.name]["envelope"]
        assert envelope.dtype == ENVELOPE
        assert envelope.__array_interface__["data"][0] - base == offset
        assert (row.program is None) == (row.part == "drums")


def test_a_row_that_names_no_kernels_is_an_error() -> None:
    with pytest.raises(TypeError, match="the sound of harp, is no Playable"):
        playable_of(Instrument("harp", "plucked:SOFT_STRING", "lead", swells=False, program=46))


def test_parts_come_in_the_order_asked_and_then_of_the_table() -> None:
    assert playing("lead", "stroke") == ("piano", "pluck", "bowl")
    assert playing("air", "drone") == ("wind", "water", "drone")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_those_that_swell_follow_the_breath_guide_and_no_others(row: Instrument) -> None:
    def level_db(depth_db: float) -> float:
        engine = Synth()
        ramps = [
            Ramp("master", "breath_per_min", 20.0, 0.0), Ramp("master", "breath_depth_db", depth_db, 0.0),
            Ramp(row.name, "level_db", 0.0, 0.0), Ramp(row.name, "reverb", 0.0, 0.0),
        ]  # fmt: skip
        engine.push([command.tempo(60.0), *map(command.ramp, ramps)])
        engine.push([command.note(Note(2.8, 60.0, row.name, 50.0, 0.8))])
        # Three seconds a breath: at 2.9 the lungs are empty, and the swell has taken all of its depth. Looked
        # at before the master, which evens such differences out.
        engine.render(np.zeros((round(2.85 * 48000), 2), np.float32))
        power = 0.0
        for _ in range(75):
            engine.render(np.zeros((QUANTUM, 2), np.float32))
            power += float(np.mean(np.square(engine._sound["dry"]["left"], dtype=np.float64)))
        return 10.0 * np.log10(power)

    taken_db = level_db(0.0) - level_db(6.0)
    assert taken_db == pytest.approx(6.0 if row.swells else 0.0, abs=0.3)


def test_the_count_of_voices_is_over_all_instruments() -> None:
    engine = Synth()
    engine.push([command.tempo(60.0)])
    engine.push([command.note(Note(0.0, 60.0, name, 50.0 + k)) for name in INSTRUMENTS for k in range(2)])
    engine.render(np.zeros((9600, 2), np.float32))
    meters = [report for report in engine.poll() if isinstance(report, Meter)]
    assert meters[0].voices == 2 * len(INSTRUMENTS)


def test_another_instrument_is_one_file_and_one_row(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "dsp", tmp_path / "dsp", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "dsp" / "chime.py").write_text(CHIME)
    table = tmp_path / "dsp" / "palette" / "instruments.py"
    text = table.read_text()
    end = text.index(")  # fmt: skip")
    table.write_text(text[:end] + ROW + text[end:])
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "CALANDO_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", PLAY_IT], cwd=tmp_path, env=os.environ | environment, capture_output=True,
        text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

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
from dsp.dip import DEEPEST_DB
from dsp.native import Synth
from dsp.palette.instruments import NAMES, TABLE, Instrument, playing
from dsp.parts import ENVELOPE, ENVELOPE_OFFSETS, INSTRUMENT_RECORDS, PLAYABLES
from dsp.playable import playable_of
from dsp.quantum import QUANTUM
from dsp.score import INSTRUMENTS, Note, Ramp
from dsp.telemetry import Meter

ROOT = Path(__file__).parents[2]

CHIME = '''"""A chime: the bowl's modes, struck an octave higher and sooner gone."""

from dataclasses import replace
from functools import partial

from dsp.bowl import SINGING_BOWL
from dsp.playable import Playable
from dsp.struck import STRUCK, prepare_struck, render_struck, start_struck

PATCH = replace(SINGING_BOWL, decays_s=tuple(0.2 * s for s in SINGING_BOWL.decays_s))
CHIME = Playable(STRUCK, partial(prepare_struck, patch=PATCH), start_struck, render_struck)
'''
ROW = '    Instrument("chime", "chime:CHIME", "lead", program=112),\n'

PLAYED_WITH = ("drone", "heart", "hand_pad")
"""What stands beside the chime while it is compiled: kernels are made row by row, whatever the rows are."""

PLAY_IT = """
import numpy as np
from dsp import command
from dsp.native import Synth
from dsp.palette.instruments import NAMES
from dsp.score import Note, Ramp
assert NAMES == ("drone", "heart", "hand_pad", "chime")
synth = Synth()
master = command.Command(command.RAMP, command.parameter_index("master", "reverb_s"), a=3.0)
synth.push([command.tempo(60.0), command.ramp(Ramp("chime", "level_db", 0.0, 0.0)), master])
out = np.zeros((4 * 48000, 2), np.float32)
synth.render(out[:48000])
synth.push([command.note(Note(1.5, 1.0, "chime", 72.0, 0.8))])
synth.render(out[48000:])
assert not out[:72000].any()
assert abs(out[72000:]).max() > 0.01
assert float(synth._sound["parameters"]["value"][master.target]) == 3.0
"""

SPEAK_OF_IT = """
from dataclasses import asdict
from dsp import command
from profiles.check import complaints
from profiles.load import load
table = asdict(load("relax"))
table["palette"]["chime"] = {"level_db": -12.0}
assert not [said for said in complaints(table) if "chime" in said], complaints(table)

from engine.journal.alphabet import FIRST, TODAY
assert TODAY != FIRST
was, now = FIRST.parameters.index("master.reverb_s"), command.parameter_index("master", "reverb_s")
assert was != now
assert FIRST.today(command.RAMP, was) == now

from engine.music.orchestration import FOREGROUND
assert FOREGROUND == ("piano", "pluck", "kalimba", "chime", "bowl")
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
        playable_of(Instrument("harp", "plucked:SOFT_STRING", "lead", program=46))


def test_parts_come_in_the_order_asked_and_then_of_the_table() -> None:
    assert playing("lead", "stroke") == ("piano", "pluck", "kalimba", "bowl")
    assert playing("air", "drone") == ("wind", "water", "drone")


def dry_power(synth: Synth, seconds: float) -> float:
    """Power of what all instruments send on, before effects and master."""
    power, quanta = 0.0, round(seconds * 48000 / QUANTUM)
    for _ in range(quanta):
        synth.render(np.zeros((QUANTUM, 2), np.float32))
        power += float(np.mean(np.square(synth._sound["dry"]["left"], dtype=np.float64)))
    return power / quanta


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.part in ("chords", "drone", "air")], ids=lambda row: row.name
)
def test_the_drone_makes_room_for_a_stroke_of_the_heart_and_comes_back(row: Instrument) -> None:
    def levels(velocity: float) -> list[float]:
        synth = Synth()
        asked = {"level_db": 0.0, "attack_s": 0.05, "reverb": 0.0}
        ramps = [Ramp(row.name, parameter, value, 0.0) for parameter, value in asked.items()]
        synth.push([command.tempo(60.0), *map(command.ramp, ramps)])
        synth.push([command.note(Note(0.0, 60.0, row.name, 50.0, 0.8))])
        if velocity > 0.0:
            synth.push([command.note(Note(2.0, 0.25, "heart", 36.0, velocity))])  # its channel is off
        synth.render(np.zeros((round(2.08 * 48000), 2), np.float32))
        under = dry_power(synth, 0.08)
        synth.render(np.zeros((round(0.6 * 48000), 2), np.float32))
        return [under, dry_power(synth, 0.3)]

    alone, struck, softly = (10.0 * np.log10(levels(velocity)) for velocity in (0.0, 1.0, 0.5))
    deepest = DEEPEST_DB if row.part == "drone" else 0.0
    assert alone[0] - struck[0] == pytest.approx(deepest, abs=0.2)
    assert alone[0] - softly[0] == pytest.approx(0.5 * deepest, abs=0.2)
    assert alone[1] == pytest.approx(struck[1], abs=0.1)


def test_the_count_of_voices_is_over_all_instruments() -> None:
    synth = Synth()
    synth.push([command.tempo(60.0)])
    synth.push([command.note(Note(0.0, 60.0, name, 50.0 + k)) for name in INSTRUMENTS for k in range(2)])
    synth.render(np.zeros((9600, 2), np.float32))
    meters = [report for report in synth.poll() if isinstance(report, Meter)]
    assert meters[0].voices == 2 * len(INSTRUMENTS)


def test_another_instrument_is_one_file_and_one_row(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "dsp", tmp_path / "dsp", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "dsp" / "chime.py").write_text(CHIME)
    table = tmp_path / "dsp" / "palette" / "instruments.py"
    text = table.read_text()
    begin, end = text.index("TABLE = (\n") + len("TABLE = (\n"), text.index(")  # fmt: skip")
    rows = text[begin:end].splitlines(keepends=True)
    assert len(rows) == len(TABLE)
    few = [row for row, known in zip(rows, TABLE, strict=True) if known.name in PLAYED_WITH]
    environment = os.environ | {
        "PYTHONPATH": f"{tmp_path}:{ROOT}", "CALANDO_CACHE": str(tmp_path / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    for beside, asked in ((rows, SPEAK_OF_IT), (few, PLAY_IT)):
        table.write_text(text[:begin] + "".join([*beside, ROW]) + text[end:])
        done = subprocess.run(
            [sys.executable, "-c", asked], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

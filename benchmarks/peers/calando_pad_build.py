"""Compiles the reference patch on Calando's own kernels, sustained voices and the reverb, and nothing else.

The machine code is made and kept as dsp/machine.py makes and keeps the engine's, so that rendering needs
neither Numba nor a compiler.

usage: calando_pad_build.py VOICES STEM     writes STEM.so, and STEM.npy with the first state
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import llvmlite.binding as llvm
import numpy as np
import reference_patch as patch
from numba import cfunc, types

from dsp.compiler import outside_calls
from dsp.crossing import column_sums, interleave
from dsp.envelope import ATTACK, release
from dsp.lanes import WIDTH, load, splat, store
from dsp.oscillator import highest_rolloff
from dsp.processor import flush_denormals, record_at
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.reverb import REVERB, prepare_reverb, render_reverb
from dsp.sustained import SustainedPatch, prepare_sustained, render_sustained, sustained_dtype

RATE = patch.SAMPLE_RATE
WET = patch.WET
DAMPING_HZ = 6000.0  # where the reverb's decay time has halved; as Faust's and pyo's versions have it
SWAY_TURNS = 900.0  # the sawtooths sway so far apart that for minutes it is the steady detuning asked for
VOICES = int(sys.argv[1])
LANES = -(-VOICES // WIDTH) * WIDTH
SCENE = record_dtype(
    [
        ("voices", sustained_dtype(LANES)),
        ("reverb", REVERB),
        ("left", np.float32, (QUANTUM * WIDTH,)),
        ("right", np.float32, (QUANTUM * WIDTH,)),
    ],
)
OPTIONS = {"error_model": "numpy", "_nrt": False}


@cfunc(types.void(types.voidptr), **OPTIONS)
def prepare(user):
    scene = record_at(user, SCENE)
    for voice in range(VOICES):
        rolloff = highest_rolloff(float(scene.voices.cycles[voice]))
        scene.voices.rolloff[voice] = rolloff
        scene.voices.cos[voice] = rolloff


@cfunc(types.void(types.voidptr), **OPTIONS)
def let_go(user):
    scene = record_at(user, SCENE)
    for voice in range(VOICES):
        release(scene.voices.envelope, voice)


@cfunc(types.void(types.voidptr, types.CPointer(types.float32), types.int64), **OPTIONS)
def render(user, out, quanta):
    scene = record_at(user, SCENE)
    flush_denormals()
    for quantum in range(quanta):
        for i in range(0, QUANTUM * WIDTH, WIDTH):
            store(scene.left, i, splat(0.0))
            store(scene.right, i, splat(0.0))
        render_sustained(scene.voices, LANES, scene.left, scene.right, 0.0)
        for i in range(0, QUANTUM, WIDTH):
            left = column_sums(scene.left, i * WIDTH)
            right = column_sums(scene.right, i * WIDTH)
            store(scene.reverb.left, i, left)
            store(scene.reverb.right, i, right)
            store(scene.left, i, left)
            store(scene.right, i, right)
        render_reverb(scene.reverb, patch.REVERB_S, DAMPING_HZ, float(RATE))
        for i in range(0, QUANTUM, WIDTH):
            left = load(scene.left, i) + WET * load(scene.reverb.left, i)
            right = load(scene.right, i) + WET * load(scene.reverb.right, i)
            interleave(left, right, out, quantum * QUANTUM + i)


def first_state() -> np.ndarray:
    """The scene with every voice at the start of its attack."""
    scene = np.zeros(1, SCENE)
    voices = scene["voices"][0]
    prepare_reverb(scene["reverb"][0], RATE)
    pad = SustainedPatch(
        sway_turns=SWAY_TURNS, drift_cents=0.0, body=0.0, resonance=1.0, sweep=0.6,
        darkest_hz=1.0, brightest_hz=1.0, velocity_brightness=0.0, keyboard_tracking=0.0,
        decay_s=patch.DECAY_S, sustain=patch.SUSTAIN, level=1.0,
    )  # fmt: skip
    prepare_sustained(voices, RATE, 0, pad)
    envelope = voices["envelope"]
    for i, voice in enumerate(patch.voices(VOICES)):
        quarter = (voice.pan + 1.0) * np.pi / 4.0
        cutoff = voice.cutoff_hz * 1.25 / RATE
        voices["cycles"][i] = voice.frequency_hz / RATE
        voices["tracked"][i] = cutoff
        runs_hz = patch.DETUNE * voice.frequency_hz
        voices["sway_rate"][i] = runs_hz / (2.0 * np.pi * SWAY_TURNS) * QUANTUM / RATE
        voices["sweep_phase"][i] = voice.lfo_phase
        voices["sweep_rate"][i] = voice.lfo_hz * QUANTUM / RATE
        voices["left"][i] = np.cos(quarter) * voice.gain * 0.5
        voices["right"][i] = np.sin(quarter) * voice.gain * 0.5
        g = np.tan(np.pi * cutoff)
        q = 2.0 * g / (1.0 + g * (g + 1.0))
        voices["p"][i], voices["q"][i], voices["r"][i] = q / g - 1.0, q, q * g
        envelope["stage"][i] = ATTACK
        envelope["attack"][i] = QUANTUM / (patch.ATTACK_S * RATE)
        envelope["decay"][i] = QUANTUM / (patch.DECAY_S * RATE)
        envelope["sustain"][i] = patch.SUSTAIN
        envelope["release"][i] = QUANTUM / (patch.RELEASE_S * RATE)
    prepare.ctypes(scene.ctypes.data)
    return scene


def object_code(entry_points: dict[str, Any]) -> bytes:
    """One object of the functions and all they reach, optimised for this processor as the engine's is."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, reloc="pic"
    )
    whole = llvm.parse_assembly("")
    for name, compiled in entry_points.items():
        text = compiled._library.get_llvm_str()
        whole.link_in(
            llvm.parse_assembly(
                re.sub(rf'@"?{re.escape(compiled.native_name)}"?(?=[\s(,])', f"@{name}", text)
            )
        )
    for part in (*whole.functions, *whole.global_variables):
        if not part.is_declaration and part.name not in entry_points:
            part.linkage = llvm.Linkage.internal
    for level in (1, 3):
        builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=level))
        builder.getModulePassManager().run(whole, builder)
    made = bytes(machine.emit_object(whole))
    if outside := outside_calls(made):
        raise RuntimeError(f"The patch would call {', '.join(sorted(outside))}.")
    return made


def main(stem: Path) -> None:
    stem.with_suffix(".o").write_bytes(object_code({"let_go": let_go, "render": render}))
    link = ["ld", "-shared", "-o", str(stem.with_suffix(".so")), str(stem.with_suffix(".o"))]
    subprocess.run(link, check=True)
    np.save(stem.with_suffix(".npy"), first_state())


if __name__ == "__main__":
    main(Path(sys.argv[2]))

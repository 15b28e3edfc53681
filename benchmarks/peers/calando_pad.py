"""The reference patch on Calando's own kernels: sustained voices and the reverb, nothing else.

usage: calando_pad.py VOICES SECONDS OUT.wav
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import numpy as np
import soundfile
from numba import cfunc, types

from peers import reference_patch as patch
from dsp.envelope import ATTACK, release
from dsp.lanes import WIDTH, column_sums, load, splat, store
from dsp.oscillator import highest_rolloff
from dsp.processor import flush_denormals, record_at
from dsp.quantum import QUANTUM
from dsp.reverb import REVERB, prepare_reverb, render_reverb
from dsp.sustained import SustainedPatch, prepare_sustained, render_sustained, sustained_dtype

RATE = patch.SAMPLE_RATE
WET = patch.WET


def padded(count: int) -> int:
    """Voices rounded up to whole vectors."""
    return -(-count // WIDTH) * WIDTH


VOICES = int(sys.argv[1])
LANES = padded(VOICES)
SCENE = np.dtype(
    [
        ("voices", sustained_dtype(LANES)),
        ("reverb", REVERB),
        ("left", np.float32, (QUANTUM * WIDTH,)),
        ("right", np.float32, (QUANTUM * WIDTH,)),
        ("rolloff", np.float32, (LANES,)),
    ],
    align=True,
)
POINTER = types.CPointer(types.float32)


@cfunc(types.void(types.voidptr), error_model="numpy", _nrt=False)
def prepare(user):
    scene = record_at(user, SCENE)
    for voice in range(VOICES):
        rolloff = highest_rolloff(float(scene.voices.cycles[voice]))
        scene.voices.rolloff[voice] = rolloff
        scene.voices.cos[voice] = rolloff + rolloff


@cfunc(types.void(types.voidptr), error_model="numpy", _nrt=False)
def let_go(user):
    scene = record_at(user, SCENE)
    for voice in range(VOICES):
        release(scene.voices.envelope, voice)


@cfunc(types.void(types.voidptr, POINTER, types.int64), error_model="numpy", _nrt=False)
def render(user, out, quanta):
    scene = record_at(user, SCENE)
    flush_denormals()
    for quantum in range(quanta):
        for i in range(0, QUANTUM * WIDTH, WIDTH):
            store(scene.left, i, splat(0.0))
            store(scene.right, i, splat(0.0))
        render_sustained(scene.voices, LANES, scene.left, scene.right)
        at = quantum * QUANTUM * 2
        for i in range(0, QUANTUM, WIDTH):
            store(scene.reverb.left, i, column_sums(scene.left, i * WIDTH))
            store(scene.reverb.right, i, column_sums(scene.right, i * WIDTH))
        for i in range(QUANTUM):
            out[at + 2 * i] = scene.reverb.left[i]
            out[at + 2 * i + 1] = scene.reverb.right[i]
        render_reverb(scene.reverb, patch.REVERB_S, 6000.0, float(RATE))
        for i in range(QUANTUM):
            out[at + 2 * i] += WET * scene.reverb.left[i]
            out[at + 2 * i + 1] += WET * scene.reverb.right[i]


def main() -> None:
    seconds, path = float(sys.argv[2]), sys.argv[3]
    scene = np.zeros(1, SCENE)
    voices = scene["voices"][0]
    prepare_reverb(scene["reverb"][0], RATE)
    pad = SustainedPatch(
        detune_cents=1200.0 * patch.DETUNE / np.log(2.0), drift_cents=0.0, body=0.0, resonance=1.0, sweep=0.6,
        darkest_hz=1.0, brightest_hz=1.0, velocity_brightness=0.0, keyboard_tracking=0.0, decay_s=patch.DECAY_S, sustain=patch.SUSTAIN,
        level=1.0,
    )
    prepare_sustained(voices, RATE, 0, pad)
    envelope = voices["envelope"]
    for i, voice in enumerate(patch.voices(VOICES)):
        quarter = (voice.pan + 1.0) * np.pi / 4.0
        cutoff = voice.cutoff_hz * 1.25 / RATE
        voices["cycles"][i] = voice.frequency_hz / RATE
        voices["cutoff"][i] = cutoff
        voices["sweep_phase"][i] = voice.lfo_phase
        voices["sweep_rate"][i] = voice.lfo_hz * QUANTUM / RATE
        voices["left"][i] = np.cos(quarter) * voice.gain * 0.5
        voices["right"][i] = np.sin(quarter) * voice.gain * 0.5
        g = np.tan(np.pi * cutoff)
        voices["g"][i], voices["a"][i] = g, 1.0 / (1.0 + g * (g + 1.0))
        envelope["stage"][i] = ATTACK
        envelope["attack"][i] = QUANTUM / (patch.ATTACK_S * RATE)
        envelope["decay"][i] = QUANTUM / (patch.DECAY_S * RATE)
        envelope["sustain"][i] = patch.SUSTAIN
        envelope["release"][i] = QUANTUM / (patch.RELEASE_S * RATE)
    user = scene.ctypes.data
    prepare.ctypes(user)
    quanta = int(seconds * RATE / QUANTUM)
    held = min(int(patch.gate_off_s(seconds) * RATE / QUANTUM), quanta)
    out = np.zeros((quanta * QUANTUM, 2), np.float32)
    for first, count in ((0, held), (held, quanta - held)):
        pointer = out[first * QUANTUM :].ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        render.ctypes(user, pointer, count)
        let_go.ctypes(user)
    soundfile.write(path, out, RATE, subtype="FLOAT")


main()

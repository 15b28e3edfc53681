"""Writes the patch as a score for scsynth's offline mode: its own saws, low-pass, panner and reverb.

The synth definitions are encoded here (format SCgf 2, "Synth Definition File Format" in SuperCollider's
help), so that neither sclang nor a client library is needed.

usage: supercollider_score.py N SECONDS OUT.osc
"""

from __future__ import annotations

import math
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

from reference_patch import ATTACK_S, DECAY_S, RELEASE_S, SUSTAIN, WET, gate_off_s, voices

SCALAR, CONTROL, AUDIO = 0, 1, 2
ADD, MULTIPLY = 0, 2  # BinaryOpUGen's special indices
MIX_BUS = 16
ROOT, VOICES, FIRST_VOICE = 0, 1, 1000  # node numbers
HEAD, TAIL = 0, 1  # add actions
LEVEL = 2.7  # brings scsynth's saws and reverb to the level of the other engines

Signal = tuple[int, int]  # a unit's number and which of its outputs
Input = Signal | float


def pascal(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


@dataclass
class SynthDefinition:
    """A graph of unit generators under construction; `unit` adds one and returns its outputs."""

    name: str
    parameters: dict[str, float]
    constants: list[float] = field(default_factory=list)
    units: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.parameters)
        if count:
            outputs = self.unit("Control", CONTROL, [], count)
            self.parameter = dict(zip(self.parameters, outputs, strict=True))

    def unit(
        self, kind: str, rate: int, inputs: list[Input], outputs: int = 1, special: int = 0
    ) -> list[Signal]:
        wires = b"".join(struct.pack(">ii", *self._wire(value)) for value in inputs)
        self.units.append(
            pascal(kind)
            + struct.pack(">biih", rate, len(inputs), outputs, special)
            + wires
            + bytes([rate]) * outputs
        )
        return [(len(self.units) - 1, k) for k in range(outputs)]

    def multiply(self, rate: int, a: Input, b: Input) -> Signal:
        return self.unit("BinaryOpUGen", rate, [a, b], special=MULTIPLY)[0]

    def add(self, rate: int, a: Input, b: Input) -> Signal:
        return self.unit("BinaryOpUGen", rate, [a, b], special=ADD)[0]

    def _wire(self, value: Input) -> Signal:
        if isinstance(value, tuple):
            return value
        if value not in self.constants:
            self.constants.append(value)
        return -1, self.constants.index(value)

    def encode(self) -> bytes:
        names = b"".join(pascal(name) + struct.pack(">i", k) for k, name in enumerate(self.parameters))
        return (
            b"SCgf" + struct.pack(">ih", 2, 1) + pascal(self.name)
            + struct.pack(f">i{len(self.constants)}f", len(self.constants), *self.constants)
            + struct.pack(f">i{len(self.parameters)}f", len(self.parameters), *self.parameters.values())
            + struct.pack(">i", len(self.parameters)) + names
            + struct.pack(">i", len(self.units)) + b"".join(self.units) + struct.pack(">h", 0)
        )  # fmt: skip


def voice_definition() -> bytes:
    d = SynthDefinition(
        "voice",
        {"frequency": 220, "gate": 1, "lfo_hz": 0.1, "lfo_phase": 0, "cutoff": 800, "pan": 0, "gain": 0.05},
    )
    p = d.parameter
    linear = 1.0
    envelope: list[Input] = [0.0, 3.0, 2.0, -99.0]  # first level, segments, release node, loop node
    for level, seconds in ((1.0, ATTACK_S), (SUSTAIN, DECAY_S), (0.0, RELEASE_S)):
        envelope += [level, seconds, linear, 0.0]
    gate, level_scale, level_bias, time_scale, done_action = p["gate"], 1.0, 0.0, 1.0, 0.0
    (adsr,) = d.unit("EnvGen", CONTROL, [gate, level_scale, level_bias, time_scale, done_action, *envelope])
    (lfo,) = d.unit("SinOsc", CONTROL, [p["lfo_hz"], p["lfo_phase"]])
    sweep = d.add(CONTROL, d.multiply(CONTROL, lfo, 0.75), 1.25)
    cutoff = d.multiply(CONTROL, p["cutoff"], sweep)
    saws = [
        d.unit("Saw", AUDIO, [d.multiply(CONTROL, p["frequency"], detune)])[0] for detune in (0.997, 1.003)
    ]
    shaped = d.multiply(AUDIO, d.add(AUDIO, *saws), d.multiply(CONTROL, adsr, 0.5))
    (low,) = d.unit("RLPF", AUDIO, [shaped, cutoff, 1.0])
    d.unit("Out", AUDIO, [float(MIX_BUS), *d.unit("Pan2", AUDIO, [low, p["pan"], p["gain"]], 2)], 0)
    return d.encode()


def reverb_definition() -> bytes:
    d = SynthDefinition("reverb", {})
    mix = d.unit("In", AUDIO, [float(MIX_BUS)], 2)
    room, damping = 0.8, 0.3
    d.unit("Out", AUDIO, [0.0, *d.unit("FreeVerb2", AUDIO, [*mix, WET, room, damping], 2)], 0)
    return d.encode()


def message(address: str, *arguments: str | float | bytes) -> bytes:
    """An Open Sound Control message of strings, integers, floats and blobs."""

    def padded(data: bytes) -> bytes:
        return data + bytes(-len(data) % 4)

    tags, body = ",", b""
    for value in arguments:
        if isinstance(value, bytes):
            tags, body = tags + "b", body + struct.pack(">i", len(value)) + padded(value)
        elif isinstance(value, str):
            tags, body = tags + "s", body + padded(value.encode() + b"\0")
        elif isinstance(value, int):
            tags, body = tags + "i", body + struct.pack(">i", value)
        else:
            tags, body = tags + "f", body + struct.pack(">f", value)
    return padded(address.encode() + b"\0") + padded(tags.encode() + b"\0") + body


def bundle(seconds: float, messages: list[bytes]) -> bytes:
    """A bundle at `seconds` from the start, preceded by its length, as scsynth -N reads it."""
    time_tag = struct.pack(">Q", round(seconds * 2**32))
    data = b"#bundle\0" + time_tag + b"".join(struct.pack(">i", len(m)) + m for m in messages)
    return struct.pack(">i", len(data)) + data


def score(count: int, duration_s: float) -> bytes:
    start = [
        message("/d_recv", voice_definition()),
        message("/d_recv", reverb_definition()),
        message("/g_new", VOICES, HEAD, ROOT),
        message("/s_new", "reverb", VOICES + 1, TAIL, ROOT),
    ]
    for i, v in enumerate(voices(count)):
        start.append(
            message(
                "/s_new",
                "voice",
                FIRST_VOICE + i,
                HEAD,
                VOICES,
                "frequency",
                v.frequency_hz,
                "lfo_hz",
                v.lfo_hz,
                "lfo_phase",
                2 * math.pi * v.lfo_phase,
                "cutoff",
                v.cutoff_hz,
                "pan",
                v.pan,
                "gain",
                LEVEL * v.gain,
            )
        )
    data = b"".join(bundle(0, [m]) for m in start)
    if gate_off_s(duration_s) < duration_s:
        releases = [message("/n_set", FIRST_VOICE + i, "gate", 0.0) for i in range(count)]
        data += bundle(gate_off_s(duration_s), releases)
    return data + bundle(duration_s, [message("/c_set", 0, 0.0)])  # the last bundle's time ends the file


if __name__ == "__main__":
    Path(sys.argv[3]).write_bytes(score(int(sys.argv[1]), float(sys.argv[2])))

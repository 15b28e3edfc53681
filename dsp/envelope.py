"""Envelopes of eight voices at once: attack, decay, sustain, release, advanced once a quantum.

Attack is a smoothstep (no corner at either end), decay and release are parabolas that fall fast and
arrive gently. Kernels draw a straight line between the levels at the two ends of a quantum.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.compiled import kernel
from dsp.lanes import load, maximum, minimum, select, store
from dsp.quantum import QUANTUM
from dsp.record import floats, record_dtype

IDLE, ATTACK, DECAY, RELEASE = 0.0, 1.0, 2.0, 3.0
"""Stages; decay runs into the sustain level and stays there."""

STEAL_S = 0.03
"""A voice that must give way fades in 30 ms (SCIENCE.md D4)."""

VOICES = 16
"""Voices of every instrument: two vectors of them. More would only thicken what density keeps thin."""

NEVER_S = 1.0e6
"""Release time of what dies by itself, whenever its note is said to end."""

PLATEAU = 1.0e6
"""Progress cap of a finished decay; keeps a sustained note's progress finite for days."""


def envelope_dtype(voices: int) -> np.dtype:
    """Record of `voices` envelopes. Rates are progress per quantum, levels 0 to 1."""
    names = ("stage", "progress", "start", "level", "attack", "decay", "sustain", "release")
    return record_dtype(floats(voices, *names))


@kernel
def rate_per_quantum(seconds, sample_rate):
    """Progress that one quantum makes through a stage of this length."""
    return np.float32(QUANTUM / (max(seconds, 0.001) * sample_rate))


@kernel
def begin(envelope, voice, attack_s, decay_s, sustain, release_s, sample_rate):
    """Start a note on an idle voice."""
    envelope.stage[voice] = ATTACK
    envelope.progress[voice] = 0.0
    envelope.start[voice] = 0.0
    envelope.level[voice] = 0.0
    envelope.attack[voice] = rate_per_quantum(attack_s, sample_rate)
    envelope.decay[voice] = rate_per_quantum(decay_s, sample_rate)
    envelope.sustain[voice] = sustain
    envelope.release[voice] = rate_per_quantum(release_s, sample_rate)


@kernel
def begin_within(record, voice, attack_s, release_s, sample_rate):
    """Start a note of a record that bounds its times: `shortest_attack_s`, `longest_attack_s`,
    `shortest_release_s`. It decays by itself."""
    attack_s = min(max(attack_s, record.shortest_attack_s), record.longest_attack_s)
    release_s = max(release_s, record.shortest_release_s)
    begin(record.envelope, voice, attack_s, 1.0, 1.0, release_s, sample_rate)


@kernel
def begin_stroke(envelope, voice, sample_rate):
    """Start on an idle voice what draws its own rise and dies by itself: here it is full, and stays."""
    begin(envelope, voice, 0.0, 1.0, 1.0, NEVER_S, sample_rate)


@kernel
def release(envelope, voice):
    """Let a sounding note go; a note already released goes on as it was."""
    if envelope.stage[voice] == ATTACK or envelope.stage[voice] == DECAY:
        envelope.stage[voice] = RELEASE
        envelope.progress[voice] = 0.0
        envelope.start[voice] = envelope.level[voice]


@kernel
def steal(envelope, voice, sample_rate):
    """Fade a voice within STEAL_S, wherever it is, so that another note may have it.

    One that is released and gone sooner by itself goes on as it was.
    """
    rate = rate_per_quantum(STEAL_S, sample_rate)
    left = 1.0 - envelope.progress[voice]
    if envelope.stage[voice] == RELEASE and left * rate <= envelope.release[voice]:
        return
    envelope.release[voice] = rate
    envelope.stage[voice] = RELEASE
    envelope.progress[voice] = 0.0
    envelope.start[voice] = envelope.level[voice]


@kernel
def advance(envelope, at):
    """Move the eight envelopes from index `at` on by one quantum; returns their new levels.

    Progress beyond the end of the attack is carried into the decay, so times are exact on average
    and the error of any one stage is under a quantum.
    """
    stage = load(envelope.stage, at)
    progress = load(envelope.progress, at)
    start = load(envelope.start, at)
    attack = load(envelope.attack, at)
    decay = load(envelope.decay, at)
    sustain = load(envelope.sustain, at)
    attacking = stage == ATTACK
    decaying = stage == DECAY
    releasing = stage == RELEASE
    progress = progress + select(
        attacking, attack, select(decaying, decay, select(releasing, load(envelope.release, at), 0.0))
    )
    risen = attacking & (progress >= 1.0)
    progress = select(risen, (progress - 1.0) * decay / attack, progress)
    stage = select(risen, DECAY, stage)
    attacking = stage == ATTACK
    decaying = stage == DECAY
    died = releasing & (progress >= 1.0)
    u = minimum(progress, 1.0)
    rest = (1.0 - u) * (1.0 - u)
    level = select(
        attacking,
        u * u * (3.0 - 2.0 * u),
        select(decaying, sustain + (1.0 - sustain) * rest, select(releasing, start * rest, 0.0)),
    )
    store(envelope.stage, at, select(died, IDLE, stage))
    store(envelope.progress, at, minimum(progress, PLATEAU))
    store(envelope.level, at, maximum(level, 0.0))
    return level

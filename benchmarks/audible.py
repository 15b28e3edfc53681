"""What an ear can tell apart: level, colour, onsets and tempo of a stretch, beside its untouched twin.

One just noticeable difference (MEASURES.md): 1 dB of level, 5 % of the spectral centroid, 15 % of the onset
rate, 3 % of the tempo, each over ten seconds or longer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import sound_measures as measure
import timbre
from midi_measures import parts
from numpy.typing import NDArray
from rendering import RATE_HZ, Script, render

from engine.journal.midi import as_midi
from engine.music.controls import FRONT
from engine.sitting.asked import Asked
from sensors.sensor import Sensor

Array = NDArray[np.float64]

OVER_S = 10.0
EVERY_S = 0.5
JND = {"level_db": 1.0, "centroid_hz": 0.05, "onsets_per_s": 0.15, "tempo_bpm": 0.03}
"""Level in dB; the others as a share."""


@dataclass(frozen=True)
class Traits:
    """Of a stretch of music."""

    level_db: float
    """LUFS, without a gate."""
    centroid_hz: float
    onsets_per_s: float
    """Of the foreground, by the MIDI export."""
    tempo_bpm: float


@dataclass(frozen=True)
class Heard:
    """What can be heard from `from_s` to `to_s` of a sitting; times are those of the sitting, in s."""

    from_s: float
    to_s: float
    loud: tuple[Array, Array]
    """Momentary loudness, LUFS."""
    colour: tuple[Array, Array]
    """Spectral centroid, Hz."""
    onsets: Array
    tempo: tuple[Array, Array]

    def over(self, from_s: float, to_s: float) -> Traits:
        """Means of a stretch."""

        def inside(series: tuple[Array, Array]) -> Array:
            times, values = series
            return values[(times >= from_s) & (times < to_s)]

        return Traits(
            float(10.0 * np.log10(np.mean(10.0 ** (inside(self.loud) / 10.0)))),
            float(np.mean(inside(self.colour))),
            float(np.sum((self.onsets >= from_s) & (self.onsets < to_s)) / (to_s - from_s)),
            float(np.mean(inside(self.tempo))),
        )


def listen(
    asked: Asked, from_s: float, to_s: float, sensor: Sensor | None = None, hands: Script = ()
) -> Heard:
    """Render what is asked up to `to_s` and hear it from `from_s` on; `sensor` and `hands` as in `render`."""
    rendering = render(asked, sensor=sensor, hands=hands, until_s=to_s)
    part = rendering.sound[round(from_s * RATE_HZ) : round(to_s * RATE_HZ)]
    _, times, momentary, _ = measure.loudness(part)
    frames, centroid = timbre.centroids(part)
    played = parts(as_midi(rendering.record()))
    onsets = sorted(tone.start_s for name in FRONT for tone in played.get(name, []))
    return Heard(
        from_s, to_s, (times + from_s, momentary), (frames + from_s, centroid), np.array(onsets),
        (np.array(rendering.at_s), np.array(rendering.tempo_bpm)),
    )  # fmt: skip


def differences(one: Traits, twin: Traits) -> dict[str, float]:
    """How many just noticeable differences `one` lies above its twin (below: negative), by trait.

    A share is of the greater of both, so that a trait that only one of them has differs by all of it.
    """
    found: dict[str, float] = {}
    for trait, value in asdict(one).items():
        was = asdict(twin)[trait]
        share = 1.0 if trait == "level_db" else max(abs(value), abs(was), 1e-9)
        found[trait] = (value - was) / share / JND[trait]
    return found


@dataclass(frozen=True)
class Noticed:
    """The first that an ear could tell: seconds after the cause, in which trait, and how it lies."""

    after_s: float
    trait: str
    jnd: float


def first_noticed(one: Heard, twin: Heard, since_s: float) -> Noticed | None:
    """The first stretch of OVER_S, ending after `since_s`, in which two differ by a JND; None without one."""
    for end_s in np.arange(since_s, min(one.to_s, twin.to_s) + 1e-6, EVERY_S):
        apart = differences(one.over(end_s - OVER_S, end_s), twin.over(end_s - OVER_S, end_s))
        trait = max(apart, key=lambda of: abs(apart[of]))
        if abs(apart[trait]) > 1.0:
            return Noticed(float(end_s - since_s), trait, apart[trait])
    return None

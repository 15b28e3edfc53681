"""Words in the mix: how loud over the music, how near the exhale, how long the pauses, how well understood.

    python benchmarks/spoken.py [--profiles relax,sleep] [--guide ground] [--seed 1]

Each sitting is rendered twice, once with its lines and once with silence in their place: the difference is
the voice as it leaves the limiter, and what is left is the music that steps back for it. Exhales are read
from the swell that was heard, tick by tick, after the fact. Words are recognised by pocketsphinx, which knows
nothing of the guide, in the mix and in the dry voice. RELAX.md 4 has the bars.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.guest.clip import Clip, silence
from engine.player import OfflineOutput
from engine.session import Moment
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from engine.words.telling import INHALE_SHARE, Line
from engine.words.voice import Voice
from profiles.load import names
from sensors.spec import open_sensor

RATE_HZ, HEARD_HZ = 48_000, 16_000
LOOK_AHEAD = 128
"""Frames of the limiter."""


class Silent(Voice):
    """As long as the voice, and nothing to hear."""

    def clip(self, place: int, rate_hz: int) -> Clip | None:
        clip = super().clip(place, rate_hz)
        return None if clip is None else silence(clip.frames)


@dataclass
class Heard:
    sound: NDArray[np.float32]
    lines: list[Line]
    swell: list[tuple[float, float]]
    rates: list[float]


def heard(profile: str, guide: str, seed: int, *, silent: bool) -> Heard:
    plan = prepared(Asked(profile=profile, guide=guide, sensor="sim:rest=70,breath=14", seed=seed))
    assert plan.voice is not None, "pip install 'calando[voice]'"
    if silent:
        plan = replace(plan, voice=Silent(plan.voice._lines, plan.voice.lengths))
    sound: list[NDArray[np.float32]] = []
    found = Heard(np.empty((0, 2), np.float32), [], [], [])

    class Seen:
        def moment(self, moment: Moment) -> None:
            found.swell.append((moment.t_s, moment.swell_phase))
            found.rates.append(moment.music.breath_guide_per_min)
            if moment.words is not None and moment.words.begun is not None:
                found.lines.append(moment.words.begun)

    output = OfflineOutput(RATE_HZ, "Nowhere.", lambda chunk: sound.append(chunk.copy()))
    with Sitting(plan, open_sensor(plan.sensor), output) as sitting:
        sitting.watchers.add(Seen(), at_once=True)
        sitting.run()
    found.sound = np.concatenate(sound)
    return found


def exhales(swell: list[tuple[float, float]]) -> NDArray[np.float64]:
    """When each exhale began, between the ticks around it."""
    found = []
    for (t0, a), (t1, b) in pairwise(swell):
        if a < INHALE_SHARE <= b and b - a < 0.3:
            found.append(t0 + (t1 - t0) * (INHALE_SHARE - a) / (b - a))
    return np.array(found)


def words(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def wrong(said: list[str], understood: list[str]) -> int:
    """Edits between both, word by word."""
    row = list(range(len(understood) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(understood, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def errors(decoder: Any, lines: list[tuple[str, NDArray[np.float64]]]) -> float:
    """Word error rate over lines, each (words, mono sound at RATE_HZ)."""
    missed = total = 0
    for text, sound in lines:
        pcm = resample_poly(sound, HEARD_HZ, RATE_HZ)
        pcm = (pcm / max(np.abs(pcm).max(), 1e-9) * 0.9 * 32767).astype("<i2")
        decoder.start_utt()
        decoder.process_raw(pcm.tobytes(), full_utt=True)
        decoder.end_utt()
        understood = words(decoder.hyp().hypstr) if decoder.hyp() else []
        missed, total = missed + wrong(words(text), understood), total + len(words(text))
    return missed / max(total, 1)


def measured(profile: str, guide: str, seed: int, decoder: Any) -> Mapping[str, str]:
    spoken, alone = (heard(profile, guide, seed, silent=silent) for silent in (False, True))
    voice = spoken.sound - alone.sound
    meter = pyloudnorm.Meter(RATE_HZ)
    over, mixed, dry, starts = [], [], [], []
    onsets = exhales(spoken.swell)
    for line in spoken.lines:
        at = round(line.at_s * RATE_HZ) + LOOK_AHEAD
        part = slice(at, at + round(line.lasts_s * RATE_HZ))
        over.append(meter.integrated_loudness(voice[part]) - meter.integrated_loudness(alone.sound[part]))
        around = slice(max(0, at - RATE_HZ // 2), part.stop + RATE_HZ // 2)
        mixed.append((line.words, spoken.sound[around].mean(axis=1).astype(float)))
        dry.append((line.words, voice[around].mean(axis=1).astype(float)))
        starts.append(float(np.abs(onsets - line.at_s).min()))
    seconds = range(20 * RATE_HZ, len(alone.sound) - 60 * RATE_HZ, RATE_HZ)
    momentary = [meter.integrated_loudness(alone.sound[k : k + RATE_HZ]) for k in seconds]
    low, middle, high = np.percentile(over, (5, 50, 95))
    missed = f"{errors(decoder, mixed):.2f} and {errors(decoder, dry):.2f}" if decoder else "not asked"
    pauses = [b.at_s - a.at_s - a.lasts_s for a, b in pairwise(spoken.lines)]
    return {
        "lines": f"{len(over)}",
        "over the music, LU: median (5 to 95 %)": f"{middle:.1f} ({low:.1f} to {high:.1f})",
        "from the exhale, s, 95 %": f"{np.percentile(starts, 95):.3f}",
        "swell, a minute": f"{spoken.rates[0]:.1f} to {spoken.rates[-1]:.1f}",
        "shortest pause, s": f"{min(pauses):.1f}",
        "greatest rise of the music in a second, LU": f"{max(b - a for a, b in pairwise(momentary)):.2f}",
        "words missed, mix and dry": missed,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--profiles", default=",".join(names()))
    asked.add_argument("--guide", default="ground")
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    try:
        from pocketsphinx import Decoder

        decoder: Any = Decoder(samprate=HEARD_HZ, loglevel="FATAL")
    except ImportError:
        decoder = None
    for profile in told.profiles.split(","):
        print(f"{profile}, {told.guide}, seed {told.seed}")
        for what, figure in measured(profile, told.guide, told.seed, decoder).items():
            print(f"  {what:<46} {figure}", flush=True)


if __name__ == "__main__":
    main()

"""Words in the mix: how loud over the music, how near the exhale, how long the pauses, how well understood.

    python benchmarks/spoken.py [--profiles relax,sleep] [--guide ground] [--seed 1] [--once]
    python benchmarks/spoken.py --profiles breathe --guide body --exhale

Each sitting is rendered with its lines, with silence in their place, and with silence for which nothing
steps back. The first less the second is the voice as it leaves the limiter, and begins where it can be heard;
by how much the music is softer in the first is what the cap on loudness took from both. The second by the
third is how far the music steps back, and how it returns, over 3 s as the law of the rise has it. Exhales are
read from the swell that was heard, tick by tick, after the fact; with --exhale (one render more) from the
sound itself: the music by the same music without a swell. Its listener breathes with the music, and is known
to have a pace of 6 breaths a minute: in `breathe` the swell goes there from 14.

Words are recognised by pocketsphinx with its own general model, which knows nothing of the guide, in the mix
and in the dry line. One word more or less is chance, and 96 are few: --once takes several guides and seeds,
counts all their lines, and tells the standard error of the difference, by lines. Nothing but numbers has the
silence of a dry line, and nothing that the recogniser learnt from: noise 60 dB below the voice, which no ear
hears, costs it as many words as the music does. So both are told: as they are, and both in such noise.
RELAX.md 4 has the bars.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, product
from typing import Any
from unittest.mock import patch

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt, sosfiltfilt

from engine.guest.clip import Clip, silence
from engine.guest.duck import NOT
from engine.guide.target import Usual
from engine.player import OfflineOutput
from engine.session import Moment
from engine.sitting.asked import Asked, Plan, prepared
from engine.sitting.sitting import Sitting
from engine.words.loudness import around_lufs
from engine.words.telling import INHALE_SHARE, Line
from engine.words.voice import Voice
from guides.load import load
from guides.schema import Script
from profiles.load import names
from sensors.spec import open_sensor

RATE_HZ, HEARD_HZ = 48_000, 16_000
LOOK_AHEAD = 128
"""Frames of the limiter."""

SHORT_TERM_S, BEGUN_S = 3.0, 20
"""Of EBU R 128; and of the fade-in, which is left out."""

LU_A_DOUBLING = 10.0 * np.log10(2.0)

HEARD_DB = -40.0
"""Of its loudest: a line is heard to begin here."""

OCTAVES_HZ = (80, 160, 315, 630, 1250, 2500, 5000)
"""Where each begins."""

SPLIT_HZ = 160.0
"""The swell moves what lies above it (dsp.lean)."""

LISTENER, FOLLOWER, PACE_PER_MIN = "sim:rest=70,breath=14", ",breath_coupling=1", 6.0
"""Who listens; what who breathes with the music adds, and the pace that is known to be their own."""

NOISE_DB = -60.0
"""Of a quiet room, below what is heard: a voice of 65 dB would stand over 5 dB."""

MOST_STATES = 3000
"""Of speech, that the recogniser follows at once; a tenth of its default takes half the time and is told the
same words, in the mix as in the dry line."""


class Silent(Voice):
    """As long as the voice, and nothing to hear."""

    def clip(self, place: int, rate_hz: int) -> Clip | None:
        clip = super().clip(place, rate_hz)
        return None if clip is None else silence(clip.frames)


@dataclass
class Heard:
    sound: NDArray[np.float64]
    lines: list[Line]
    dry: list[NDArray[np.float64]]
    swell: list[tuple[float, float]]
    rates: list[float]


def planned(profile: str, guide: str, seed: int, *, follows: bool = False) -> Plan:
    sensor = LISTENER + FOLLOWER if follows else LISTENER
    known = Usual(pace_per_min=PACE_PER_MIN if follows else None)
    with patch("engine.sitting.asked.usual_of", lambda *_: (known, None)):
        return prepared(Asked(profile=profile, guide=guide, sensor=sensor, seed=seed))


def heard(plan: Plan, *, silent: bool = False, duck: bool = True, swell: bool = True) -> Heard:
    voice = plan.voice
    assert voice is not None, "pip install 'calando[voice]'"
    if silent:
        plan = replace(plan, voice=Silent(voice._lines, voice.lengths))
    sound: list[NDArray[np.float32]] = []
    found = Heard(np.empty((0, 2)), [], [], [], [])

    class Seen:
        def moment(self, moment: Moment) -> None:
            found.swell.append((moment.t_s, moment.swell_phase))
            found.rates.append(moment.music.breath_guide_per_min)
            if moment.words is not None and (line := moment.words.begun) is not None:
                clip = voice.clip(line.place, RATE_HZ)
                assert clip is not None
                found.lines.append(line)
                found.dry.append(clip.sound.mean(axis=1).astype(float))

    output = OfflineOutput(RATE_HZ, "Nowhere.", lambda chunk: sound.append(chunk.copy()))
    with Sitting(plan, open_sensor(plan.sensor), output) as sitting:
        if not duck:
            sitting.guest.put = partial(unducked, sitting.guest.put)
        if not swell:
            sitting._session._words.under = lambda music: replace(music, breath_depth_db=0.0)
        sitting.watchers.add(Seen(), at_once=True)
        sitting.run()
    found.sound = np.concatenate(sound).astype(float)
    return found


def unducked(put: Any, *where: Any, **how: Any) -> Any:
    return put(*where, **(how | {"duck": NOT}))


def exhales(swell: list[tuple[float, float]]) -> NDArray[np.float64]:
    """When each exhale began, between the ticks around it."""
    found = []
    for (t0, a), (t1, b) in pairwise(swell):
        if a < INHALE_SHARE <= b and b - a < 0.3:
            found.append(t0 + (t1 - t0) * (INHALE_SHARE - a) / (b - a))
    return np.array(found)


def lungs_full(deep: Heard, flat: Heard, about_s: float, per_min: float) -> float:
    """When the swell is at its highest in the sound, near `about_s`: the top of the curve through a fifth of
    a breath of what the swell makes of the music above SPLIT_HZ, by what it makes of it an octave below and
    deeper: what governors take from the whole falls out. It bends as inhale and exhale are long: a parabola,
    alike on both sides, finds its top .15 s late at 6 breaths a minute."""
    half_s = 6.0 / per_min
    frames, first = round(2.0 * half_s * RATE_HZ), round((about_s - half_s) * RATE_HZ) + LOOK_AHEAD
    around = slice(max(0, first - RATE_HZ), first + frames + RATE_HZ)
    part = slice(first - around.start, first - around.start + frames)
    smooth = butter(1, 2.0, fs=RATE_HZ, output="sos")

    def level_db(heard: Heard, above: str, hz: float) -> NDArray[np.float64]:
        band = sosfilt(butter(2, hz, above, fs=RATE_HZ, output="sos"), heard.sound[around], axis=0)
        power = sosfiltfilt(smooth, (band**2).sum(axis=1))[part]
        return 10.0 * np.log10(np.maximum(power, 1e-12))[::480]

    tilt_db = [level_db(it, "high", SPLIT_HZ) - level_db(it, "low", SPLIT_HZ / 2.0) for it in (deep, flat)]
    rise_db = tilt_db[0] - tilt_db[1]
    at_s = np.linspace(-half_s, half_s, len(rise_db))

    def left_over(top_s: float) -> float:
        from_top = (at_s - top_s) / np.where(at_s < top_s, INHALE_SHARE, 1.0 - INHALE_SHARE)
        return float(np.linalg.lstsq(np.stack([from_top**2, np.ones_like(at_s)], 1), rise_db)[1][0])

    return about_s + min(np.arange(-half_s, half_s, 0.01), key=left_over)


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


def missed(decoder: Any, text: str, sound: NDArray[np.float64]) -> int:
    """Words of a line that are not understood, or that nobody said, in a mono sound at RATE_HZ."""
    pcm = resample_poly(sound, HEARD_HZ, RATE_HZ)
    pcm = (pcm / max(np.abs(pcm).max(), 1e-9) * 0.9 * 32767).astype("<i2")
    decoder.reinit_feat()  # what it knows of the noise is of the last line
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()
    return wrong(words(text), words(decoder.hyp().hypstr) if decoder.hyp() else [])


Where = Callable[[NDArray[np.float64]], NDArray[np.float64]]
Dry = dict[tuple[str, Where], int]


@dataclass(frozen=True)
class Understood:
    """Of one line: how many words it has, and how many are missed in the mix and in the dry line."""

    of: int
    mix: int
    dry: int


def span(line: Line) -> slice:
    """The frames in which a line is heard."""
    at = round(line.at_s * RATE_HZ) + LOOK_AHEAD
    return slice(at, at + round(line.lasts_s * RATE_HZ))


def spread(figures: list[float]) -> str:
    low, middle, high = np.percentile(figures, (5, 50, 95))
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def over_the_music(spoken: Heard, alone: Heard) -> tuple[list[float], list[float], list[list[float]]]:
    """Of each line: LU of the voice over the music beside it, dB that the cap took from both, and dB of the
    voice over the music in each of OCTAVES_HZ."""
    meter = pyloudnorm.Meter(RATE_HZ)
    octaves = [butter(4, (hz, 2 * hz), "band", fs=RATE_HZ, output="sos") for hz in OCTAVES_HZ]
    over, taken, by_octave = [], [], []
    for line in spoken.lines:
        mix, music = spoken.sound[span(line)], alone.sound[span(line)]
        left = min(1.0, float((mix * music).sum() / (music**2).sum()))  # a voice knows nothing of the music
        both = (mix - left * music, left * music)
        loudness = [meter.integrated_loudness(each) for each in both]
        over.append(loudness[0] - loudness[1])
        taken.append(-20.0 * float(np.log10(left)))
        powers = [[(sosfilt(each, part, axis=0) ** 2).sum() for each in octaves] for part in both]
        by_octave.append(list(10.0 * np.log10(np.divide(*powers))))
    return over, taken, by_octave


def begun_s(spoken: Heard, alone: Heard) -> list[float]:
    """When each line begins in the sound."""
    found = []
    for line in spoken.lines:
        part = span(line)
        voice = np.abs((spoken.sound[part] - alone.sound[part]).mean(axis=1))
        loud = voice > voice.max() * 10.0 ** (HEARD_DB / 20.0)
        found.append((part.start - LOOK_AHEAD + int(np.argmax(loud))) / RATE_HZ)
    return found


def short_term(music: Heard) -> NDArray[np.float64]:
    """Loudness of the 3 s around each tenth of a second, once the music has begun and before it fades."""
    sides = (around_lufs(side, RATE_HZ, SHORT_TERM_S)[:: RATE_HZ // 10] for side in music.sound.T)
    both = np.logaddexp2(*(side / LU_A_DOUBLING for side in sides)) * LU_A_DOUBLING - LU_A_DOUBLING
    return both[BEGUN_S * 10 : -60 * 10]


def rise(lufs: NDArray[np.float64]) -> float:
    """The greatest in a second, LU."""
    return float((lufs[10:] - lufs[:-10]).max())


def mixed(spoken: Heard) -> list[NDArray[np.float64]]:
    """The mix around each line."""
    parts, half = map(span, spoken.lines), RATE_HZ // 2
    return [spoken.sound[max(0, part.start - half) : part.stop + half].mean(axis=1) for part in parts]


def exhaled(line: Line, guide: Script) -> bool:
    """Whether it waits for an exhale."""
    return guide.steps[line.place].with_ == "out"


def in_noise(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sound in a quiet room."""
    noise = np.random.default_rng(len(sound)).normal(size=len(sound))
    return sound + noise * np.sqrt((sound**2).mean()) * 10.0 ** (NOISE_DB / 20.0)


def as_it_is(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    return sound


def understood(spoken: Heard, decoder: Any, dry: Dry, where: Where = as_it_is) -> list[Understood]:
    """Every line; `dry` keeps what was found of the dry ones, which are the same in every profile."""
    found: list[Understood] = []
    for line, mix, alone in zip(spoken.lines, mixed(spoken), spoken.dry, strict=True):
        text = line.words
        if (text, where) not in dry:
            dry[text, where] = missed(decoder, text, where(np.pad(alone, RATE_HZ // 2)))
        found.append(Understood(len(words(text)), missed(decoder, text, where(mix)), dry[text, where]))
    return found


def missed_of(lines: list[Understood]) -> str:
    """Shares of words missed, their difference and its standard error, by lines."""
    if not lines:
        return "not asked"
    of, mix, dry = np.array([(each.of, each.mix, each.dry) for each in lines], float).T
    over = (mix.sum() - dry.sum()) / of.sum()
    error = np.sqrt((((mix - dry) - over * of) ** 2).sum()) / of.sum()
    shares = f"{mix.sum() / of.sum():.3f}, {dry.sum() / of.sum():.3f}"
    return f"{shares}; over by {over:.3f} +- {error:.3f}, of {of.sum():.0f}"


def shortest_pause(spoken: Heard) -> str:
    return f"{min(b.at_s - a.at_s - a.lasts_s for a, b in pairwise(spoken.lines)):.1f}"


def once(sittings: Iterable[tuple[Heard, Script]], decoder: Any, dry: Dry) -> Mapping[str, str]:
    """What one render of each tells, taken together."""
    late, pauses, rates = list[float](), list[str](), list[float]()
    lines: dict[Where, list[Understood]] = {as_it_is: [], in_noise: []}
    said = 0
    for spoken, guide in sittings:
        onsets = exhales(spoken.swell)
        late += [float(np.abs(onsets - line.at_s).min()) for line in spoken.lines if exhaled(line, guide)]
        said, rates = said + len(spoken.lines), rates + spoken.rates
        pauses.append(shortest_pause(spoken))
        for where, found in lines.items():
            found += [] if decoder is None else understood(spoken, decoder, dry, where)
    return {
        "lines, those with the exhale": f"{said}, {len(late)}",
        "swell, a minute": f"{max(rates):.1f} to {min(rates):.1f}",
        "from the exhale of the swell, s, 95 %": f"{np.percentile(late, 95):.3f}",
        "shortest pause, s": min(pauses, key=float),
        "words missed, mix and dry": missed_of(lines[as_it_is]),
        "the same, both in the noise of a quiet room": missed_of(lines[in_noise]),
    }


def measured(plan: Callable[[], Plan], decoder: Any, dry: Dry, *, exhale: bool) -> Mapping[str, str]:
    spoken, alone = (heard(plan(), silent=silent) for silent in (False, True))
    unmoved = heard(plan(), silent=True, duck=False)
    over, taken, by_octave = over_the_music(spoken, alone)
    music, would = short_term(alone), short_term(unmoved)
    back = music - would
    out, begun, onsets = [], begun_s(spoken, alone), exhales(spoken.swell)
    tick_s = np.array([t_s for t_s, _ in spoken.swell])
    for line, at_s in zip(spoken.lines, begun, strict=True):
        nearest = float(onsets[np.abs(onsets - line.at_s).argmin()])
        out.append((nearest, at_s - nearest))
    starts = {"from the exhale of the swell, s, 95 %": [abs(late) for _, late in out]}
    if exhale:
        flat = heard(plan(), silent=True, duck=False, swell=False)
        starts["from the exhale in the sound, s, 95 %"] = [
            abs(at_s - lungs_full(unmoved, flat, near, spoken.rates[int(np.abs(tick_s - near).argmin())]))
            for (near, _), at_s in zip(out, begun, strict=True)
        ]
    return {
        "lines": f"{len(over)}",
        "over the music, LU: median (5 to 95 %)": spread(over),
        "in octaves from 80 Hz on, dB: medians": " ".join(f"{dB:.0f}" for dB in np.median(by_octave, axis=0)),
        "taken from both by the cap, dB": spread(taken),
        "the music steps back, LU: deepest": f"{back.min():.1f}",
        "returns in a second by at most, LU": f"{rise(back):.2f}",
        "rises in a second by at most, LU; without words": f"{rise(music):.2f}; {rise(would):.2f}",
        "swell, a minute": f"{max(spoken.rates):.1f} to {min(spoken.rates):.1f}",
        "beside the lines": spread([spoken.rates[int(np.abs(tick_s - at_s).argmin())] for at_s in begun]),
        **{what: f"{np.nanpercentile(late, 95):.3f}" for what, late in starts.items()},
        "shortest pause, s": shortest_pause(spoken),
        "words missed, mix and dry": missed_of([] if decoder is None else understood(spoken, decoder, dry)),
    }


def recogniser() -> Any:
    """pocketsphinx; None without it."""
    try:
        from pocketsphinx import Decoder
    except ImportError:
        return None
    return Decoder(samprate=HEARD_HZ, loglevel="FATAL", maxhmmpf=MOST_STATES)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--profiles", default=",".join(names()))
    asked.add_argument("--guide", default="ground", help="With --once several.")
    asked.add_argument("--seed", default="1", help="With --once several.")
    asked.add_argument("--exhale", action="store_true")
    asked.add_argument("--once", action="store_true", help="One render: starts, pauses and words missed.")
    asked.add_argument("--unheard", action="store_true", help="No word is recognised.")
    told = asked.parse_args()
    decoder, dry = None if told.unheard else recogniser(), Dry()
    sittings = list(product(told.guide.split(","), map(int, told.seed.split(","))))
    for profile in told.profiles.split(","):
        print(f"{profile}, {told.guide}, seed {told.seed}", flush=True)
        if told.once:
            all_of_them = ((heard(planned(profile, *each)), load(each[0])) for each in sittings)
            figures = once(all_of_them, decoder, dry)
        else:
            plan = partial(planned, profile, *sittings[0], follows=told.exhale)
            figures = measured(plan, decoder, dry, exhale=told.exhale)
        for what, figure in figures.items():
            print(f"  {what:<48} {figure}", flush=True)


if __name__ == "__main__":
    main()

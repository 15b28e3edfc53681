"""Claim: a sitting of every profile sounds as it declares, judged by tools we did not write.

Renders through the product's own rooms, with a simulated heart, and prints every figure beside its bar
(issue 4; SCIENCE.md D1, D4, E). What each figure means is told where it is measured, in sound_measures.

    python benchmarks/sound_audit.py [--minutes 20] [--profiles relax,focus] [--seed 1] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent))

import sound_measures as measure
from rendering import HEART, RATE_HZ, Rendering, render
from report import show_table, write_json

from engine.guide.course import course_of
from engine.music.orchestration import FOREGROUND
from engine.sitting.asked import Asked
from profiles.load import load, names
from profiles.schema import Profile


def sit(name: str, seconds: float, seed: int = 1, heart: str = HEART) -> Rendering:
    """A whole sitting of `seconds`, as it is played."""
    return render(Asked(name, sensor=heart, seed=seed, duration=seconds))


def foreground(name: str, seconds: float, seed: int = 1, heart: str = HEART) -> Rendering:
    """Of the same sitting the notes of `density` alone, as loud as they are in the mix."""
    asked = Asked(name, sensor=heart, seed=seed, duration=seconds)
    return render(asked, heard=FOREGROUND, governed=False)


def way(sitting: Rendering, struck: measure.Times, body: Any, fade_in_s: float, end_s: float) -> Any:
    """Tempo, onsets a second and centroid in the first fifth between the fades, and in the last."""
    fifth = (end_s - fade_in_s) / 5.0
    found: dict[str, float] = {}
    for label, begin in (("first", fade_in_s), ("last", end_s - fifth)):
        told = zip(sitting.at_s, sitting.tempo_bpm, strict=True)
        inside = [bpm for t, bpm in told if begin <= t <= begin + fifth]
        part = body[int((begin - fade_in_s) * measure.MUSIC_HZ) :][: int(fifth * measure.MUSIC_HZ)]
        colours = measure.centroids(part)
        found[f"tempo_{label}"] = float(np.mean(inside))
        found[f"onsets_{label}"] = float(np.sum((struck >= begin) & (struck < begin + fifth)) / fifth)
        if len(colours):
            found[f"centroid_{label}"] = float(np.mean(colours))
    return found


def figures(sitting: Rendering, front: Rendering, seconds: float) -> dict[str, Any]:
    """All figures of one sitting of `seconds`; `front` is its foreground alone."""
    profile, sound = sitting.profile, sitting.sound
    course = course_of(profile, seconds)
    fade_in_s, end_s = course.fade_in_s, course.end_s
    summary, times, momentary, short_term = measure.loudness(sound)
    at, rise = measure.rises(times, short_term)
    # Four seconds on, both of two windows of 3 s, a second apart, lie behind the fade-in.
    onward = rise[(at > fade_in_s + 4.0) & (at < seconds)]
    mono = measure.music(sound)
    body = mono[int(fade_in_s * measure.MUSIC_HZ) : int(end_s * measure.MUSIC_HZ)]
    front_mono = measure.music(front.sound)
    struck = measure.onsets(front_mono, measure.ALONE_RISE_DB)
    struck = struck[(struck > fade_in_s) & (struck < end_s)]
    attacks = measure.attack_times(front_mono, struck)
    heard = measure.onsets(mono)
    heard = heard[(heard > fade_in_s) & (heard < end_s)]
    quiet = measure.silences(times, momentary, struck, fade_in_s + 4.0, end_s)
    of = measure.chroma(body)
    keys = measure.modes_heard(of)
    allowed = {mode for modes in profile.harmony.modes.values() for mode in modes}
    parents = {PARENTS.get(mode, mode) for mode in allowed}
    centroid = measure.centroids(body)
    away = np.array(sitting.gain_db)[np.array(sitting.at_s) > fade_in_s]
    result: dict[str, Any] = {
        **summary,
        "rise": float(onward.max(initial=0.0)),
        "rise_over_share": float(np.mean(onward > 1.0)),
        "quietest": float(short_term[(times > fade_in_s + 4.0) & (times < end_s)].min()),
        "turned_down_db": float(away.min()),
        "turned_down_share": float(np.mean(away < -0.05)),
        "centroid_low": float(np.percentile(centroid, 5)),
        "centroid_high": float(np.percentile(centroid, 95)),
        "onsets_per_s": len(struck) / (end_s - fade_in_s),
        "onsets_per_s_mix": len(heard) / (end_s - fade_in_s),
        "attack_low_ms": 1e3 * float(np.percentile(attacks, 5)) if len(attacks) else 0.0,
        "attack_high_ms": 1e3 * float(np.percentile(attacks, 95)) if len(attacks) else 0.0,
        "silence_share": sum(b - a for a, b in quiet) / (end_s - fade_in_s),
        "silence_longest": max((b - a for a, b in quiet), default=0.0),
        "key_share": float(np.mean([bool(modes & parents) for modes in keys])) if keys else 1.0,
        **{f"alike_{lag}": measure.self_similarity(of, lag) for lag in (30, 60, 120)},
        "clicks": len(measure.clicks(sound)),
        "rumble_db": measure.rumble_db(sound),
        "mono_loss_db": measure.mono_loss_db(sound),
        "low_correlation": measure.low_correlation(sound),
        **way(sitting, struck, body, fade_in_s, end_s),
    }
    if "kit" in profile.palette:
        middles, bpm = measure.tempi(body)
        t, guided = np.array(sitting.at_s), np.array(sitting.tempo_bpm)
        true = np.array([guided[np.abs(t - fade_in_s - middle) < 30.0].mean() for middle in middles])
        error = measure.octave_error(bpm, true)
        result["tempo_error"] = float(np.median(error))
        result["tempo_share"] = float(np.mean(error < 0.02))
    return result


PARENTS = {
    "lydian_pentatonic": "lydian",
    "major_pentatonic": "ionian",
    "mixolydian_pentatonic": "mixolydian",
    "dorian_pentatonic": "dorian",
    "minor_pentatonic": "aeolian",
}


@dataclass(frozen=True)
class Bar:
    """What a figure has to keep to; either end may be open."""

    low: float = -np.inf
    high: float = np.inf
    digits: int = 1

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        if self.low == -np.inf and self.high == np.inf:
            return ""
        if self.low == -np.inf:
            return f"<= {self.high:g}"
        if self.high == np.inf:
            return f">= {self.low:g}"
        return f"{self.low:g} to {self.high:g}"


def bars(profile: Profile) -> dict[str, Bar]:
    """Figure to bar, in the order of the table. A bar that is open at both ends only informs."""
    ranges = profile.ranges
    return {
        "integrated": Bar(-26.0, -23.0),
        "short_term_max": Bar(high=-18.0),
        "range": Bar(high=7.0),
        "true_peak": Bar(high=-3.0),
        "rise": Bar(high=1.0, digits=2),
        "rise_over_share": Bar(digits=3),
        "quietest": Bar(),
        "turned_down_db": Bar(digits=2),
        "turned_down_share": Bar(digits=3),
        "centroid_low": Bar(*ranges.centroid_hz, digits=0),
        "centroid_high": Bar(*ranges.centroid_hz, digits=0),
        "onsets_per_s": Bar(*ranges.density, digits=2),
        "onsets_per_s_mix": Bar(digits=2),
        "attack_low_ms": Bar(1e3 * ranges.attack_s[0], 1e3 * ranges.attack_s[1], digits=0),
        "attack_high_ms": Bar(1e3 * ranges.attack_s[0], 1e3 * ranges.attack_s[1], digits=0),
        "silence_share": Bar(*ranges.silence_share, digits=3),
        "silence_longest": Bar(min(profile.form.silence_s[0], 3.0), 15.0),
        "key_share": Bar(low=0.9, digits=2),
        "alike_30": Bar(high=0.9, digits=2),
        "alike_60": Bar(high=0.9, digits=2),
        "alike_120": Bar(high=0.9, digits=2),
        "clicks": Bar(high=0.0, digits=0),
        "rumble_db": Bar(high=-70.0, digits=0),
        "mono_loss_db": Bar(low=-3.5),
        "low_correlation": Bar(low=0.9, digits=2),
        "tempo_first": Bar(*ranges.tempo_bpm),
        "tempo_last": Bar(*ranges.tempo_bpm),
        "onsets_first": Bar(digits=2),
        "onsets_last": Bar(digits=2),
        "centroid_first": Bar(digits=0),
        "centroid_last": Bar(digits=0),
        "tempo_error": Bar(high=0.02, digits=3),
        "tempo_share": Bar(digits=2),
    }


CALM_HEART = "sim:seed=5,rest=54,start=60"
QUICK_HEART = "sim:seed=5,rest=74,start=82"


def traits(name: str, seconds: float, seed: int, heart: str) -> dict[str, Any]:
    """One sitting in the figures that tell sittings apart; `sound` and `mel` are arrays."""
    sitting, front = (of(name, seconds, seed, heart) for of in (sit, foreground))
    begin = course_of(sitting.profile, seconds).fade_in_s
    struck = measure.onsets(measure.music(front.sound), measure.ALONE_RISE_DB)
    tempo = [bpm for t, bpm in zip(sitting.at_s, sitting.tempo_bpm, strict=True) if t > begin]
    return {
        "sound": sitting.sound,
        "mel": measure.mel_db(sitting.sound),
        "tempo_bpm": float(np.mean(tempo)),
        "onsets_per_s": float(np.sum(struck > begin) / (seconds - begin)),
        "centroid_hz": float(np.mean(measure.centroids(measure.music(sitting.sound)))),
    }


def contrasts(seconds: float, name: str = "relax") -> dict[str, Any]:
    """What another seed and another heart change, and whether the same sitting again is the same.

    Distances are of mel spectra; the two hearts, one calm and one quick, are also compared in mean tempo,
    onsets a second and spectral centroid.
    """
    calm = traits(name, seconds, 1, CALM_HEART)
    seed = traits(name, seconds, 2, CALM_HEART)
    quick = traits(name, seconds, 1, QUICK_HEART)
    compared = ("tempo_bpm", "onsets_per_s", "centroid_hz")
    return {
        "same_again": np.array_equal(sit(name, seconds, 1, CALM_HEART).sound, calm["sound"]),
        "other_seed_db": measure.spectral_distance_db(calm["mel"], seed["mel"]),
        "other_heart_db": measure.spectral_distance_db(calm["mel"], quick["mel"]),
        "calm": {key: calm[key] for key in compared},
        "quick": {key: quick[key] for key in compared},
    }


def audited(name: str, minutes: float, seed: int, keep: str | None) -> tuple[str, dict[str, Any], Any]:
    """Render one profile's sitting and its foreground, and measure both: (name, figures, mel spectrum)."""
    seconds = 60.0 * minutes
    sitting, front = (of(name, seconds, seed) for of in (sit, foreground))
    if keep:
        import soundfile

        soundfile.write(Path(keep) / f"{name}.wav", sitting.sound, RATE_HZ, subtype="FLOAT")
        soundfile.write(Path(keep) / f"{name}-front.wav", front.sound, RATE_HZ, subtype="FLOAT")
    return name, figures(sitting, front, seconds), measure.mel_db(sitting.sound)


def in_words(heart: dict[str, float]) -> str:
    """A heart's sitting in words."""
    return (
        f"{heart['tempo_bpm']:.0f} beats a minute, {heart['onsets_per_s']:.2f} onsets a second,"
        f" centroid {heart['centroid_hz']:.0f} Hz"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=20.0)
    asked.add_argument("--profiles", default=",".join(names()))
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--keep", metavar="FOLDER", help="keep the renderings as WAV")
    asked.add_argument("--processes", type=int, default=2)
    options = asked.parse_args()
    chosen = options.profiles.split(",")
    # librosa compiles and keeps its kernels when first used: two processes at once would spoil them.
    measure.onsets(np.zeros(measure.MUSIC_HZ, np.float32))
    found: dict[str, dict[str, Any]] = {}
    mels: dict[str, Any] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        work = [pool.submit(audited, name, options.minutes, options.seed, options.keep) for name in chosen]
        for done in as_completed(work):
            name, result, mels[name] = done.result()
            found[name] = result
            limit = bars(load(name))
            out = [f"{key} {value:.2f}" for key, value in result.items() if not limit[key].holds(value)]
            told = f"misses {', '.join(out)}" if out else "holds every bar"
            print(f"{len(found)} of {len(chosen)}: {name} {told}.", file=sys.stderr, flush=True)
        apart = pool.submit(contrasts, min(60.0 * options.minutes, 240.0)).result()
    limits = {name: bars(load(name)) for name in chosen}
    rows, missed = [], 0
    for key in next(iter(limits.values())):
        row = [key]
        for name in chosen:
            bar = limits[name][key]
            value = found[name].get(key)
            if value is None:
                row.append("")
                continue
            held = bar.holds(value)
            missed += not held
            figure = f"{value:.{bar.digits}f}{'' if held else ' !'}"
            row.append(f"{figure}\n({bar})" if str(bar) else figure)
        rows.append(row)
    show_table(
        f"Sound of {options.minutes:g} minutes, seed {options.seed}; the bar below, ! where missed",
        ["figure", *chosen],
        rows,
        [
            f"{missed} figures miss their bar.",
            f"The same sitting again is the same, sample for sample: {apart['same_again']}.",
            f"Another seed stands {apart['other_seed_db']:.1f} dB apart, another heart"
            f" {apart['other_heart_db']:.1f} dB (mean distance of mel spectra).",
            f"The calm heart's sitting: {in_words(apart['calm'])}.",
            f"The quick heart's sitting: {in_words(apart['quick'])}.",
        ],
    )
    if len(chosen) > 1:
        show_table(
            "How far two profiles stand apart, in dB (mean distance of mel spectra)",
            ["", *chosen],
            [
                [one, *(f"{measure.spectral_distance_db(mels[one], mels[other]):.1f}" for other in chosen)]
                for one in chosen
            ],
            [],
        )
    print(f"Written: {write_json('sound_audit', {**found, 'contrasts': apart})}")


if __name__ == "__main__":
    main()

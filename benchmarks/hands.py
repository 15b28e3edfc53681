"""Claim: a hand is felt at once, by ear: each control against the untouched twin with the same seed.

Every sitting branches (hand_branches) at each moment: once for every hand and once for nobody. The whole is
measured by K-weighted loudness, as it is played; the foreground by a stem of its own, ungoverned; onsets
are the voices that the synth really began. Windows of one second, so that what is asked to be there
within 4 s is measured from 4 s to 5 s.

    python benchmarks/hands.py [--quick] [--profiles relax,sleep,energise] [--seeds 5] [--at 60,300,900]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent))

from hand_branches import STAGES, Branch, Script, branches, loudness, short_term
from report import show_table, write_json

from engine.clock import HORIZON_S
from engine.desk import Act, Touch, Undo
from profiles.load import load

TWIN = "twin"
BACK_S = 10.0
"""A silence, or what is undone, lasts so long."""
RETURN_S = 70.0
"""In which what was silent is back, and no faster than 1 LU/s: the layers sink by 30 dB, and the slowest come
back by 0.45 dB a second (engine.music.controls)."""
SOFT_S, CHANGED_S = 12.0, 12.0
"""How long it is followed what is soft, and what is to change within a bar and a beat (7.5 s at 40 BPM)."""
HEARD_LUFS = -60.0
"""A foreground softer than this in the twin's window says nothing about how far it was taken down."""

KINDS = {"none": 90.0, "lost": 90.0, "irregular": 90.0} | dict.fromkeys(STAGES, 60.0)
"""Hearts that do not do what they should, and stages other than the lead, each with its moment in s: of a
stage the earliest. Too much has to be felt in all of them."""


def scripts(name: str) -> dict[str, tuple[Script, float]]:
    """Every hand, with the seconds for which it is followed; `density` goes to the further end."""
    low, high = load(name).ranges.density
    act = Act
    return {
        TWIN: ((), BACK_S + RETURN_S),
        "soften": (((0.0, act("soften")),), SOFT_S),
        "silence": (((0.0, act("hush")), (BACK_S, act("resume"))), BACK_S + RETURN_S),
        "less": (((0.0, act("less")),), 10.0),
        "more": (((0.0, act("more")),), 10.0),
        "too much": (((0.0, act("too_much")),), SOFT_S),
        "density low": (((0.0, Touch("density", low)),), CHANGED_S),
        "density high": (((0.0, Touch("density", high)),), CHANGED_S),
        "hold": (((0.0, act("hold")),), CHANGED_S),
        "tempo": (((0.0, Touch("tempo_bpm", load(name).ranges.tempo_bpm[1])),), CHANGED_S),
        "re-match": (((0.0, act("rematch")),), CHANGED_S),
        "trim": (((0.0, Touch("trim_db", -6.0)),), 4.0),
        "undo": (((0.0, act("soften")), (BACK_S, Undo())), BACK_S + 12.0),
        "undo less": (((0.0, act("less")), (BACK_S, Undo())), BACK_S + 12.0),
    }


STEMS = {TWIN: 9.0, "soften": 9.0, "too much": 9.0}
"""Branches of which the foreground is heard alone, and for how long."""

BACK = f"back after {RETURN_S:g} s, LU"

Found = float | None
"""A figure; None where it could not be told, such as how far a foreground sank that was not there."""


@dataclass(frozen=True)
class Bar:
    """What a figure of one hand has to keep to."""

    hand: str
    figure: str
    low: float = -np.inf
    high: float = np.inf
    digits: int = 1

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"<= {self.high:g}" if self.low == -np.inf else f">= {self.low:g}"


SOFT_BARS = (("foreground at 4 s, dB", -12.0), ("whole at 4 s, LU", -4.0), ("onsets from 3 s on", 0.0))

BARS = (
    *(Bar(hand, figure, high=most) for hand in ("soften", "too much") for figure, most in SOFT_BARS),
    Bar("silence", "whole at 3 s, LU", high=-12.0),
    Bar("silence", BACK, low=-3.0),
    Bar("silence", "fastest rise, LU/s", high=1.0, digits=2),
    Bar("less", "felt, share of the bar", low=1.0, digits=2),
    Bar("more", "felt, share of the bar", low=1.0, digits=2),
    *(
        Bar(hand, "first change, bars and a beat", high=1.0, digits=2)
        for hand in ("density low", "density high", "hold", "tempo", "re-match")
    ),
    Bar("trim", "half of it heard, s", high=1.0, digits=2),
    Bar("trim", "whole at 1 s, LU", high=-3.0),
    *(
        bar
        for hand in ("undo", "undo less")
        for bar in (
            Bar(hand, "parameters back, s", high=3.0),
            Bar(hand, "fastest rise, LU/s", high=1.0, digits=2),
        )
    ),
)


def change_db(hand: Branch, twin: Branch, from_s: float, to_s: float) -> float:
    return loudness(hand, from_s, to_s) - loudness(twin, from_s, to_s)


def softened(hand: Branch, twin: Branch, stem: Branch, twin_stem: Branch) -> dict[str, Found]:
    there = loudness(twin_stem, 4.0, 8.0) > HEARD_LUFS
    return {
        "foreground at 4 s, dB": change_db(stem, twin_stem, 4.0, 8.0) if there else None,
        "whole at 4 s, LU": change_db(hand, twin, 4.0, 5.0),
        "onsets from 3 s on": float(hand.onsets(3.0, SOFT_S)),
    }


def fastest_rise(hand: Branch, from_s: float) -> float:
    times, levels = short_term(hand)
    rises = levels[10:] - levels[:-10]
    return float(rises[times[10:] >= from_s].max())


def felt(hand: Branch, twin: Branch, way: float) -> float:
    """Share of the bar kept within 8 s: of 1.5 LU of short-term loudness, or of a quarter of the onsets."""
    level = way * change_db(hand, twin, 5.0, 8.0) / 1.5
    usual = twin.onsets(0.0, 8.0)
    onsets = way * (hand.onsets(0.0, 8.0) - usual) / (0.25 * usual) if usual else 0.0
    return max(level, onsets)


def first_change(name: str, hand: Branch, twin: Branch) -> Found:
    """When the first note came that is not the twin's, or the tempo parted, in bars and a beat.

    Where less is wanted and the twin plays nothing in that time, nothing can be taken away; where the tempo
    is to be held and the twin's does not move in it, nothing can be held. Neither can be told.
    """
    span_s = min(hand.music[-1][0], CHANGED_S)
    bar_s = 60.0 / hand.music[0][2] * (hand.bar_beats + 1)
    still = len({bpm for at, _, bpm in twin.music if 0.0 <= at <= bar_s}) == 1
    if (name == "density low" and not twin.onsets(HORIZON_S, bar_s)) or (name == "hold" and still):
        return None
    ours, theirs = ({(round(at, 3), of) for at, of in b.began if at < span_s} for b in (hand, twin))
    notes = sorted(at for at, _ in ours ^ theirs)
    tempo = [at for (at, _, bpm), (_, _, was) in zip(hand.music, twin.music, strict=False) if bpm != was]
    moments = notes[:1] + tempo[:1]
    return min(moments) / bar_s if moments else None


def half_heard_s(hand: Branch, twin: Branch) -> float:
    """From when on half of a trim of 6 dB is heard, in windows of 0.2 s."""
    for step in range(2, 70):
        at_s = step * 0.05
        if change_db(hand, twin, at_s - 0.1, at_s + 0.1) <= -3.0:
            return at_s
    return np.inf


def parameters_back_s(hand: Branch, twin: Branch) -> float:
    """When everything that a hand had moved but loudness is where the twin has it, after it was undone."""

    def away(pair: tuple[Any, Any]) -> bool:
        (_, ours, _), (_, theirs, _) = pair
        return (
            abs(ours.density - theirs.density) > 0.01
            or abs(ours.brightness - theirs.brightness) > 0.01
            or ours.foreground_db != theirs.foreground_db
            or ours.rests != theirs.rests
        )

    pairs = zip(hand.music, twin.music, strict=False)
    return max((pair[0][0] - BACK_S for pair in pairs if pair[0][0] > BACK_S and away(pair)), default=0.0)


def figures(whole: Mapping[str, Branch], stems: Mapping[str, Branch]) -> dict[tuple[str, str], Found]:
    """All figures of one moment of one sitting, by hand and name."""
    twin = whole[TWIN]
    found: dict[str, dict[str, Found]] = {}
    for hand in ("soften", "too much"):
        found[hand] = softened(whole[hand], twin, stems[hand], stems[TWIN])
    silence = whole["silence"]
    found["silence"] = {
        "whole at 3 s, LU": change_db(silence, twin, 3.0, 4.0),
        BACK: change_db(silence, twin, BACK_S + RETURN_S - 3.0, BACK_S + RETURN_S),
        "fastest rise, LU/s": fastest_rise(silence, BACK_S),
    }
    found["less"] = {"felt, share of the bar": felt(whole["less"], twin, -1.0)}
    found["more"] = {"felt, share of the bar": felt(whole["more"], twin, 1.0)}
    for hand in ("density low", "density high", "hold", "tempo", "re-match"):
        found[hand] = {"first change, bars and a beat": first_change(hand, whole[hand], twin)}
    trim = whole["trim"]
    found["trim"] = {
        "half of it heard, s": half_heard_s(trim, twin), "whole at 1 s, LU": change_db(trim, twin, 1.0, 1.4)
    }  # fmt: skip
    for hand in ("undo", "undo less"):
        found[hand] = {
            "parameters back, s": parameters_back_s(whole[hand], twin),
            "fastest rise, LU/s": fastest_rise(whole[hand], BACK_S),
        }
    return {(hand, name): value for hand, row in found.items() for name, value in row.items()}


Row = dict[str, Any]


def felt_in(name: str, seed: int, moments: tuple[float, ...]) -> list[Row]:
    """Every hand of one profile and seed at every moment."""
    whole = branches(name, seed, {at: scripts(name) for at in moments})
    stem = branches(name, seed, {at: stem_scripts(name) for at in moments}, stem=True)
    return [
        row(name, seed, at, "heart", figures(_at(whole, at), _at(stem, at)))
        for at in moments
    ]  # fmt: skip


def too_much_in(name: str, seed: int, kind: str) -> list[Row]:
    """Too much where the heart is not what it should be, or has come to another stage."""
    at_s = KINDS[kind]
    asked = scripts(name)
    hands = {hand: (asked[hand][0], SOFT_S) for hand in (TWIN, "too much")}
    whole = _at(branches(name, seed, {at_s: hands}, kind=kind), at_s)
    stem = _at(branches(name, seed, {at_s: stem_scripts(name)}, stem=True, kind=kind), at_s)
    found = softened(whole["too much"], whole[TWIN], stem["too much"], stem[TWIN])
    stage = whole[TWIN].music[0][1].stage.value
    return [row(name, seed, at_s, kind, {("too much", key): value for key, value in found.items()}, stage)]


def stem_scripts(name: str) -> dict[str, tuple[Script, float]]:
    return {hand: (scripts(name)[hand][0], span_s) for hand, span_s in STEMS.items()}


def _at(found: Mapping[tuple[float, str], Branch], at_s: float) -> dict[str, Branch]:
    return {hand: branch for (moment, hand), branch in found.items() if moment == at_s}


def row(
    name: str, seed: int, at_s: float, kind: str, found: Mapping[tuple[str, str], Found], stage: str = ""
) -> Row:
    told = [{"hand": hand, "figure": figure, "value": value} for (hand, figure), value in found.items()]
    return {"profile": name, "seed": seed, "at_s": at_s, "heart": kind, "stage": stage, "found": told}


def summary(rows: list[Row]) -> list[list[str]]:
    """A line a bar: how many sittings keep it, the median and the worst, and which that is."""
    lines: list[list[str]] = []
    for bar in BARS:
        every = [
            (told["value"], f"{r['profile']} seed {r['seed']} at {r['at_s']:g} s, {r['heart']}")
            for r in rows for told in r["found"]
            if (told["hand"], told["figure"]) == (bar.hand, bar.figure)
        ]  # fmt: skip
        told = [(value, where) for value, where in every if value is not None]
        if not told:
            continue
        worst = max(told) if bar.high < np.inf else min(told)
        kept = sum(bar.holds(value) for value, _ in told)
        middle = float(np.median([value for value, _ in told]))
        lines.append([
            bar.hand, bar.figure, str(bar), f"{kept} of {len(told)}", str(len(every) - len(told)),
            f"{middle:.{bar.digits}f}", f"{worst[0]:.{bar.digits}f}", worst[1],
        ])  # fmt: skip
    return lines


COLUMNS = ["hand", "figure", "bar", "kept", "untold", "median", "worst", "where"]


def kept(rows: list[Row]) -> Path:
    """Write what is known so far."""
    rows.sort(key=lambda r: (r["profile"], r["seed"], r["at_s"], r["heart"]))
    bars = [dict(zip(COLUMNS, line, strict=True)) for line in summary(rows)]
    return write_json("hands", {"bars": bars, "rows": rows})


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--profiles", default="relax,sleep,energise")
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--at", default="60,300,900", help="moments in s")
    asked.add_argument("--kinds", default=",".join(KINDS), help="hearts and stages for too much alone")
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--quick", action="store_true", help="relax, one seed, at 60 and 300 s")
    options = asked.parse_args()
    if options.quick:
        options.profiles, options.seeds, options.at = "relax", 1, "60,300"
    moments, path = tuple(float(at) for at in options.at.split(",")), Path()
    rows: list[Row] = []
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        first: list[Any] = []
        later: list[Any] = []
        for seed in range(1, options.seeds + 1):
            for name in options.profiles.split(","):
                first.append((felt_in, name, seed, moments))
                later += [(too_much_in, name, seed, kind) for kind in options.kinds.split(",") if kind]
        work = [pool.submit(*each) for each in first + later]
        for number, done in enumerate(as_completed(work), 1):
            rows += done.result()
            print(f"{number} of {len(work)} sittings", file=sys.stderr, flush=True)
            path = kept(rows)  # an hour's figures are not lost where it is broken off
    show_table("Hands, felt", COLUMNS, summary(rows))
    print(f"Written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

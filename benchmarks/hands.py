"""Claim: a hand is felt at once, by ear: each control against the untouched twin with the same seed.

Every sitting branches (hand_branches) at each moment: once for every hand and once for nobody. The whole is
measured by K-weighted loudness, as it is played; the foreground by a stem of its own, ungoverned; onsets
are the voices that the synth really began. Windows of one second, so that what is asked to be there
within 4 s is measured from 4 s to 5 s. A ratio is how far a figure goes toward its bar: 1 is at it, and
what is more than 1 misses it.

    python benchmarks/hands.py [--quick] [--profiles relax,sleep,energise] [--seeds 1,2,3,4,5]
                               [--at 60,300,900] [--go-on] [--with FILE,FILE]

The whole takes some fifteen minutes of one core. It can be run in slices, one after the other with --go-on:
what was measured on the very same tree is kept, and not measured again; or beside one another, each with a
CALANDO_BENCHMARK_RESULTS of its own, whose files --with then reads.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent))

from hand_branches import STAGES, Branch, Heard, Script, branches
from report import RESULTS, show_table, write_json

from engine.clock import HORIZON_S
from engine.desk import Act, Touch, Undo
from profiles.load import load

TWIN = "twin"
BACK_S = 10.0
"""A silence, or what is undone, lasts so long."""
RETURN_S = 70.0
"""In which what was silent is back, and no faster than 1 LU/s: the whole comes back from 30 dB down by 0.45
dB a second (engine.guide.outputs), the layers in 65 s at most (engine.music.controls)."""
SOFT_S, CHANGED_S = 10.0, 10.0
"""How long it is followed what is soft, and what is to change within a bar and a beat (7.5 s at 40 BPM)."""
HEARD_LUFS = -60.0
"""A foreground softer than this in the twin's window says nothing about how far it was taken down."""

KINDS = {"none": 90.0, "lost": 90.0, "irregular": 90.0} | dict.fromkeys(STAGES, 60.0)
"""Hearts that do not do what they should, and stages other than the lead, each with its moment in s: of a
stage the earliest. Too much has to be felt in all of them."""


def scripts(name: str) -> dict[str, tuple[Script, float]]:
    """Every hand, with the seconds for which it is followed; soften and less are undone after BACK_S."""
    low, high = load(name).ranges.density
    act = Act
    return {
        TWIN: ((), BACK_S + RETURN_S),
        "silence": (((0.0, act("hush")), (BACK_S, act("resume"))), BACK_S + RETURN_S),
        "more": (((0.0, act("more")),), 8.0),
        "too much": (((0.0, act("too_much")),), SOFT_S),
        "density low": (((0.0, Touch("density", low)),), CHANGED_S),
        "density high": (((0.0, Touch("density", high)),), CHANGED_S),
        "hold": (((0.0, act("hold")),), CHANGED_S),
        "tempo": (((0.0, Touch("tempo_bpm", load(name).ranges.tempo_bpm[1])),), CHANGED_S),
        "re-match": (((0.0, act("rematch")),), CHANGED_S),
        "trim": (((0.0, Touch("trim_db", -6.0)),), 4.0),
        "soften": (((0.0, act("soften")), (BACK_S, Undo())), BACK_S + 12.0),
        "less": (((0.0, act("less")), (BACK_S, Undo())), BACK_S + 12.0),
    }


FRONTS = (TWIN, "soften", "too much")
"""Branches of which the foreground is heard alone, too."""

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

    def ratio(self, value: float) -> float:
        """How far `value` goes toward the bar: at most 1 where it is kept, whichever side it is on."""
        bar, better = (self.high, value) if self.high < np.inf else (self.low, value)
        if bar == 0.0:
            return 0.0 if self.holds(value) else np.inf
        if (bar > 0.0) == (self.high < np.inf):
            return better / bar
        return bar / better if better * bar > 0.0 else (0.0 if self.holds(value) else np.inf)

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
        for hand in ("undo soften", "undo less")
        for bar in (
            Bar(hand, "parameters back, s", high=3.0),
            Bar(hand, "fastest rise, LU/s", high=1.0, digits=2),
        )
    ),
)


def change_db(hand: Heard, twin: Heard, from_s: float, to_s: float) -> float:
    return hand.loudness(from_s, to_s) - twin.loudness(from_s, to_s)


def softened(hand: Branch, twin: Branch) -> dict[str, Found]:
    there = twin.front.loudness(4.0, 8.0) > HEARD_LUFS
    return {
        "foreground at 4 s, dB": change_db(hand.front, twin.front, 4.0, 8.0) if there else None,
        "whole at 4 s, LU": change_db(hand.whole, twin.whole, 4.0, 5.0),
        "onsets from 3 s on": float(hand.onsets(3.0, SOFT_S)),
    }


def fastest_rise(hand: Branch, from_s: float) -> float:
    times, levels = hand.whole.short_term()
    rises = levels[10:] - levels[:-10]
    return float(rises[times[10:] >= from_s].max())


def felt(hand: Branch, twin: Branch, way: float) -> float:
    """Share of the bar kept within 8 s: of 1.5 LU of short-term loudness, or of a quarter of the onsets."""
    level = way * change_db(hand.whole, twin.whole, 5.0, 8.0) / 1.5
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
        if change_db(hand.whole, twin.whole, at_s - 0.1, at_s + 0.1) <= -3.0:
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


def figures(branch: Mapping[str, Branch]) -> dict[tuple[str, str], Found]:
    """All figures of one moment of one sitting, by hand and name."""
    twin = branch[TWIN]
    found: dict[str, dict[str, Found]] = {
        hand: softened(branch[hand], twin) for hand in ("soften", "too much")
    }
    silence = branch["silence"]
    found["silence"] = {
        "whole at 3 s, LU": change_db(silence.whole, twin.whole, 3.0, 4.0),
        BACK: change_db(silence.whole, twin.whole, BACK_S + RETURN_S - 3.0, BACK_S + RETURN_S),
        "fastest rise, LU/s": fastest_rise(silence, BACK_S),
    }
    found["less"] = {"felt, share of the bar": felt(branch["less"], twin, -1.0)}
    found["more"] = {"felt, share of the bar": felt(branch["more"], twin, 1.0)}
    for hand in ("density low", "density high", "hold", "tempo", "re-match"):
        found[hand] = {"first change, bars and a beat": first_change(hand, branch[hand], twin)}
    trim = branch["trim"]
    found["trim"] = {
        "half of it heard, s": half_heard_s(trim, twin),
        "whole at 1 s, LU": change_db(trim.whole, twin.whole, 1.0, 1.4),
    }
    for hand in ("soften", "less"):
        found[f"undo {hand}"] = {
            "parameters back, s": parameters_back_s(branch[hand], twin),
            "fastest rise, LU/s": fastest_rise(branch[hand], BACK_S),
        }
    return {(hand, name): value for hand, row in found.items() for name, value in row.items()}


Row = dict[str, Any]


def felt_in(name: str, seed: int, moments: tuple[float, ...]) -> list[Row]:
    """Every hand of one profile and seed at every moment."""
    found = branches(name, seed, {at: scripts(name) for at in moments}, fronts=FRONTS)
    return [row(name, seed, at, HEART, figures(_at(found, at))) for at in moments]


def too_much_in(name: str, seed: int, kind: str) -> list[Row]:
    """Too much where the heart is not what it should be, or has come to another stage."""
    at_s, asked = KINDS[kind], scripts(name)
    hands = {hand: (asked[hand][0], SOFT_S) for hand in (TWIN, "too much")}
    found = _at(branches(name, seed, {at_s: hands}, fronts=FRONTS, kind=kind), at_s)
    told = softened(found["too much"], found[TWIN])
    stage = found[TWIN].music[0][1].stage.value
    return [row(name, seed, at_s, kind, {("too much", key): value for key, value in told.items()}, stage)]


def _at(found: Mapping[tuple[float, str], Branch], at_s: float) -> dict[str, Branch]:
    return {hand: branch for (moment, hand), branch in found.items() if moment == at_s}


HEART = "heart"
"""A heart that does what it should."""


def row(
    name: str, seed: int, at_s: float, kind: str, found: Mapping[tuple[str, str], Found], stage: str = ""
) -> Row:
    told = [{"hand": hand, "figure": figure, "value": value} for (hand, figure), value in found.items()]
    return {"profile": name, "seed": seed, "at_s": at_s, "heart": kind, "stage": stage, "found": told}


def where(of: Row) -> str:
    return f"{of['profile']} seed {of['seed']} at {of['at_s']:g} s, {of['heart']}"


def summary(rows: Sequence[Row]) -> list[list[str]]:
    """A line a bar: how many sittings keep it, the median and the worst, and which that is."""
    lines: list[list[str]] = []
    for bar in BARS:
        every = told_of(rows, bar)
        told = [(value, of) for value, of in every if value is not None]
        if not told:
            continue
        worst, of = max(told, key=lambda each: each[0] if bar.high < np.inf else -each[0])
        kept = sum(bar.holds(value) for value, _ in told)
        middle = float(np.median([value for value, _ in told]))
        lines.append([
            bar.hand, bar.figure, str(bar), f"{kept} of {len(told)}", str(len(every) - len(told)),
            f"{middle:.{bar.digits}f}", f"{worst:.{bar.digits}f}", where(of),
        ])  # fmt: skip
    return lines


def by_hand(rows: Sequence[Row]) -> list[list[str]]:
    """A line a hand: in how many sittings it keeps all of its bars, and where it goes furthest toward one."""
    lines: list[list[str]] = []
    for hand in dict.fromkeys(bar.hand for bar in BARS):
        ratios = [
            (bar.ratio(value), bar, value, of)
            for bar in BARS if bar.hand == hand
            for value, of in told_of(rows, bar) if value is not None
        ]  # fmt: skip
        if not ratios:
            continue
        told = {where(of) for *_, of in ratios}
        missed = {where(of) for _, bar, value, of in ratios if not bar.holds(value)}
        ratio, bar, value, of = max(ratios, key=lambda each: each[0])
        lines.append([
            hand, f"{len(told) - len(missed)} of {len(told)}", f"{ratio:.2f}",
            f"{bar.figure}: {value:.{bar.digits}f}", where(of),
        ])  # fmt: skip
    return lines


def told_of(rows: Sequence[Row], bar: Bar) -> list[tuple[Found, Row]]:
    """What was found where `bar` was measured, and the row that it is in."""
    return [
        (told["value"], of)
        for of in rows
        for told in of["found"]
        if (told["hand"], told["figure"]) == (bar.hand, bar.figure)
    ]


COLUMNS = ["hand", "figure", "bar", "kept", "untold", "median", "worst", "where"]
HAND_COLUMNS = ["hand", "kept", "worst ratio", "which", "where"]


def write(rows: list[Row], tree: str) -> Path:
    """Write what is known so far."""
    rows.sort(key=lambda r: (r["profile"], r["seed"], r["at_s"], r["heart"]))
    bars = [dict(zip(COLUMNS, line, strict=True)) for line in summary(rows)]
    hands = [dict(zip(HAND_COLUMNS, line, strict=True)) for line in by_hand(rows)]
    return write_json("hands", {"tree": tree, "hands": hands, "bars": bars, "rows": rows})


def tree_here() -> str:
    """The commit that is measured; with what is changed and not committed it is nobody's."""
    git = ["git", "-C", str(Path(__file__).parent)]
    told = subprocess.run([*git, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return told.stdout.strip()


def measured_before(tree: str, file: Path) -> list[Row]:
    """What a file of figures holds of this very tree."""
    if not file.exists():
        return []
    figures = json.loads(file.read_text())["figures"]
    return figures["rows"] if tree and not tree.endswith("dirty") and figures["tree"] == tree else []


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--profiles", default="relax,sleep,energise")
    asked.add_argument("--seeds", default="1,2,3,4,5")
    asked.add_argument("--at", default="60,300,900", help="moments in s")
    asked.add_argument("--kinds", default=",".join(KINDS), help="hearts and stages for too much alone")
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--quick", action="store_true", help="relax, one seed, at 60 and 300 s")
    asked.add_argument("--go-on", action="store_true", help="keep what was measured on this tree already")
    asked.add_argument("--with", dest="merged", default="", help="files of figures of this tree, kept too")
    options = asked.parse_args()
    if options.quick:
        options.profiles, options.seeds, options.at = "relax", "1", "60,300"
    moments = tuple(float(at) for at in options.at.split(","))
    tree = tree_here()
    before = [RESULTS / "hands.json"] if options.go_on else []
    before += [Path(file) for file in options.merged.split(",") if file]
    rows = [row for file in before for row in measured_before(tree, file)]
    known = {(r["profile"], r["seed"], r["at_s"], r["heart"]) for r in rows}
    first: list[Any] = []
    later: list[Any] = []
    for seed in (int(seed) for seed in options.seeds.split(",")):
        for name in options.profiles.split(","):
            wanted = tuple(at for at in moments if (name, seed, at, HEART) not in known)
            if wanted:
                first.append((felt_in, name, seed, wanted))
            kinds = [kind for kind in options.kinds.split(",") if kind]
            later += [
                (too_much_in, name, seed, kind)
                for kind in kinds
                if (name, seed, KINDS[kind], kind) not in known
            ]
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        work = {pool.submit(*each): each[1:] for each in first + later}
        for number, done in enumerate(as_completed(work), 1):
            rows += done.result()
            write(rows, tree)  # what is measured is not lost where it is broken off
            name, seed, what = work[done]
            print(f"{number} of {len(work)}: {name}, seed {seed}, {what}", file=sys.stderr, flush=True)
    path = write(rows, tree)
    show_table("Hands, felt", COLUMNS, summary(rows))
    show_table(f"Every hand, {len(rows)} moments of {tree}", HAND_COLUMNS, by_hand(rows))
    print(f"Written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Claim: a loop that can be felt. Prints issue 11's table: what was, what is asked, and what is, by profile.

Heart and breath in the sound (loop_sound), whom the first minute meets (loop_meeting), what is answered and
when (loop_answer), what is marked (loop_events), and the guide's limits in random sittings (guide_limits):
each runs alone too, and tells more. A figure that misses what is asked has a ! behind it. Where it is broken
off, the JSON has what there is.

    python benchmarks/loop.py [--profiles relax,breathe] [--seeds 3] [--minutes 6]
                              [--measures sound,meeting,answer,events,limits] [--sittings 10000]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent))

import loop_answer
import loop_events
import loop_meeting
import loop_sound
from by_profile import Figures, Measured, measured, options, shown
from guide_limits import random_sitting
from report import show_table, write_json


@dataclass(frozen=True)
class Row:
    """One line of the table.

    key        of the part's figures
    was        what issue 11 found before
    low, high  what is asked for
    by_name    other bars for single profiles
    of         what is made of the seeds' figures
    """

    label: str
    key: str
    was: str
    low: float = -inf
    high: float = inf
    by_name: tuple[tuple[str, float], ...] = ()
    of: Callable[[list[float]], Any] = np.median

    def asked(self) -> str:
        bar = f"<= {self.high:g}" if self.high < inf else f">= {self.low:g}" if self.low > -inf else ""
        return ", ".join([bar, *(f"{name} {low:g}" for name, low in self.by_name)])

    def cell(self, name: str, found: list[Figures]) -> str:
        values = [value for one in found if (value := one.get(self.key)) is not None]
        if not values:
            return ""
        value = float(self.of(values))
        held = dict(self.by_name).get(name, self.low) <= value <= self.high
        return f"{shown(value)}{'' if held else ' !'}"


ROWS: dict[str, tuple[Row, ...]] = {
    "sound": (
        Row("level 250 Hz-4 kHz explained by the breath", "breath share", ".06, breathe .32", 0.3,
            by_name=(("breathe", 0.5),)),
        Row("the same, ungoverned", "breath share, ungoverned", ""),
        Row("governor under -0.5 dB, share of time", "governor under -0.5 dB", ".06 to .21", high=0.005),
        Row("governor's deepest, dB", "governor's deepest, dB", "-6.3", -1.0, of=min),
        Row("ungoverned rise over 1 LU/s, share", "ungoverned rise over 1 LU/s", ".033", high=0.005),
        Row("ungoverned rise, most, LU/s", "ungoverned rise, most", "1.87", high=1.15),
        Row("heart over the mix in its best band, dB", "heart over the mix, dB", "-29", 0.0),
        Row("the same where a hand wants it present", "heart over the mix, present, dB", "", 6.0),
    ),
    "meeting": (
        Row("hearts of 58, 74, 104: onsets apart, %", "hearts apart in onsets, %", "0", 30.0),
        Row("the same: centroid apart, %", "hearts apart in centroid, %", "0"),
        Row("said calm or tense: traits over 1 JND", "calm or tense: traits over 1 JND", "0", 2.0),
        Row("said sad or glad: traits over 1 JND", "sad or glad: traits over 1 JND", "0", 2.0),
    ),
    "answer": (
        Row("+6 bpm: first JND after, s", "+6 bpm: first heard after, s", "never", high=30.0),
        Row("-6 bpm: first JND after, s", "-6 bpm: first heard after, s", "never", high=30.0),
        Row("+6 bpm: share with the sign right", "+6 bpm: sign right", "inverts", 1.0, of=np.mean),
        Row("-6 bpm: share with the sign right", "-6 bpm: sign right", "inverts", 1.0, of=np.mean),
        Row("even breath by RR: first JND, s", "even breath by RR: first heard after, s", "none", high=60.0),
        Row("the same: share with the sign right", "even breath by RR: sign right", "", 1.0, of=np.mean),
        Row("by chest: first JND after, s", "even breath by chest: first heard after, s", "none", high=30.0),
        Row("the same: share with the sign right", "even breath by chest: sign right", "", 1.0, of=np.mean),
        Row("steady heart: false answers in 20 min", "false answers in 20 min", "", high=2.0, of=max),
    ),
    "events": (
        Row("steady heart: events in 20 min", "steady: marked", "none", high=0.0, of=max),
        Row("fall of 8 bpm: share marked", "fall: marked", "none", 1.0, of=np.mean),
        Row("the same: after, s", "fall: marked after, s", "", high=80.0),
        Row("own motif heard after its event, s", "motif heard after, s", "", high=60.0, of=max),
        Row("least time between two events, s", "events apart, s", "", 120.0, of=min),
        Row("breath that comes to the swell: marked", "breath that comes: marked", "none", of=np.mean),
        Row("breath that stays its own: marked", "breath that stays: marked", "none", high=0.0, of=max),
    ),
}  # fmt: skip


MEASURES = (*ROWS, "limits")


def limits(sittings: int, processes: int) -> int:
    """How many of so many random sittings pass a limit of their own profile; told on the way."""
    past = 0
    with ProcessPoolExecutor(processes) as pool:
        for number, (_, over, what) in enumerate(pool.map(random_sitting, range(sittings), chunksize=20), 1):
            past += bool(over)
            if over:
                print(f"past a limit: {what}: {over}", file=sys.stderr)
            if number % 500 == 0:
                print(f"limits: {number} of {sittings} sittings", file=sys.stderr, flush=True)
    return past


def main() -> None:
    told = options(__doc__, minutes=6.0, measures=",".join(MEASURES), sittings=10_000).parse_args()
    parts: dict[str, Callable[[str, int], Figures]] = {
        "sound": partial(loop_sound.figures, minutes=told.minutes),
        "meeting": loop_meeting.figures,
        "answer": loop_answer.figures,
        "events": loop_events.figures,
    }
    chosen = told.measures.split(",")
    if unknown := set(chosen) - set(MEASURES):
        sys.exit(f"There is no measure {', '.join(unknown)}; there are {', '.join(MEASURES)}.")
    found: dict[str, Measured[Figures]] = {}
    notes: list[str] = []
    result: dict[str, Any] = {"seeds": told.seeds, "minutes": told.minutes, "parts": found}

    def keep(part: str, so_far: Measured[Figures]) -> None:
        found[part] = so_far
        write_json("loop", result)

    for part, figures in parts.items():
        if part in chosen:
            measured(figures, told.profiles, told.seeds, told.processes, part, partial(keep, part))
    if "limits" in chosen:
        past = result["past_a_limit"] = limits(told.sittings, told.processes)
        notes.append(f"Of {told.sittings} random sittings {past} pass a limit of the guide's.")
    rows = [
        [row.label, row.was, row.asked(), *(row.cell(name, found[part][name]) for name in told.profiles)]
        for part, lines in ROWS.items() if part in found
        for row in lines
    ]  # fmt: skip
    title = f"The loop, {told.seeds} seeds: medians, the worst, or a share of all"
    show_table(title, ["measure", "was", "asked", *told.profiles], rows, notes)
    print(f"Written: {write_json('loop', result)}")


if __name__ == "__main__":
    main()

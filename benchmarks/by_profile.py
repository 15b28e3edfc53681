"""A benchmark's figures by profile: measured over seeds in several processes, told as medians and JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from typing import Any, TypeVar

import numpy as np
import sound_measures as measure
from report import show_table, write_json

from profiles.load import names

Figures = dict[str, float | None]
"""What was measured of one sitting; None where there was nothing to measure."""

Found = TypeVar("Found")
Measured = dict[str, list[Found]]
"""By profile, one for each seed."""


def options(doc: str | None, **more: Any) -> argparse.ArgumentParser:
    """The words that every such benchmark takes; `more` are its own, with their defaults."""
    asked = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--profiles", default=",".join(names()), type=_profiles)
    asked.add_argument("--seeds", type=int, default=3)
    asked.add_argument("--processes", type=int, default=2)
    for name, default in more.items():
        asked.add_argument(f"--{name}", type=type(default), default=default)
    return asked


def _profiles(text: str) -> list[str]:
    for name in (chosen := text.split(",")):
        if name not in names():
            raise argparse.ArgumentTypeError(f"there is no profile {name}; there are {', '.join(names())}.")
    return chosen


def measured(
    figures: Callable[[str, int], Found],
    profiles: list[str],
    seeds: int,
    processes: int,
    what: str = "sittings",
    keep: Callable[[Measured[Found]], object] | None = None,
) -> Measured[Found]:
    """`figures` of every profile and seed, told on the way; `keep` is handed what there is after each."""
    # librosa compiles and keeps its kernels when first used: two processes at once would spoil them.
    measure.onsets(np.zeros(measure.MUSIC_HZ, np.float32))
    found: Measured[Found] = {name: [] for name in profiles}
    with ProcessPoolExecutor(processes) as pool:
        work = {
            pool.submit(figures, name, seed): (name, seed)
            for seed in range(1, seeds + 1)
            for name in profiles
        }
        for number, done in enumerate(as_completed(work), 1):
            name, seed = work[done]
            found[name].append(done.result())
            if keep is not None:
                keep(found)
            print(f"{what}: {number} of {len(work)} ({name}, seed {seed})", file=sys.stderr, flush=True)
    return found


def medians(found: list[Figures]) -> Figures:
    """Of each figure over seeds; None where no seed has it."""
    told = {key: [value for one in found if (value := one.get(key)) is not None] for key in found[0]}
    return {key: float(np.median(values)) if values else None for key, values in told.items()}


def shown(value: float | None) -> str:
    """Three figures of a number; nothing where there is none."""
    return "" if value is None else f"{value:.3g}" if abs(value) < 1000.0 else f"{value:.0f}"


def printed(
    name: str, doc: str | None, figures: Callable[..., Figures], title: str, **more: Any
) -> None:
    """The whole of a benchmark: read the words, measure, show medians and write NAME.json.

    more   words of its own with their defaults, handed on to `figures` by name
    """
    told = options(doc, **more).parse_args()
    own = {key: getattr(told, key) for key in more}

    def keep(so_far: Measured[Figures]) -> None:
        write_json(name, {"sittings": so_far})

    found = measured(partial(figures, **own), told.profiles, told.seeds, told.processes, keep=keep)
    middle = {profile: medians(one) for profile, one in found.items()}
    rows = [[key, *(shown(middle[p][key]) for p in told.profiles)] for key in middle[told.profiles[0]]]
    show_table(f"{title}, medians of {told.seeds} seeds", ["figure", *told.profiles], rows)
    print(f"Written: {write_json(name, {'medians': middle, 'sittings': found})}")

"""Check a profile's table and say in plain sentences what is wrong with it."""

from __future__ import annotations

import re
from typing import Any

from profiles.schema import MODES, Profile
from profiles.tables import Schema, one_of


def complaints(table: dict[str, Any]) -> list[str]:
    """What is wrong with a profile's table, a sentence for each key; empty where nothing is."""
    return Schema(Profile, "a profile", _contradictions, pairs=("breath.depth_db",)).complaints(table)


def _contradictions(table: dict[str, Any]) -> list[str]:
    """Keys that are right by themselves and wrong together."""
    wrong: list[str] = []
    if not re.fullmatch(r"\w[\w -]*", table["name"]):
        # Sound files are named after it.
        wrong.append(f"name is {table['name']!r}; it has to be letters, digits, spaces, - and _.")
    wrong += [
        f"{key} is {table[key]!r}; it has to be on one line, of signs that can be shown."
        for key in ("title", "description")
        if not table[key].isprintable()
    ]
    if not any(table["harmony"]["modes"].values()):
        wrong.append(f"harmony.modes names no mode; give at least one mood a list of {one_of(MODES)}.")
    wrong += [
        f"harmony.modes.{mood} is an empty list; name a mode or leave the mood out."
        for mood, modes in table["harmony"]["modes"].items()
        if not modes and any(table["harmony"]["modes"].values())
    ]
    if not table.get("form", {}).get("scenes", True):
        wrong.append("form.scenes is an empty list; name a scene or leave it out.")
    if not table["palette"]:
        wrong.append("palette names no instrument; give it at least one table, for example [palette.pad].")
    low, high = table["ranges"]["tempo_bpm"]
    if high < 1.5 * low:
        # A heart of any rate has to find a fold (1, 3/4 or 1/2) that lands inside the range.
        wrong.append(
            f"ranges.tempo_bpm is [{low:g}, {high:g}]; the high has to be at least 1.5 times the low, "
            "or some hearts could not be met."
        )
    bpm, limits = table["target"].get("bpm"), table.get("limits", {}).get("target_bpm")
    if bpm is not None and limits is not None and not limits[0] <= bpm <= limits[1]:
        wrong.append(
            f"target.bpm is {bpm:g}; it has to lie inside limits.target_bpm, "
            f"from {limits[0]:g} to {limits[1]:g}."
        )
    return wrong

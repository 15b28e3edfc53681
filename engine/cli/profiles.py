"""`calando profiles`: list the profiles there are, show one, check a file of your own."""

from __future__ import annotations

from pathlib import Path

import click

from profiles.load import ProfileError, load, names, read_table
from profiles.schema import Profile


@click.group()
def profiles() -> None:
    """What a sitting can be for."""


@profiles.command("list")
def list_() -> None:
    """List the profiles, one a line."""
    width = max(len(name) for name in names())
    for name in names():
        click.echo(f"{name:<{width}}  {load(name).description}")


@profiles.command()
@click.argument("name")
def show(name: str) -> None:
    """Show what the profile NAME (or the one in a file) asks of the music."""
    for line in summary(_loaded(name)):
        click.echo(line)


@profiles.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> int:
    """Check the profile in FILE: every key that is wrong, what it is, and what it may be."""
    from profiles.check import complaints

    try:
        table = read_table(file)
    except ProfileError as trouble:
        raise click.UsageError(str(trouble)) from None
    wrong = complaints(table)
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        return 1
    click.echo(f"{file} is a whole profile: {table['title']}. Play it with: calando play --profile {file}")
    return 0


def summary(profile: Profile) -> list[str]:
    """A profile in a dozen lines, a label and a value each."""
    arc, ranges, breath = profile.arc, profile.ranges, profile.breath
    target = profile.target
    aims = [
        f"{target.bpm:g} beats a minute" if target.bpm is not None else "",
        f"{target.of_usual:g} times your usual resting rate" if target.of_usual is not None else "",
        f"{target.of_start:g} times the rate you come with",
    ]
    low, high = profile.limits.target_bpm
    moods = "; ".join(f"{mood}: {', '.join(modes)}" for mood, modes in profile.harmony.modes.items())
    rows = [
        ("goal", {"down": "lead down", "up": "lead up", "stay": "stay with the heart",
                  "release": "stay high, then lead down"}[profile.goal]),
        ("target", f"{', or else '.join(aim for aim in aims if aim)} ({low:g} to {high:g} may be asked for)"),
        ("length", f"{arc.duration_s / 60:g} min: {arc.match_s:g} s to meet the heart"
         + (f", {arc.plateau_s:g} s to stay with it" if arc.plateau_s else "")
         + f", {arc.fade_out_s:g} s to fade"),
        ("tempo", f"{ranges.tempo_bpm[0]:g} to {ranges.tempo_bpm[1]:g} beats a minute, "
         f"at most {100 * profile.limits.tempo_per_min:g} % a minute"),
        ("density", f"{ranges.density[0]:g} to {ranges.density[1]:g} onsets a second"),
        ("brightness", f"{ranges.brightness[0]:g} to {ranges.brightness[1]:g}, "
         f"spectral centroid {ranges.centroid_hz[0]:g} to {ranges.centroid_hz[1]:g} Hz"),
        ("breath", f"from your own to {breath.settle_share:g} of it in {breath.settle_s:g} s, "
         f"then toward {breath.then_per_min:g} a minute, swells of {breath.depth_db[1]:g} dB"),
        ("heart pulse", profile.pulse.mode),
        ("modes", moods),
        ("instruments", ", ".join(profile.palette)),
    ]  # fmt: skip
    width = max(len(label) for label, _ in rows)
    head = [f"{profile.title} ({profile.name})", profile.description, ""]
    return head + [f"{label:<{width}}  {value}" for label, value in rows]


def _loaded(name: str) -> Profile:
    try:
        return load(name)
    except ProfileError as trouble:
        raise click.UsageError(str(trouble)) from None

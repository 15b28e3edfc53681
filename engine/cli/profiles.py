"""`calando profiles`: list the profiles there are, show or copy one, check a file of your own."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.commands import Group
from engine.cli.copying import copied, played
from engine.cli.listing import listed
from engine.cli.paragraph import say
from profiles.load import ProfileError, file_of, load, names, read_table, shadowing
from profiles.own import PROFILES, own_file, own_folder, own_names
from profiles.schema import Profile


@click.group(cls=Group)
def profiles() -> None:
    """What a sitting can be for."""


@profiles.command("list")
def list_() -> None:
    """List the profiles, one a line, and below them your own."""
    listed(names(), own_names(), own_folder(), _described)


def _described(name: str) -> str:
    """What a profile of one's own says of itself, or why it cannot be played."""
    try:
        return load(name).description
    except ProfileError:
        return f"Cannot be played; calando profiles check {own_file(name)} tells why."


@profiles.command()
@click.argument("name")
def show(name: str) -> None:
    """Show the profile NAME (or the one in a file) as TOML, below what it asks of the music."""
    profile, file = _loaded(name)
    for line in (*summary(profile), "", f"From {file}"):
        click.echo(f"# {line}".rstrip())
    click.echo(f"\n{file.read_text(encoding='utf-8-sig').rstrip()}")


@profiles.command()
@click.argument("name")
@click.argument("to", metavar="[FILE|NAME]", required=False)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def copy(name: str, to: str | None, force: bool) -> None:
    """Copy the profile NAME, to change it: into FILE, or as one of your own under a name.

    Without either it becomes one of your own, called my-NAME.
    """
    _, source = _loaded(name)
    file, called = copied(source, to, PROFILES, force=force)
    say(f"{file} is yours to change. Play it with: calando play --profile {called}")
    if told := shadowing(to or file.stem):
        say(told)


@profiles.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> int:
    """Check the profile in FILE, or your own of that name: every key that is wrong, and what it may be."""
    from profiles.check import complaints

    try:
        file = file if file.exists() else file_of(str(file))
        table = read_table(file)
    except ProfileError as trouble:
        raise click.UsageError(str(trouble)) from None
    wrong = complaints(table)
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        return 1
    say(f"{file} is a whole profile: {table['title']}. Play it with: calando play --profile {played(file)}")
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


def _loaded(name: str) -> tuple[Profile, Path]:
    """A profile and its file; what is wrong is a wrong call."""
    try:
        return load(name), file_of(name)
    except ProfileError as trouble:
        raise click.UsageError(str(trouble)) from None

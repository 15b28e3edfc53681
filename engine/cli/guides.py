"""`calando guides`: the words of guided sittings: list, show or copy one, check a file of your own."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.commands import Group
from engine.cli.copying import copied, played
from engine.cli.guides_record import record
from engine.cli.listing import listed
from engine.cli.paragraph import columns, labelled, say
from engine.durations import clock_time
from guides.load import KIND, GuideError, file_of, load, names, read_table
from guides.schema import Script
from profiles.own import own_file, own_folder, own_names


@click.group(cls=Group)
def guides() -> None:
    """Words for a sitting, said while it plays: calando play --guide NAME."""


guides.add_command(record)


@guides.command("list")
def list_() -> None:
    """List the guides, one a line, and below them your own."""
    listed(names(), own_names(KIND), own_folder(KIND), _described)


def _described(name: str) -> str:
    """What a guide says of itself, or why it cannot be told."""
    try:
        script = load(name)
    except GuideError:
        return f"Cannot be told; calando guides check {own_file(name, KIND)} says why."
    return f"{script.description} {script.minutes:g} min."


@guides.command()
@click.argument("name")
def show(name: str) -> None:
    """Show what the guide NAME (or the one in a file) says, with its groups and pauses."""
    script, file = _loaded(name)
    width = columns()
    say(f"{script.title} ({script.name}, {script.language}), {script.minutes:g} min, with {script.profile}")
    for sentence in (script.description, *script.cautions):
        say(sentence)
    if script.groups:
        say(f"Groups, each to be left out with --without: {'; '.join(script.groups)}.")
    group = None
    for step in script.steps:
        if step.group != group:
            group = step.group
            click.echo(f"\n{group or ''}".rstrip())
        click.echo(labelled(_paused(step.pause_s, step.pause_breaths, step.when), step.say, width, 14))
    say(f"\nFrom {file}")


def _paused(seconds: float | None, breaths: float | None, when: str) -> str:
    waits = "" if when == "next" else f" {when}"
    return f"  {seconds or 0.0:g} s{waits}" if breaths is None else f"  {breaths:g} breaths{waits}"


@guides.command()
@click.argument("name")
@click.argument("to", metavar="[FILE|NAME]", required=False)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def copy(name: str, to: str | None, force: bool) -> None:
    """Copy the guide NAME, to change or translate it: into FILE, or as one of your own under a name.

    Without either it becomes one of your own, called my-NAME.
    """
    _, source = _loaded(name)
    file, called = copied(source, to, KIND, force=force)
    say(f"{file} is yours to change. Hear it with: calando play --guide {called}")


@guides.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> int:
    """Check the guide in FILE, or your own of that name: every key that is wrong, and what it may be."""
    from engine.words.telling import length_s
    from guides.check import complaints
    from guides.load import build
    from profiles.load import ProfileError
    from profiles.load import load as load_profile

    try:
        file = file if file.exists() else file_of(str(file))
        table = read_table(file)
    except GuideError as trouble:
        raise click.UsageError(str(trouble)) from None
    wrong = complaints(table)
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        return 1
    script = build(table)
    try:
        load_profile(script.profile)
    except ProfileError as trouble:
        click.echo(f"profile: {trouble}", err=True)
        return 1
    lines = "one line" if len(script.steps) == 1 else f"{len(script.steps)} lines"
    say(
        f"{file} is a whole guide: {script.title}, {lines}, about "
        f"{clock_time(length_s(script))} from the first to the last. Hear it with: "
        f"calando play --guide {played(file)}"
    )
    return 0


def _loaded(name: str) -> tuple[Script, Path]:
    """A guide and its file; what is wrong is a wrong call."""
    try:
        return load(name), file_of(name)
    except GuideError as trouble:
        raise click.UsageError(str(trouble)) from None

"""Writes `docs/calando.1`, the manual page, from the commands themselves: python docs/man_page.py."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from engine.cli.commands import calando
from engine.version import VERSION

PAGE = Path(__file__).with_name("calando.1")


def roff(text: str) -> str:
    """Text as man(7) takes it: backslashes, hyphens and a leading point or quote lose their meaning."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


def paragraphs(text: str) -> Iterator[str]:
    """A docstring's paragraphs, each after its request; what is indented keeps its lines."""
    for paragraph in text.replace("\b\n", "").split("\n\n"):
        lines = [roff(line.strip()) for line in paragraph.splitlines() if line.strip()]
        if lines:
            yield ".PP"
            yield from ([" ".join(lines)] if not paragraph.startswith("  ") else [".nf", *lines, ".fi"])


def described(path: str, command: click.Command) -> Iterator[str]:
    """A command, its options, and every command below it."""
    context = click.Context(command, info_name=path)
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f'.SS "{roff(path)} {roff(pieces)}"'
    yield from paragraphs(cleandoc(command.help or ""))
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1] and "--help" not in record[0]:
            yield ".TP"
            yield f".B {roff(record[0])}"
            yield roff(" ".join(record[1].split()))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from described(f"{path} {name}", below)


def page() -> str:
    """The whole manual page in man(7)."""
    context = click.Context(calando, info_name="calando")
    lines = [
        f'.TH CALANDO 1 "" "calando {VERSION}" "User Commands"',
        ".SH NAME",
        "calando \\- music that meets a heart where it is and leads it, gently, toward rest",
        ".SH SYNOPSIS",
        ".B calando",
        "COMMAND [OPTIONS]",
        ".SH DESCRIPTION",
        *paragraphs(cleandoc(calando.help or "")),
        ".SH COMMANDS",
    ]
    for name in calando.list_commands(context):
        command = calando.get_command(context, name)
        if command is not None:
            lines += described(f"calando {name}", command)
    lines += [
        ".SH EXIT STATUS",
        "0 when it is done, 1 when it failed, 2 when it was asked wrongly; one sentence says why.",
        ".SH COMPLETION",
        'In bash: eval "$(_CALANDO_COMPLETE=bash_source calando)"; for zsh and fish the word before _source.',
        ".SH ENVIRONMENT",
        ".TP",
        ".B CALANDO_DATA",
        "The folder of the journal.",
        ".TP",
        ".B CALANDO_KEEP",
        "How long sittings are kept, as 90d; what is older is deleted at every start.",
        ".TP",
        ".B CALANDO_HELP_LINE",
        "The line that words of crisis are answered with.",
        ".TP",
        ".B CALANDO_PASSPHRASE, CALANDO_PASSPHRASE_FILE",
        "The passphrase of a sealed journal, or the file that holds it.",
        ".TP",
        ".B CALANDO_CACHE",
        "The folder of machine code.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())

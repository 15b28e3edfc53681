"""What the documentation says is so: commands can be meant, constants are the code's, it builds whole."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete

import calando as api
from engine.cli.commands import calando
from engine.cli.main import run
from engine.guide.energy import Energy
from engine.guide.outputs import outputs
from engine.version import VERSION
from profiles.load import load, names

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

COMMAND = re.compile(r"(?:sudo (?:-u \S+ )?)?(?:\S*[/\\])?calando(?P<rest>(?: \S+)*)(?:$|\s{2,}| \.\.\.)")
"""A command line, as whoever it is for types it; two spaces part it from what is said of it."""


def blocks(text: str) -> Iterator[str]:
    """Lines of indented blocks and of fences that name no language of their own."""
    fence: str | None = None
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fence = None if fence is not None else line.strip("` ")
        elif fence in ("", "sh", "shell", "bash") or (fence is None and line.startswith("    ")):
            yield line


def written(line: str) -> Iterator[str]:
    """What stands after `calando` in each command of a line."""
    for part in re.split(r" && |; ", line.partition("   #")[0]):
        found = COMMAND.match(part.strip())
        if found is not None:
            yield found["rest"].strip()


def commands(page: Path) -> set[str]:
    """Every command of a page's blocks."""
    return {command for line in blocks(page.read_text()) for command in written(line)}


def mentions(page: Path) -> set[str]:
    """Every command between two backticks; one without arguments only names it."""
    lines = [line for line in page.read_text().splitlines() if not line.startswith("    ")]
    return {one for line in lines for told in re.findall(r"`([^`]+)`", line) for one in written(told)}


WRITTEN = sorted(set().union(*(commands(page) for page in PAGES)))
MENTIONED = sorted(set().union(*(mentions(page) for page in PAGES)) - set(WRITTEN))


def meant(words: list[str]) -> click.Context:
    """The context that click makes of a command; it raises where it cannot be meant. Nothing is run."""
    command: click.Command = calando
    context = click.Context(calando, info_name="calando")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            raise click.UsageError(f"there is no command {words[0]} of {command.name}")
        command, words = found, words[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    return command.make_context(command.name, list(words), parent=context.parent)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own to stand in, and to keep everything in."""
    monkeypatch.chdir(tmp_path)
    for variable in ("CALANDO_DATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    return tmp_path


def holds(line: str, folder: Path) -> None:
    """Raise where a command cannot be meant."""
    words = shlex.split(line)
    for word in words:
        # What it reads has to be there; what it writes is looked at only when it is run.
        if re.fullmatch(r"FILE|[\w-]+\.(toml|txt|zip|json)", word):
            (folder / word).touch()
    with suppress(click.exceptions.Exit), meant(words) as context:  # --help and --version end there
        assert context.params.get("profile") in (None, "evening", "NAME", *names())


def test_there_are_commands_in_every_handbook() -> None:
    for page in ("README.md", "docs/listener.md", "docs/console.md", "docs/kiosk.md"):
        assert commands(ROOT / page), page
    assert len(WRITTEN) > 60


@pytest.mark.parametrize("line", WRITTEN)
def test_every_command_can_be_meant(line: str, folder: Path) -> None:
    holds(line, folder)


@pytest.mark.parametrize("line", MENTIONED)
def test_every_command_that_is_mentioned_is_one(line: str, folder: Path) -> None:
    try:
        holds(line, folder)
    except (click.exceptions.NoArgsIsHelpError, click.MissingParameter):
        assert "-" not in line


def test_what_is_mistaken_is_found() -> None:
    for line in ("play --duraton 20m", "sessions reprot last", "nosuch", "heart"):
        with pytest.raises(click.ClickException):
            meant(shlex.split(line))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--version", VERSION),
        ("profiles list", "relax"),
        ("profiles show relax", "tempo_per_min"),
        ("profiles copy relax evening", "evening"),
        ("sessions list", "."),
    ],
)
def test_cheap_ones_are_run(line: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.is_dir()
    assert run(shlex.split(line)) == 0
    assert told in "".join(capsys.readouterr())


def test_a_shell_completes_commands_and_options() -> None:
    shell = BashComplete(calando, {}, "calando", "_CALANDO_COMPLETE")
    for before, begun, whole in (
        ([], "prof", ["profiles"]), (["play"], "--fe", ["--feel"]), (["nosuch"], "x", []),
    ):  # fmt: skip
        assert [found.value for found in shell.get_completions(before, begun)] == whole


# -- the guide's law -----------------------------------------------------------------------------------

LAW = (ROOT / "docs/law.md").read_text()
FIGURE = re.compile(r"-?\d+(?:\.\d+)?(?:/\d+)?")


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|-"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def figures(cell: str) -> list[float]:
    """The numbers of a cell; what is told in % as a share."""
    return [float(Fraction(number)) / (100.0 if "%" in cell else 1.0) for number in FIGURE.findall(cell)]


def constant(name: str) -> list[float]:
    """The numbers that `module.NAME` or `module.NAME[key]` holds."""
    path, _, key = name.rstrip("]").partition("[")
    module, _, name = path.rpartition(".")
    value = getattr(import_module(module), name)
    value = value[key] if key else value
    return list(value) if isinstance(value, tuple) else [value]


CONSTANTS = [(row[2].strip("`"), row[1]) for row in rows(LAW) if len(row) == 4 and row[2].startswith("`")]


def test_the_law_states_its_constants() -> None:
    assert len(CONSTANTS) > 80
    for told in ("TEMPO_STEP", "HARD_SHARE_PER_MIN", "DEAD_BAND_BPM", "RATCHET_SHARE", "TAU_S", "MOST_PER_S"):
        assert any(name.endswith(f".{told}") for name, _ in CONSTANTS), told


@pytest.mark.parametrize(("name", "said"), CONSTANTS)
def test_a_constant_of_the_law_is_the_codes(name: str, said: str) -> None:
    assert figures(said) == pytest.approx(constant(name))


def test_the_pace_of_every_output_is_the_codes() -> None:
    profile = load("relax")
    made = outputs(profile, Energy(0.5, 0.5, 0.5), 0.0, 14.0)
    told = {row[0].strip("`"): row[1:] for row in rows(LAW) if row[0].strip("`") in made and len(row) == 5}
    assert set(told) == set(made)
    for name, (up, down, rise, fall) in told.items():
        law = made[name].law
        low, high = getattr(profile.ranges, name, (0.0, 1.0))
        span = high - low if "%" in rise else 1.0
        a_minute = 60.0 if "minute" in rise else 1.0
        assert figures(up) == [law.tau_up_s], name
        assert figures(down) == [law.tau_down_s], name
        assert a_minute * law.fall_per_s / span == pytest.approx(figures(fall)[0]), name
        if name == "loudness_db":
            limits = [load(each).limits.loudness_db_per_s for each in names()]
            assert figures(rise) == [min(limits), max(limits)]
        else:
            assert a_minute * law.rise_per_s / span == pytest.approx(figures(rise)[0]), name


@pytest.mark.parametrize("name", names())
def test_what_is_the_profiles_is_told_as_it_is(name: str) -> None:
    profile = load(name)
    limits, breath, arc = profile.limits, profile.breath, profile.arc
    tempo, swell = (row[1:] for row in rows(LAW) if row[0] == f"`{name}`")
    assert tempo[0] == profile.goal
    told = [number for cell in tempo[1:] for number in figures(cell)]
    led = [*profile.ranges.tempo_bpm, limits.tempo_per_min, limits.lead, limits.tempo_total, arc.match_s]
    assert told == pytest.approx(led)
    told = [number for cell in swell for number in figures(cell)]
    led = [breath.settle_share, breath.settle_s, breath.then_per_min, breath.glide_per_min2]
    assert told == pytest.approx(led)
    minutes = [row[2] for row in rows((ROOT / "docs/listener.md").read_text()) if row[0] == f"`{name}`"]
    assert figures(minutes[0]) == [arc.duration_s / 60.0]


# -- the other pages -----------------------------------------------------------------------------------


def test_the_reference_holds_all_that_is_promised() -> None:
    told = re.findall(r"^::: calando\.(\w+)$", (ROOT / "docs/reference.md").read_text(), re.MULTILINE)
    assert sorted([*told, "__version__"]) == sorted(api.__all__)


def test_every_benchmark_that_is_named_is_there_and_every_one_of_a_figure_is_named() -> None:
    there = {path.name for path in (ROOT / "benchmarks").glob("*.py")}
    readme, measured = (page.read_text() for page in (ROOT / "README.md", ROOT / "docs/measured.md"))
    program = re.compile(r"(?<![\w/])(?:benchmarks/)?(\w+\.py)\b")
    named = set(program.findall(measured)) - {"NAME.py"}
    assert named <= there
    figures_of = {row[2] for row in rows(readme.partition("## How it is measured")[2]) if len(row) == 3}
    unasked = {name for cell in figures_of for name in program.findall(cell)} - named
    assert not unasked, f"docs/measured.md has no question for {', '.join(unasked)}"


TOOLS = ("mkdocs", "material", "mkdocstrings_handlers", "latex2mathml")
LOADED = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?(https?:[^\s\">]+)")
"""What a page would have a browser fetch from elsewhere."""


def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    if any(find_spec(name) is None for name in TOOLS):
        pytest.skip("the documentation's tools are not installed: pip install -e '.[docs]'")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in tmp_path.rglob("*.html"):
        loaded = LOADED.findall(page.read_text())
        assert not loaded, f"{page.name} loads {loaded}"

"""What the project says of itself is true: licences of what is installed, files a contributor is sent to."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WORKSHOP = "test"
"""The extra that only whoever works on Calando installs."""


def packages() -> set[str]:
    """Every package that somebody who installs Calando, or an extra of it, is given."""
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *(one for name in extras if name != WORKSHOP for one in extras[name])]
    return {re.split(r"[\[<>=~! ]", one, maxsplit=1)[0] for one in asked}


@pytest.mark.parametrize("package", sorted(packages()))
def test_the_licence_of_whatever_is_installed_is_told(package: str) -> None:
    table = [line for line in (ROOT / "docs/licences.md").read_text().splitlines() if line.startswith("|")]
    assert any(re.search(rf"\b{package}\b", line.split("|")[1]) for line in table), f"{package} is in no row"


@pytest.mark.parametrize("paper", ["CONTRIBUTING.md", "SECURITY.md"])
def test_the_files_that_a_paper_names_are_there(paper: str) -> None:
    named = re.findall(r"`((?:\w+/)+[\w.]*)`|(tests/[\w/]+\.py)", (ROOT / paper).read_text())
    missing = [path for pair in named for path in pair if path and not (ROOT / path).exists()]
    assert not missing


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert (ROOT / "LICENSE").read_text().startswith(f"{PROJECT['license']} License")


def test_the_manual_page_is_what_the_commands_say() -> None:
    written = "import runpy; print(runpy.run_path('docs/man_page.py')['page'](), end='')"
    command = [sys.executable, "-c", written]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == (ROOT / "docs/calando.1").read_text(), "write it anew: python docs/man_page.py"

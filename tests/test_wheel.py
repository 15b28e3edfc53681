"""A wheel with machine code inside: it brings one name, and plays what the checkout plays without Numba."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dsp.levels import FUSED, PLAIN, levels

pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")

ROOT = Path(__file__).parent.parent
BUILD = [sys.executable, "-W", "ignore", "-m", "hatchling", "build", "-t", "wheel", "-d"]
PLAY = ["play", "--sensor", "sim", "--fast", "--duration", "10s", "--seed", "1", "--no-record", "--output"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for the arithmetic of this processor."""
    best = levels()[0]
    if best.arithmetic not in (FUSED, PLAIN) or best.cpu is None or sys.platform != "linux":
        pytest.skip("no wheel is made for this kind of machine")
    return built(tmp_path_factory.mktemp("dist"), best.name)


def built(folder: Path, names: str) -> Path:
    command = [*BUILD, str(folder)]
    asked = os.environ | {"CALANDO_LEVELS": names}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=asked)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's Python: the wheel is in it, what it needs is looked up where the suite has it."""
    place = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", asked], text=True).strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # A line names a folder; the .pth files in it, an editable checkout's among them, are not followed.
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(python: Path, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in an empty home."""
    ours = ("PYTHON", "CALANDO", "XDG")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    command, home = [str(python), *words], {"HOME": str(place)}
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, env=kept | home)


def test_a_wheel_brings_one_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        at_top = {name.partition("/")[0] for name in names}
        about = next(archive.read(name).decode() for name in names if name.endswith("/METADATA"))
    assert {name for name in at_top if "-" not in name} == {"calando"}
    assert wheel.name.startswith("calando-")
    assert "-py3-none-manylinux" in wheel.name
    needed = [line for line in about.splitlines() if line.startswith("Requires-Dist:")]
    always = [line for line in needed if "extra ==" not in line]
    assert not any("numba" in line or "llvmlite" in line for line in always)


def test_nothing_of_the_checkout_s_names_is_left_in_it(installed: Path, tmp_path: Path) -> None:
    found = run(
        installed, tmp_path, "-c",
        "from importlib.util import find_spec\n"
        "print(*[name for name in ('engine', 'sensors', 'dsp', 'profiles', 'guides') if find_spec(name)])\n"
        "import calando; print(calando.Plan.__module__, calando.__version__)\n",
    )  # fmt: skip
    assert found.stderr == ""
    assert found.stdout.splitlines()[0] == ""
    assert found.stdout.splitlines()[1].startswith("calando.engine.")


def test_it_plays_what_the_checkout_plays_and_compiles_nothing(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    without = "import sys; sys.modules['numba'] = sys.modules['llvmlite'] = None; "
    start = without + "from calando.__main__ import main; main()"
    there = run(installed, tmp_path / "home", "-c", start, *PLAY, f"file:{tmp_path / 'there.wav'}")
    assert there.returncode == 0, there.stderr
    here = [sys.executable, "-m", "calando", *PLAY, f"file:{tmp_path / 'here.wav'}"]
    subprocess.run(here, cwd=ROOT, check=True, capture_output=True)
    sound, wanted = (soundfile.read(tmp_path / name, dtype="int32")[0] for name in ("there.wav", "here.wav"))
    assert len(sound) > 0
    assert np.array_equal(sound, wanted)
    assert not list((tmp_path / "home").rglob("sound-*")), "something was compiled"


def test_a_level_that_there_is_not_is_told(tmp_path: Path) -> None:
    command = [*BUILD, str(tmp_path)]
    wrong = {"pentium": "there is no level 'pentium'", "aarch64,x86-64": "for one architecture"}
    for names, said in wrong.items():
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False,
            env=os.environ | {"CALANDO_LEVELS": names},
        )  # fmt: skip
        assert done.returncode != 0
        assert said in done.stderr


def test_a_release_has_the_version_of_its_tag(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)

    def git(*words: str) -> None:
        known = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "tag.gpgsign=false"]
        subprocess.run(["git", "-C", str(tmp_path), *known, *words], check=True, capture_output=True)

    assert hook.misnamed(tmp_path, "1.2.3") is None
    git("init")
    git("commit", "--allow-empty", "--message", "x")
    assert hook.misnamed(tmp_path, "1.2.3") is None
    git("tag", "v1.2.4")
    said = hook.misnamed(tmp_path, "1.2.3")
    assert "v1.2.4" in said
    assert "engine/version.py says 1.2.3" in said
    git("tag", "v1.2.3")
    assert hook.misnamed(tmp_path, "1.2.3") is None

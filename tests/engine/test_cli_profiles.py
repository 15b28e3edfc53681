"""`calando profiles` and one's own profiles: listed, shown, copied, checked, played by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli.cohort import cohort
from engine.cli.profiles import profiles
from engine.sitting.asked import Asked, prepared
from profiles.load import ProfileError, load, names, shadowing
from profiles.own import own_folder, own_names


def run(*arguments: str) -> Result:
    return CliRunner().invoke(profiles, arguments)


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its folders cannot be lent by HOME")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME")


@pytest.mark.parametrize("name", names())
def test_what_is_shown_is_a_profile_that_can_be_checked_and_played(name: str, tmp_path: Path) -> None:
    shown = run("show", name)
    file = tmp_path / "shown.toml"
    file.write_text(shown.output, encoding="utf-8")
    checked = run("check", str(file))
    assert (checked.exit_code, "whole profile" in checked.output) == (0, True), checked.output
    assert load(str(file)) == load(name)


def test_a_copy_is_the_same_profile_under_another_name(tmp_path: Path) -> None:
    file = tmp_path / "evening.toml"
    done = run("copy", "relax", str(file))
    assert done.exit_code == 0
    assert f"--profile {file}" in done.output
    copied, original = load(str(file)), load("relax")
    assert copied.name == "evening"
    assert (copied.palette, copied.arc, copied.title) == (original.palette, original.arc, original.title)
    assert "# A2 to E3" in file.read_text(encoding="utf-8")


def test_a_copy_goes_to_ones_own_profiles_and_is_listed_and_loaded_by_name() -> None:
    assert "--profile my-relax" in run("copy", "relax").output
    assert "--profile evening" in run("copy", "my-relax", "evening").output
    assert "evening.toml is a whole profile: " in run("check", "evening").output
    assert own_names() == ("evening", "my-relax")
    assert load("evening").name == "evening"
    lines = run("list").output.splitlines()
    own = lines.index(f"Your own, in {own_folder()}:")
    assert [line.split()[0] for line in lines[: own - 1]] == list(names())
    assert [line.split()[0] for line in lines[own + 1 :]] == ["evening", "my-relax"]
    with pytest.raises(ProfileError, match="there are breathe, energise, evening, focus"):
        load("nothing")


def test_a_name_that_takes_the_place_of_a_shipped_one_is_told_wherever_it_is_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert shadowing("relax") == ""
    assert "in place of the shipped one" in run("copy", "sleep", "relax").output
    told = shadowing("relax")
    assert str(own_folder()) in told
    assert load("relax").description == load("sleep").description
    listed = [line for line in run("list").output.splitlines() if line.startswith("relax")]
    assert len(listed) == 1
    assert listed[0].endswith("(in place of the shipped one)")
    plan = prepared(Asked("relax", sensor="sim"))
    assert (plan.profile.name, plan.said) == ("relax", (told,))
    assert prepared(Asked("sleep", sensor="sim", turns=("relax@10m",))).said == (told,)
    cohort(["--profile", "relax", "--listeners", "2", "--duration", "120s", "--workers", "1"],
           standalone_mode=False)  # fmt: skip
    assert capsys.readouterr().err.count(told) == 1
    assert prepared(Asked("sleep", sensor="sim")).said == ()


def test_a_broken_profile_of_ones_own_is_named_and_the_others_stay() -> None:
    run("copy", "relax", "evening")
    file = own_folder() / "evening.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("lead = 0.07", "lead = 7"), encoding="utf-8")
    (own_folder() / "empty.toml").touch()
    done = run("list")
    assert done.exit_code == 0
    assert done.output.count("Cannot be played") == 2
    assert all(name in done.output for name in names())
    assert "limits.lead is 7" in run("show", "evening").output


@pytest.mark.parametrize("to", ["", "a.b", ".", "x" * 300, "a/b.toml", "-"])
def test_a_copy_that_cannot_be_made_is_one_sentence_and_leaves_nothing(to: str, tmp_path: Path) -> None:
    done = run("copy", "relax", "--", to)
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    assert not list(tmp_path.rglob("*.toml*"))


def test_a_copy_replaces_nothing_unless_that_is_wished() -> None:
    run("copy", "relax", "evening")
    assert "--force" in run("copy", "sleep", "evening").output
    assert load("evening").description == load("relax").description
    assert run("copy", "sleep", "evening", "--force").exit_code == 0
    assert load("evening").description == load("sleep").description

"""The shipped profiles, the loader, and the check's sentences."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.palette.instruments import COMPOSED
from dsp.score import CHANNEL_PARAMETERS, INSTRUMENTS, MASTER_PARAMETERS
from profiles.check import complaints
from profiles.load import ProfileError, load, names, read_table
from profiles.schema import MODES, Channel, Master, Profile

EIGHT = ("breathe", "energise", "focus", "grief", "ground", "relax", "release", "sleep")
CALM = ("breathe", "grief", "ground", "relax", "sleep")


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("profiles") / f"{name}.toml").read_text(encoding="utf-8"))


def test_there_are_the_eight_profiles() -> None:
    assert names() == EIGHT


@pytest.mark.parametrize("name", EIGHT)
def test_a_shipped_profile_has_nothing_to_complain_about(name: str) -> None:
    assert complaints(table(name)) == []
    profile = load(name)
    assert profile.name == name
    assert profile.description.count(".") == 1


def test_the_palette_speaks_the_language_of_the_score() -> None:
    played = {instrument for name in EIGHT for instrument in load(name).palette}
    assert played <= set(INSTRUMENTS)
    assert len(played) >= 6
    channel = set(Channel.__dataclass_fields__) - {"register"}
    assert channel == set(CHANNEL_PARAMETERS)
    # The swell and the answer belong to the guide, everything else of the master to the profile.
    guided = {"breath_per_min", "breath_depth_db", "open_db"}
    assert set(Master.__dataclass_fields__) == set(MASTER_PARAMETERS) - guided


def test_instrument_names_are_those_of_the_score() -> None:
    tuba = {**table("relax"), "palette": {"tuba": {"level_db": 0.0}}}
    (sentence,) = complaints(tuba)
    assert all(name in sentence for name in COMPOSED)


def test_five_note_modes_are_subsets_of_seven_note_modes() -> None:
    for mode, notes in MODES.items():
        assert list(notes) == sorted(set(notes))
        assert notes[0] == 0
        if mode.endswith("_pentatonic"):
            parent = {"major": "ionian", "minor": "aeolian"}.get(mode.split("_")[0], mode.split("_")[0])
            assert len(notes) == 5
            assert set(notes) <= set(MODES[parent])  # type: ignore[index]


@pytest.mark.parametrize("name", CALM)
def test_calm_profiles_stay_inside_the_calm_ranges(name: str) -> None:
    """SCIENCE.md D1: never over 96 bpm, 2.5 onsets a second or 2.5 kHz, no attack under 10 ms, no drums."""
    profile = load(name)
    assert profile.ranges.tempo_bpm[1] <= 96
    assert profile.ranges.density[1] <= 1.2
    assert profile.ranges.centroid_hz[1] <= 2500
    assert min(channel.attack_s for channel in profile.palette.values()) >= 0.025
    assert "kit" not in profile.palette
    assert profile.limits.tempo_per_min <= 0.03


@pytest.mark.parametrize("mood", [-1.0, -0.5, -0.1, 0.2, 0.8, 1.0])
@pytest.mark.parametrize("name", EIGHT)
def test_every_mood_has_modes(name: str, mood: float) -> None:
    assert load(name).harmony.modes_for(mood)


def test_darker_moods_never_play_brighter_modes() -> None:
    order = ["bright", "warm", "tender", "grave"]
    for name in EIGHT:
        harmony = load(name).harmony
        places = [
            next(order.index(m) for m, modes in harmony.modes.items() if modes == harmony.modes_for(mood))
            for mood in (1.0, 0.3, -0.2, -0.9)
        ]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"limits": {"lead": 0.5}},
            "limits.lead is 0.5; it has to be from 0 to 0.1 share of the heart rate.",
        ),
        ({"goal": "sideways"}, 'goal is "sideways"; it has to be down, up, stay or release.'),
        ({"goaal": "down"}, "goaal is not a key of a profile; did you mean goal?"),
        ({"arc": {"duration_s": "20m"}}, 'arc.duration_s is "20m"; it has to be from 60 to 7200 s.'),
        ({"arc": 3}, "arc is 3; it has to be a table of keys."),
        ({"name": "../relax"}, "name is '../relax'; it has to be letters, digits, spaces, - and _."),
        (
            {"title": "Re\x1b[31mlax"},
            "title is 'Re\\x1b[31mlax'; it has to be on one line, of signs that can be shown.",
        ),
        (
            {"form": {"beats_per_bar": 3.5}},
            "form.beats_per_bar is 3.5; it has to be a whole number from 2 to 7 beats.",
        ),
        ({"name": ""}, 'name is ""; it has to be a text of 1 to 200 letters.'),
        (
            {"ranges": {**table("relax")["ranges"], "density": [1.2, 0.5]}},
            "ranges.density is [1.2, 0.5]; the first number has to be the lower one.",
        ),
        (
            {"ranges": {**table("relax")["ranges"], "brightness": [0.1, True]}},
            "ranges.brightness[1] is True; it has to be from 0 to 1.",
        ),
        (
            {"target": {"of_start": 0.9, "bpm": 120}},
            "target.bpm is 120; it has to lie inside limits.target_bpm, from 48 to 84.",
        ),
    ],
)
def test_each_mistake_gets_one_sentence(change: dict[str, Any], sentence: str) -> None:
    assert complaints({**table("relax"), **change}) == [sentence]


def test_missing_keys_are_named() -> None:
    wrong = table("relax")
    del wrong["harmony"]["mood"], wrong["goal"]
    assert complaints(wrong) == [
        "goal is missing; it has to be down, up, stay or release.",
        "harmony.mood is missing; it has to be from -1 to 1.",
    ]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for i, item in enumerate(value) for leaf in _leaves(item, (*path, i))]
    return [path]


LEAVES = [(name, leaf) for name in EIGHT for leaf in _leaves(table(name))]


@given(st.sampled_from(LEAVES), st.sampled_from([1e9, -1e9, float("nan"), None, [], {}, True, "x" * 300]))
def test_nonsense_anywhere_is_named_by_its_key(leaf: tuple[str, tuple[Any, ...]], nonsense: Any) -> None:
    name, path = leaf
    wrong = deepcopy(table(name))
    place = wrong
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = nonsense
    said = complaints(wrong)
    assert said
    assert str(path[0]) in said[0]
    assert all(sentence.endswith((".", "?")) and "\n" not in sentence for sentence in said)


SCALARS = st.none() | st.booleans() | st.floats() | st.text()


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_table_at_all_is_answered_in_sentences(anything: Any) -> None:
    assert complaints({"relax": anything})


def test_a_copy_can_be_changed_and_loaded(tmp_path: Path) -> None:
    text = (files("profiles") / "relax.toml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    # Some editors put a byte-order mark first.
    mine.write_text(text.replace("duration_s = 1200", "duration_s = 900"), encoding="utf-8-sig")
    profile = load(str(mine))
    assert isinstance(profile, Profile)
    assert profile.arc.duration_s == 900
    assert profile.palette == load("relax").palette


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name = ", "is not TOML"),
        (b"\xff\xfe", "is not a text file in UTF-8"),
        (b"", "name is missing"),
        (b"a = " + 3000 * b"[", "too deep"),
    ],
)
def test_broken_files_are_answered_in_a_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(ProfileError, match=says):
        load(str(file))


def test_unknown_names_and_folders_are_answered_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no profile called 'relaks'; there are breathe, energise"):
        load("relaks")
    with pytest.raises(ProfileError, match="There is no profile file"):
        load(str(tmp_path / "nothing.toml"))
    with pytest.raises(ProfileError, match="is a folder"):
        read_table(tmp_path)


def test_a_shipped_profile_loads_without_pydantic() -> None:
    code = "import sys; from profiles.load import load; load('relax'); sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_commands_list_show_and_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from engine.cli.profiles import profiles

    profiles(["list"], standalone_mode=False)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(EIGHT)
    profiles(["show", "sleep"], standalone_mode=False)
    assert "# tempo        42 to 72 beats a minute" in capsys.readouterr().out
    wrong = tmp_path / "wrong.toml"
    text = (files("profiles") / "relax.toml").read_text(encoding="utf-8")
    wrong.write_text(text.replace("lead = 0.07", "lead = 0.7"), encoding="utf-8")
    assert profiles(["check", str(wrong)], standalone_mode=False) == 1
    assert "limits.lead is 0.7; it has to be from 0 to 0.1" in capsys.readouterr().err
    right = tmp_path / "right.toml"
    right.write_text(text, encoding="utf-8")
    assert profiles(["check", str(right)], standalone_mode=False) == 0


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero here")
def test_a_file_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(ProfileError, match="is larger than 1 MB; a profile has a few lines"):
        read_table(Path("/dev/zero"))

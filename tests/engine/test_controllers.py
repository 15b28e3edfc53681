"""Controllers: a knob learns what it is by being moved, holds it, and is known in the next sitting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dsp.touch import CONTROL, MIDI, Touch
from engine.along import NOBODY, Along
from engine.controllers import Controllers, controllers_file
from engine.desk import Answer, Ask, AskRefusedError, Desk, Learn, Mark
from engine.guide.hands import parameter_ranges
from engine.guide.music_state import Hand
from engine.player import OfflineOutput
from engine.session import Moment
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from profiles.load import load
from sensors.spec import open_sensor


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


class Plays:
    """Does at each second of a sitting what is written for it."""

    def __init__(self, sitting: Sitting, deeds: Mapping[int, Touch | Learn]) -> None:
        self._sitting, self._deeds = sitting, deeds
        self.held: dict[int, Mapping[str, float]] = {}
        self.answers: list[Answer] = []
        self.marks: list[str] = []

    def moment(self, moment: Moment) -> None:
        self.answers += moment.answers
        self.marks += [ask.wish.words for ask in moment.asks if isinstance(ask.wish, Mark)]
        tick = round(moment.t_s * 10)
        self.held[tick] = dict(moment.held)
        match self._deeds.get(tick):
            case Touch() as touch:
                self._sitting.touch([touch])
            case Learn() as wish:
                self._sitting.desk.put(Ask(wish))
            case None:
                pass


def sat(deeds: Mapping[int, Touch | Learn], along: Along | None) -> Plays:
    plan = prepared(Asked(profile="relax", sensor="sim", seed=4, duration=60.0, record=False))
    sitting = Sitting(plan, open_sensor("sim"), OfflineOutput(48_000, "Nowhere."), along=along)
    with sitting:
        plays = Plays(sitting, deeds)
        sitting.watchers.add(plays, at_once=True)
        sitting.run()
    return plays


def knob(number: int, value: float) -> Touch:
    return Touch(CONTROL, MIDI, number, value)


def test_a_knob_is_learnt_holds_its_parameter_and_is_known_again() -> None:
    low, high = parameter_ranges(load("relax"))["brightness"]
    first = sat(
        {
            20: knob(21, 0.9),  # nothing yet
            40: Learn("brightness"), 50: knob(21, 0.3), 70: knob(21, 0.75),
            90: Learn("soften"), 100: knob(67, 1.0), 120: knob(67, 0.0), 130: knob(67, 1.0),
        },
        Along(),
    )  # fmt: skip
    assert [answer.words for answer in first.answers if "Move the knob" in answer.words] == [
        "Move the knob, or press the pedal, that shall be brightness.",
        "Move the knob, or press the pedal, that shall be soften.",
    ]
    assert first.marks == ["Controller 21 is brightness from now on", "Controller 67 is soften from now on"]
    assert "brightness" not in first.held[60]
    assert first.held[80]["brightness"] == pytest.approx(low + 0.75 * (high - low), abs=1e-6)
    assert "foreground_db" not in first.held[115]
    assert "foreground_db" in first.held[140]
    assert controllers_file().read_text() == '[controllers]\n21 = "brightness"\n67 = "soften"\n'
    again = sat({20: knob(21, 0.0)}, Along())
    assert again.held[30]["brightness"] == pytest.approx(low, abs=1e-6)


def test_where_nobody_plays_along_none_is_learnt_and_what_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    alone = sat({20: Learn("brightness")}, None)
    assert [(answer.done, answer.words) for answer in alone.answers] == [(False, NOBODY)]
    with pytest.raises(AskRefusedError, match="No controller can be 'volume'"):
        Desk().put(Ask(Learn("volume")))
    ranges, said = parameter_ranges(load("relax")), list[str]()
    for content in (b"\xff\xfe", b"[controllers", b"controllers = 3"):
        (tmp_path / "c.toml").write_bytes(content)
        assert Controllers(tmp_path / "c.toml", ranges, Desk(), Hand.LISTENER, said.append).known == {}
        assert "no controller does anything" in said[-1]
        assert "delete it and teach" in said.pop()
    (tmp_path / "c.toml").write_text('[controllers]\n21 = "mood"\n64 = "soften"\n7 = 3\nx = "mood"\n')
    assert Controllers(tmp_path / "c.toml", ranges, Desk(), Hand.LISTENER, said.append).known == {21: "mood"}
    assert "64 = 'soften', 7 = 3, x = 'mood' cannot be" in said.pop()
    assert Controllers(tmp_path, ranges, Desk(), Hand.LISTENER, said.append).known == {}
    assert len(said) == 1


def test_a_file_that_cannot_be_read_is_not_written_over() -> None:
    file = controllers_file()
    file.parent.mkdir(parents=True)
    file.write_text("21 = brightness")
    plays = sat({10: Learn("mood"), 20: knob(22, 0.5)}, Along())
    assert "in this sitting alone" in " ".join(plays.marks)
    assert file.read_text() == "21 = brightness"

"""The desk: every ask is taken once, in order, from any thread; what cannot be meant is refused at it."""

from __future__ import annotations

import threading
from collections import Counter
from math import inf, nan

import pytest

from dsp.native import Synth
from engine.desk import (
    LONGEST_WORDS,
    MOST_WAITING,
    Act,
    Ask,
    AskRefusedError,
    Desk,
    End,
    Mark,
    Note,
    Touch,
    Undo,
    Wish,
)
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from sensors.spec import open_sensor

RATE_HZ = 48_000


class Witness:
    """Keeps every moment, and hands in at its second what was planned for it."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []

    def moment(self, moment: Moment) -> None:
        self.moments.append(moment)

    @property
    def answers(self) -> dict[str, tuple[bool, str, int]]:
        return {a.id: (a.done, a.words, a.frame) for m in self.moments for a in m.answers}


def played(desk: Desk, seconds: float = 20.0) -> Witness:
    profile, witness = load("relax"), Witness()
    Session(
        profile, open_sensor("sim:seed=5"), Guide(profile, duration_s=seconds), Composer(profile, 1),
        Synth(RATE_HZ, 1), OfflineOutput(RATE_HZ, "Rendering."), at_once(witness), desk,
    ).run()  # fmt: skip
    return witness


def test_a_thousand_asks_of_eight_threads_are_each_answered_once_and_each_threads_in_its_order() -> None:
    desk = Desk()

    def ask(thread: int) -> None:
        for number in range(125):
            desk.put(
                Ask(
                    Touch("brightness", 0.3 + number / 1000),
                    source=f"thread {thread}",
                    id=f"{thread}:{number}",
                )
            )

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    witness = played(desk, 10.0)
    answered = [answer.id for moment in witness.moments for answer in moment.answers]
    assert len(answered) == 1000
    assert max(Counter(answered).values()) == 1
    for thread in range(8):
        mine = [int(each.partition(":")[2]) for each in answered if each.startswith(f"{thread}:")]
        assert mine == list(range(125))


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (Touch("brightness", nan), "nan is none"),
        (Touch("brightness", inf), "inf is none"),
        (Touch("brightness", -1e30), "1e+30 is none"),
        (Touch("volume", 0.5), "'volume'"),
        (Touch("x" * 10_000, 0.5), "xxx..."),
        (Act("explode"), "'explode'"),
        (Mark("word " * 2000), str(LONGEST_WORDS)),
        (Note(" \n"), "words"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_short_sentence(wish: Wish, word: str) -> None:
    desk = Desk()
    with pytest.raises(AskRefusedError) as refused:
        desk.put(Ask(wish))
    assert word in str(refused.value)
    assert len(str(refused.value)) < 400
    assert "\n" not in str(refused.value)
    assert desk.take(1e9) == ()


@pytest.mark.parametrize("ask", [
    Ask(Act("less"), id=""), Ask(Act("less"), id="a\x1bb"), Ask(Act("less"), source="x" * 200),
    Ask(Act("less"), due_s=nan), Ask(Act("less"), due_s=-1.0),
])  # fmt: skip
def test_an_ask_has_a_name_a_source_and_a_time(ask: Ask) -> None:
    with pytest.raises(AskRefusedError):
        Desk().put(ask)


def test_one_id_is_done_once() -> None:
    desk = Desk()
    assert desk.put(Ask(Act("less"), id="one"))
    assert not desk.put(Ask(Act("less"), id="one"))
    assert [ask.id for ask in desk.take(0.0)] == ["one"]
    assert not desk.put(Ask(Act("less"), id="one"))
    assert list(desk.take(0.0)) == []


def test_a_flood_is_refused_and_what_came_before_it_is_kept() -> None:
    desk = Desk()
    for _ in range(MOST_WAITING):
        desk.put(Ask(Act("less")))
    with pytest.raises(AskRefusedError, match="at once"):
        desk.put(Ask(Act("less")))
    assert len(desk.take(0.0)) == MOST_WAITING


def test_an_ask_waits_for_its_time() -> None:
    desk = Desk()
    desk.put_all([Ask(Act("less"), id="later", due_s=5.0), Ask(Act("more"), id="now")])
    assert [ask.id for ask in desk.take(4.9)] == ["now"]
    assert [ask.id for ask in desk.take(5.0)] == ["later"]


def test_answers_tell_what_was_done_and_from_which_frame_on() -> None:
    desk = Desk()
    desk.put_all([
        Ask(Act("less"), id="less", due_s=5.0),
        Ask(Touch("tempo_bpm"), id="free", due_s=5.0),
        Ask(Mark("a sigh"), id="mark", due_s=6.0),
        Ask(End(), id="end", due_s=7.0),
    ])  # fmt: skip
    witness = played(desk)
    answers = witness.answers
    assert set(answers) == {"less", "free", "mark", "end"}
    done, words, frame = answers["less"]
    assert done
    assert words.endswith(".")
    taken_s = next(m.t_s for m in witness.moments if any(a.id == "less" for a in m.answers))
    assert taken_s == pytest.approx(5.0)
    assert frame == pytest.approx((taken_s + 0.1) * RATE_HZ)
    heard_s = next(m.t_s for m in witness.moments if m.heard_frame >= frame)
    assert heard_s == pytest.approx(taken_s + 0.2, abs=0.11)
    assert answers["mark"][:2] == (True, "Marked: a sigh.")
    assert witness.moments[-1].t_s < 20.0


def test_undo_is_something_that_can_be_asked() -> None:
    assert Desk().put(Ask(Undo()))

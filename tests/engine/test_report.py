"""The report: true figures of real sittings, honest gaps, no word too many, a page that stands alone."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from engine.guide.music_state import Decision, Hand, Intent, Stage
from engine.guide.target import Usual
from engine.journal import account, chart
from engine.journal.pdf import browser, printed
from engine.journal.record import Marker, Rating, Record, Remark
from engine.journal.report import page
from sensors.beat import Link, LinkChange
from tests.engine.recorded import recorded

USUAL = Usual(resting_bpm=70.0, breath_per_min=12.0, rmssd_ms=60.0, sittings=7)


def written(path: Path, intervals_ms: list[float]) -> str:
    path.write_text("\n".join(f"{rr:.1f}" for rr in intervals_ms))
    return f"replay:{path}"


def breathing_heart(bpm: tuple[float, float], seconds: float) -> list[float]:
    """Intervals whose rate goes from one to the other, with 12 breaths a minute of 30 ms swing."""
    intervals, t_s = list[float](), 0.0
    while t_s < seconds:
        rate = bpm[0] + (bpm[1] - bpm[0]) * t_s / seconds
        rr_ms = 60_000.0 / rate + 30.0 * np.sin(2.0 * np.pi * t_s * 12.0 / 60.0)
        intervals.append(rr_ms)
        t_s += rr_ms / 1000.0
    return intervals


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Ten minutes of a heart that goes from 74 to 62, with hands, markers, ratings and a note."""
    recording = written(tmp_path_factory.mktemp("clean") / "rr.txt", breathing_heart((74.0, 62.0), 620.0))
    record = recorded(
        recording, duration_s=600.0, client="ANNA", usual=USUAL,
        intents=[Intent(300.0, Hand.LISTENER, "less"), Intent(360.0, Hand.THERAPIST, "hold", 62.0)],
    )  # fmt: skip
    return replace(
        record,
        markers=(Marker(130.0, Hand.THERAPIST, "a deep sigh"),),
        ratings=(Rating("before", 3.0, -0.2, 0.5), Rating("after", 7.0, 0.4, -0.4)),
        notes=(Remark("2026-11-22T18:05:00+01:00", Hand.THERAPIST, "water <most> & bells"),),
    )


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Record:
    dice = random.Random(2)
    spoilt = [
        rr * dice.choice((0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0)) for rr in breathing_heart((74.0, 62.0), 400.0)
    ]
    recording = written(tmp_path_factory.mktemp("poor") / "rr.txt", spoilt)
    return recorded(recording, duration_s=330.0, client="BERT", usual=USUAL)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Eleven minutes of music to a recording of five and a half."""
    recording = written(tmp_path_factory.mktemp("ended") / "rr.txt", breathing_heart((74.0, 66.0), 330.0))
    return recorded(recording, duration_s=660.0, client="ANNA", usual=USUAL)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A heart without any swing, so that no breath can be made out, that is calmest in the middle."""
    beats = [60_000.0 / bpm for bpm in (73.0, 69.0, 75.0) for _ in range(240)]
    recording = written(tmp_path_factory.mktemp("still") / "rr.txt", beats)
    return recorded(recording, duration_s=570.0, client="ANNA", usual=USUAL)


@pytest.fixture(scope="module")
def interrupted() -> Record:
    return recorded("sim:seed=3", duration_s=1200.0, profile="sleep", breaks_s=200.0)


def text(html: str) -> str:
    return re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S)


def test_the_figures_are_those_of_the_recording(clean: Record) -> None:
    heart, breath, variation = account.figures(clean)
    minutes = lambda t_s: 74.0 - 12.0 * t_s / 620.0  # noqa: E731
    assert heart.begin == pytest.approx(minutes(60.0), abs=1.5)
    assert heart.end == pytest.approx(minutes(540.0), abs=1.5)
    assert breath.begin == pytest.approx(12.0, abs=0.5)
    assert breath.end == pytest.approx(12.0, abs=0.5)
    last = np.array([beat.rr_ms for beat in clean.beats if beat.rr_ms and beat.t_s > 480.0])
    assert variation.end == pytest.approx(float(np.sqrt(np.mean(np.diff(last) ** 2))), rel=0.1)


def test_a_sitting_is_set_beside_ones_own_usual(clean: Record) -> None:
    heart, breath, variation = account.figures(clean)
    assert heart.against_usual == "below your usual today"
    assert breath.against_usual == "about your usual"
    assert variation.against_usual == "below your usual today"
    assert "7 sittings" in account.usual_sentence(clean)


def test_the_summary_says_what_happened(clean: Record) -> None:
    said = account.summary(clean)
    assert said.startswith("10 minutes of Relax.")
    assert re.search(r"your heart went from 7[2-4] to 6[2-4] beats a minute", said)


def test_poor_beats_earn_no_figures(poor: Record) -> None:
    for figure in account.figures(poor):
        assert (figure.begin, figure.end, figure.sitting) == (None, None, None)
        assert figure.against_usual is None
    assert text(page(poor)).count(account.NOT_ENOUGH) >= 9
    assert "Today" not in text(page(poor))
    unknown = replace(poor, head=replace(poor.head, usual=Usual()))
    assert text(page(unknown)).count(account.NOT_ENOUGH) == 2  # once for the ends, once for all figures
    assert "neighbours" in text(page(poor))
    assert "were clean" not in text(page(poor))
    assert any("poor" in sentence for sentence in account.quality_sentences(poor))


def test_what_was_not_heard_is_no_poor_signal(ended: Record) -> None:
    heart, breath, variation = account.figures(ended)
    assert heart.begin == pytest.approx(73.0, abs=1.5)
    assert {each.end for each in (heart, breath, variation)} == {None}
    assert {each.why[1] for each in (heart, breath, variation)} == {account.NOT_HEARD}
    said = " ".join(account.quality_sentences(ended))
    assert re.match(r"The heart was heard for 5:3\d of 11:02, to the end of the recording\.", said)
    assert "the signal was good" in said
    assert "poor" not in said
    assert "The heart was not heard at the end, so the two" in account.summary(ended)


def test_a_breath_that_is_not_clear_is_not_blamed_on_the_beats(still: Record) -> None:
    _, breath, _ = account.figures(still)
    assert (breath.begin, breath.end, breath.sitting) == (None, None, None)
    assert set(breath.why) == {account.NO_BREATH}
    assert account.NOT_ENOUGH not in page(still)
    unclear = [replace(each, heart=replace(each.heart, breath_confidence=0.0)) for each in still.states]
    html = page(replace(still, states=tuple(unclear)))
    assert "your breath was not clear enough to draw" in html
    assert '>your breath</tspan>' not in html


def test_the_calmest_rate_is_called_that(still: Record) -> None:
    heart = account.figures(still)[0]
    assert (round(heart.begin or 0), round(heart.end or 0), round(heart.sitting or 0)) == (73, 75, 69)
    assert "your heart went from 73 to 75 beats a minute. At its calmest it beat 69" in account.summary(still)
    assert re.search(r"69 +at its calmest", text(page(still)))


def test_all_that_was_played_stands_in_the_title(clean: Record) -> None:
    turns = (
        Decision(200.0, Hand.THERAPIST, "profile", "sleep", "the music turns to Sleep"),
        Decision(300.0, Hand.THERAPIST, "profile", "gone-for-good", "the music turns to Gone"),
    )
    turned = replace(clean, decisions=(*clean.decisions, *turns))
    assert "<h1>Relax, then Sleep, then gone-for-good</h1>" in page(turned)
    assert account.summary(turned).startswith("10 minutes of Relax, then Sleep, then gone-for-good.")


def test_letters_of_marks_do_not_overprint(clean: Record) -> None:
    near = [130.0, 131.0, 133.0, 131.5, 400.0, 598.0, 600.0, 601.0]
    marks = tuple(Marker(t_s, Hand.LISTENER, "mark") for t_s in near)
    drawn = ElementTree.fromstring(chart.arc(replace(clean, markers=marks), chart.NARROW))
    letters = {chart.letter(number) for number in range(len(marks))}
    places = [
        (float(each.attrib["x"]), float(each.attrib["y"]))
        for each in drawn.iter("text")
        if each.text in letters and each.attrib.get("font-weight") == "600"
    ]
    assert len(places) == len(marks)
    for one, two in combinations(places, 2):
        assert abs(one[0] - two[0]) >= 8.0 or abs(one[1] - two[1]) >= 10.0
    assert all(0.0 <= x <= chart.NARROW.width - 8.0 for x, _ in places)


def test_a_simulated_heart_is_nobodys(interrupted: Record) -> None:
    assert not re.search(r"\byour (heart|breath)", text(page(interrupted)))


REPROACHES = (
    "not followed", "no heartbeat", "failed", "did not follow", "irregular", "too much for", "should", "must",
    "only ", "despite", "unfortunately", "missed", "abnormal",
)  # fmt: skip


@pytest.mark.parametrize("which", ["clean", "poor", "interrupted", "ended", "still"])
def test_nothing_reproaches_or_frightens(which: str, request: pytest.FixtureRequest) -> None:
    said = text(page(request.getfixturevalue(which))).lower()
    assert [word for word in REPROACHES if word in said] == []


def test_an_interrupted_sitting_says_so_and_claims_nothing(interrupted: Record) -> None:
    html = page(interrupted)
    assert "broke off at 3:20 of 20:00" in html
    assert "SIMULATED" in html
    assert "too short" in account.summary(interrupted)
    assert all(figure.begin is None for figure in account.figures(interrupted))


def test_a_simulated_heart_is_nowhere_called_yours_and_the_reason_is_kept(clean: Record) -> None:
    why = "Bluetooth is switched off. So a SIMULATED heart plays: nobody is measured."
    head = replace(clean.head, sensor="auto", sensor_label="SIMULATED heart", simulated=True)
    simulated = replace(clean, head=head, events=(LinkChange(0.1, Link.LIVE, why), *clean.events))
    told = text(page(simulated))
    assert why in told
    assert not re.search(r"[Yy]our (heart|breath)", told)
    assert "the simulated heart went from" in told
    assert re.search(r"[Yy]our (heart|breath)", text(page(clean)))


def test_stages_fill_the_sitting_without_holes(clean: Record) -> None:
    stages = account.stretches(clean)
    assert stages[0].from_s == 0.0
    assert stages[-1].until_s == pytest.approx(account.end_s(clean))
    assert all(one.until_s == two.from_s for one, two in pairwise(stages))


def test_everything_anybody_did_is_told_with_its_reason(clean: Record) -> None:
    html = page(clean)
    told = text(html)
    apart = ("answer", "scene")  # answers are counted, and scenes told in one sentence
    for decision in (each for each in clean.decisions if each.parameter not in apart):
        assert decision.why[1:] in told.replace("&#x27;", "'")
    assert "2:10 a deep sigh" in told
    assert "water &lt;most&gt; &amp; bells" in html


def test_answers_are_counted_and_not_listed(clean: Record) -> None:
    plain = tuple(each for each in clean.decisions if each.parameter != "answer")
    values = (0.5, -0.6, 0.7)
    answers = [Decision(60.0 * n, Hand.AUTO, "answer", value, "because") for n, value in enumerate(values)]
    record = replace(clean, decisions=(*plain, *answers))
    assert account.answers_sentence(record) == (
        "As your heart and breath moved, it opened twice and closed a little once."
    )
    assert account.answers_sentence(record) in text(page(record))
    assert account.doings(record) == account.doings(replace(clean, decisions=plain))
    assert account.answers_sentence(replace(clean, decisions=plain)) == ""
    held = Decision(9.0, Hand.THERAPIST, "answer", 1.0, "the therapist takes the answer to heart and breath")
    assert account.answers_sentence(replace(clean, decisions=(held,))) == ""
    said = "The therapist takes the answer to heart and breath."
    assert account.doings(replace(clean, decisions=(held,))) == [(9.0, said)], "whose it was is said once"


@pytest.mark.parametrize("which", ["clean", "poor", "interrupted", "ended", "still"])
def test_the_page_stands_alone_and_is_well_formed(which: str, request: pytest.FixtureRequest) -> None:
    html = page(request.getfixturevalue(which))
    assert not re.search(r'(?:src|href)\s*=|url\(|@import|https?://', html)
    drawings = re.findall(r"<svg.*?</svg>", html, flags=re.S)
    assert len(drawings) >= 2
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        _, _, wide, high = map(float, root.attrib["viewBox"].split())
        ends = {"x": wide, "x1": wide, "x2": wide, "cx": wide, "y": high, "y1": high, "cy": high}
        for element in root.iter():
            for name, most in ends.items():
                assert 0.0 <= float(element.attrib.get(name, 0.0)) <= most
        assert "nan" not in drawing
    open_tags: list[str] = []

    class Nesting(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
            if tag not in ("meta", "br", "rect", "line", "circle", "path"):
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if tag not in ("rect", "line", "circle", "path"):
                assert open_tags.pop() == tag

    Nesting().feed(html)
    assert open_tags == []


MEDICAL = (
    "diagnos", "patient", "treat", "therapy", "clinical", "disease", "disorder", "symptom", "cardia",
    "arrhythm", "ectop", "anxi", "normal range", "abnormal", "healthy", "doctor", "risk",
)  # fmt: skip


@pytest.mark.parametrize("which", ["clean", "poor", "interrupted", "ended", "still"])
def test_no_medical_word(which: str, request: pytest.FixtureRequest) -> None:
    said = text(page(request.getfixturevalue(which))).lower()
    assert not [word for word in MEDICAL if word in said]


def test_ratings_are_drawn_where_they_were_given() -> None:
    drawn = chart.before_after(Rating("before", calm=0.0), Rating("after", calm=10.0))
    circles = [element for element in ElementTree.fromstring(drawn) if element.tag == "circle"]
    line = next(element for element in ElementTree.fromstring(drawn) if element.tag == "line")
    assert [float(circle.attrib["cx"]) for circle in circles] == [
        float(line.attrib["x1"]), float(line.attrib["x2"])
    ]  # fmt: skip
    assert chart.before_after(Rating("before"), Rating("after")) == ""


def test_a_record_of_nothing_is_still_a_page(clean: Record) -> None:
    bare = Record(replace(clean.head, ending="interrupted", frames=0, usual=Usual(), client=None))
    assert "broke off at 0:00" in page(bare)


def test_a_short_sitting_has_no_beginning_and_end(interrupted: Record) -> None:
    said = text(page(interrupted))
    assert "First two minutes" not in said
    assert "too short" in said


def test_what_the_listener_said_stands_first(clean: Record) -> None:
    head = replace(clean.head, goals="to <sleep>", feel="tense & tired", consent=True)
    said = page(replace(clean, head=head))
    assert "“tense &amp; tired”" in said
    assert said.index("to &lt;sleep&gt;") < said.index("In figures")
    assert "agreed to this record" in said
    assert "did not agree" in page(replace(clean, head=replace(head, consent=False)))
    assert "agree" not in page(clean)


@pytest.mark.parametrize("which", ["clean", "poor", "interrupted", "ended", "still"])
def test_it_prints_on_one_page(which: str, request: pytest.FixtureRequest) -> None:
    program = browser()
    if program is None:
        pytest.skip("no Chromium or Chrome on this machine")
    pdf = printed(page(request.getfixturevalue(which)), program)
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


def test_being_in_step_is_told_for_the_meeting_and_the_lead_where_it_was_earned(clean: Record) -> None:
    def told(met: float | None, led: float | None) -> str:
        values = {Stage.MATCH: met, Stage.GUIDE: led}
        states = tuple(replace(each, in_step=values.get(each.music.stage)) for each in clean.states)
        return account.in_step_sentence(replace(clean, states=states))

    assert "were in step by 0.95 while the music met it and 0.41 while the music led" in told(0.95, 0.41)
    assert "while the music met it" not in told(None, 0.41)
    assert told(None, None) == ""
    assert told(None, None) == account.in_step_sentence(clean)


def test_scenes_are_told_in_one_sentence_in_their_order(clean: Record) -> None:
    scenes = [
        Decision(60.0 * n, Hand.PROFILE, "scene", name, "because")
        for n, name in enumerate(("song", "song", "still", "light", "song"))
    ]
    record = replace(clean, decisions=tuple(scenes))
    assert account.scenes_sentence(record) == "It went through song, stillness, light and song."
    assert account.scenes_sentence(record) in text(page(record))
    assert account.doings(record) == account.doings(replace(clean, decisions=()))
    assert account.scenes_sentence(replace(clean, decisions=tuple(scenes[:2]))) == ""

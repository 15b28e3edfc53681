"""The words of a guided sitting: when a line is said, what hands do with it, what the record keeps of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dsp import command
from engine.desk import Act, Ask, Touch, Undo
from engine.guest.clip import Clip, silence
from engine.guest.duck import SPOKEN
from engine.guide.music_state import Decision, Hand, Intent, Stage
from engine.journal.account import clock
from engine.journal.record import Record, TellingGuide
from engine.journal.rendition import Rendition
from engine.journal.report import page
from engine.journal.store import Store
from engine.journal.take_home import play, words_remark
from engine.journal.words_told import words_sentence
from engine.player import OfflineOutput
from engine.session import Moment
from engine.sitting.asked import Asked, AskedError, prepared
from engine.sitting.sitting import Sitting
from engine.words import kept_lines
from engine.words.level import LEVEL_LUFS, levelled
from engine.words.loudness import around_lufs, loudness_lufs
from engine.words.own_voice import OwnVoiceError
from engine.words.telling import BEGIN_S, INHALE_SHARE, Line, Telling, left_out
from engine.words.voice import DUCKED_LU, Voice, stand, voice_of
from guides.check import complaints
from guides.load import file_of, load, names, read_table
from guides.schema import Script, Step
from sensors.spec import open_sensor
from tests.calando import calando

SHIPPED = ("arrive", "body", "breath", "ground", "muscles", "muscles-short")


class Told:
    """A telling that is stepped ten times a second beside a breath that slows from 14 to 6 a minute."""

    def __init__(self, telling: Telling) -> None:
        self.telling, self.t_s, self.phase = telling, 0.0, 0.0
        self.lines: list[Line] = []
        self.phases: list[float] = []
        self.cuts: list[float] = []
        self.wishes: list[str] = []

    def on(
        self, seconds: float, stage: Stage = Stage.GUIDE, asked: str = "", undone: str = "", **held: float
    ) -> None:
        for n in range(round(10 * seconds)):
            per_min = max(6.0, 14.0 - self.t_s / 60.0)
            first = n == 0
            intents = [Intent(self.t_s, Hand.THERAPIST, asked)] if asked and first else []
            taken_back = Decision(self.t_s, Hand.THERAPIST, "undo", undone, "undo")
            decisions = [taken_back] if undone and first else []
            told = self.telling.step(self.t_s, self.phase, per_min, stage, intents, decisions, held)
            if told.line is not None:
                self.lines.append(told.line)
                ahead = (told.line.at_s - self.t_s) * per_min / 60.0
                self.phases.append((self.phase + ahead) % 1.0)
            self.cuts += [self.t_s] if told.cut else []
            self.wishes += [told.wish] if told.wish else []
            self.t_s = round(self.t_s + 0.1, 1)
            self.phase = (self.phase + per_min / 600.0) % 1.0

    @property
    def said(self) -> list[str]:
        return [line.words for line in self.lines]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_guide_is_whole_keeps_its_length_and_neither_orders_nor_promises(name: str) -> None:
    assert names() == SHIPPED
    assert complaints(read_table(file_of(name))) == []
    script = load(name)
    text = " ".join([script.description, *(step.say for step in script.steps)]).lower()
    for word in ("must", "should", "need to", "don't", "treat", "cure", "anxiety", "heal", "try"):
        assert f" {word} " not in text
    for step in script.steps:  # heard alone, after a pause, a bare verb is an order
        verbs = "let|rest|open|close|go|sink|grow|come|breathe|feel|notice|move"
        assert not re.match(rf"(And )?({verbs})\b", step.say, re.IGNORECASE)
    told = Told(Telling(script))
    told.on(60.0 * script.minutes + 180.0)
    assert told.telling.over
    last = told.lines[-1]
    assert last.at_s + last.lasts_s == pytest.approx(60.0 * script.minutes, rel=0.12, abs=40.0)


@pytest.mark.parametrize("share", [0.7, 1.0, 1.5])
def test_lines_begin_with_the_exhale_and_no_pause_is_shorter_than_written(share: float) -> None:
    script = load("muscles")
    told = Told(Telling(script))
    told.on(2000.0, pauses=share)
    assert told.said == [step.say for step in script.steps]
    for before, line in pairwise(told.lines):
        pause_s = line.at_s - before.at_s - before.lasts_s
        assert pause_s >= share * (script.steps[before.place].pause_s or 0.0) - 1e-6
        if script.steps[line.place].with_ == "any":
            assert pause_s <= share * 8.0 + 0.2  # nothing is held for longer than it says
    with_out = [script.steps[line.place].with_ == "out" for line in told.lines]
    outs = [phase for phase, out in zip(told.phases, with_out, strict=True) if out]
    assert len(outs) > 20
    assert outs == pytest.approx([INHALE_SHARE] * len(outs), abs=1e-6)
    assert told.lines[0].at_s >= BEGIN_S


def test_a_group_is_left_out_by_its_words_and_one_that_is_not_there_is_told() -> None:
    script = load("muscles")
    assert left_out(script, ["right leg"]) == {f"right leg, {part}" for part in ("thigh", "calf", "foot")}
    assert left_out(script, ["foot"]) == {"right leg, foot", "left leg, foot"}
    told = Told(Telling(script, ["right leg", "face"]))
    told.on(1500.0)
    assert not any("right" in words and ("thigh" in words or "calf" in words) for words in told.said)
    assert not any("jaw" in words or "forehead" in words for words in told.said)
    with pytest.raises(AskedError, match="no group called 'tail'; its groups: right arm, hand"):
        prepared(Asked(guide="muscles", without=("tail",)))


def script(*steps: Step, **keys: float) -> Script:
    return Script("own", "Own", "Of one's own.", keys.pop("minutes", 5.0), steps, **keys)  # type: ignore[arg-type]


def test_the_breath_guide_speaks_when_its_pace_has_changed_and_closes_at_its_end() -> None:
    told = Told(Telling(load("breath")))
    told.on(480.0)
    rates = [max(6.0, 14.0 - line.at_s / 60.0) for line in told.lines if "slower" in line.words]
    assert len(rates) >= 3
    assert all(first - second >= 0.9 for first, second in pairwise(rates))
    assert told.said[-1] == load("breath").steps[-1].say


def test_words_wait_while_there_is_room_given_and_rest_in_hush() -> None:
    told = Told(Telling(load("arrive")))
    told.on(45.0)
    before = len(told.lines)
    told.on(60.0, Stage.BACK_OFF)
    assert len(told.lines) == before
    told.on(30.0)
    assert len(told.lines) > before
    spoken = told.lines[-1]
    told.on(max(0.0, spoken.at_s + 0.5 - told.t_s))
    count = len(told.lines)
    told.on(40.0, words=0.0)
    assert (len(told.lines), len(told.cuts) <= 1, told.telling.standing.line) == (count, True, "")
    told.on(40.0)
    assert told.telling.standing.line == told.said[-1]
    assert len(told.lines) > count
    assert told.said == [step.say for step in load("arrive").steps][: len(told.said)]


def test_next_again_and_skip_are_done_and_taken_back() -> None:
    told = Told(Telling(load("muscles")))
    told.on(30.0)
    told.on(12.0, asked="next")
    assert len(told.lines) >= 2
    first = told.said[-1]
    told.on(8.0, asked="repeat")
    assert told.said[-2:] == [first, first]
    while told.lines[-1].group is None:
        told.on(1.0)
    begun = told.lines[-1]
    told.on(11.0, asked="skip")
    assert told.lines[-1].group not in (None, begun.group)
    told.on(11.0, undone="skip")
    assert (told.lines[-1].group, told.lines[-1].place) == (begun.group, begun.place + 1)


def test_too_much_ends_the_words_until_it_is_undone() -> None:
    told = Told(Telling(load("ground")))
    told.on(25.0)
    told.on(60.0, asked="too_much")
    count = len(told.lines)
    assert (count <= 2, told.telling.over, told.telling.standing.line) == (True, True, "")
    told.on(60.0, undone="too_much")
    assert len(told.lines) > count


def test_a_line_asks_the_music_and_silence_follows_the_last() -> None:
    telling = Telling(script(
        Step("One.", 2.0, music="soften", exit=True), Step("Two.", 2.0, music="level"), then_silence_s=30.0,
    ))  # fmt: skip
    told = Told(telling)
    told.on(90.0)
    assert told.wishes == ["soften", "level", "silence", "level"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps": [{"sya": "Hello."}]}, "steps[0].sya is not a key of a guide; did you mean say?"),
        ({"steps": [{"say": "Hello.", "with": "up"}]}, 'steps[0].with is "up"; it has to be in, out or any.'),
        ({"steps": [{"say": "Hello."}]}, "None of the first 6 steps has exit = true"),
        ({"steps": []}, "steps is an empty list"),
        ({"steps": 3}, "steps is 3; it has to be a list of tables."),
        ({"minutes": 1}, "minutes is 1; the lines and their pauses need"),
        ({"cautions": "none"}, "each a text of 1 to 300 letters"),
        (
            {"steps": [{"say": "Hi.", "exit": True, "pause_s": 1, "pause_breaths": 2}]},
            "steps[0] has pause_s and pause_breaths; one of them is enough.",
        ),
        ({"steps": [{"say": "Hi.", "exit": "yes"}]}, 'steps[0].exit is "yes"; it has to be true or false.'),
    ],
)
def test_what_is_wrong_with_a_guide_is_told_in_a_sentence(change: dict[str, object], sentence: str) -> None:
    found = complaints({**read_table(file_of("ground")), **change})
    assert any(sentence in each for each in found), found


class Seen:
    def __init__(self) -> None:
        self.moments: list[Moment] = []

    def moment(self, moment: Moment) -> None:
        self.moments.append(moment)


class Silent(Voice):
    """As long as the voice, and nothing to hear."""

    def clip(self, place: int, rate_hz: int) -> Clip | None:
        clip = super().clip(place, rate_hz)
        return None if clip is None else silence(clip.frames)


def played(
    asked: Asked, data: Path, asks: Sequence[Ask] = (), *, silent: bool = False
) -> tuple[str, list[Moment], np.ndarray]:
    sound: list[np.ndarray] = []
    output = OfflineOutput(48000, "Nowhere.", lambda chunk: sound.append(chunk.copy()))
    plan, seen = prepared(asked), Seen()
    if silent:
        assert plan.voice is not None
        plan = replace(plan, voice=Silent(plan.voice._lines, plan.voice.lengths))  # pyright: ignore[reportPrivateUsage]
    with Sitting(plan, open_sensor(plan.sensor), output, data=data) as sitting:
        sitting.watchers.add(seen, at_once=True)
        sitting.desk.put_all(asks)
        sitting.run()
    return sitting.id, seen.moments, np.concatenate(sound)


def test_a_guided_sitting_is_heard_kept_and_replayed_sample_for_sample(tmp_path: Path) -> None:
    asks = [
        Ask(Act("next"), Hand.THERAPIST, due_s=60.0), Ask(Act("hush_words"), Hand.THERAPIST, due_s=75.0),
        Ask(Undo(), Hand.THERAPIST, due_s=80.0), Ask(Touch("pauses", 9.0), Hand.THERAPIST, due_s=90.0),
    ]  # fmt: skip
    asked = Asked(guide="arrive", sensor="sim", seed=4, data=tmp_path, voice="none")
    sitting, moments, sound = played(asked, tmp_path, asks)
    lines = lines_of(moments)
    assert len(lines) >= 6
    assert {moment.held["pauses"] for moment in moments if "pauses" in moment.held} == {1.5}
    with Store(tmp_path) as store:
        record = store.read(sitting)
    assert [(line.t_s, line.words) for line in record.lines] == [(line.at_s, line.words) for line in lines]
    assert all(line.frame == round(48000 * line.t_s) for line in record.lines)
    again = np.concatenate(list(Rendition.of(record).portions()))
    assert np.array_equal(again, sound[: len(again)])
    assert record.head.guide == TellingGuide("arrive", "Arriving", 8)
    told = "The words were those of “Arriving”, told as text with a bell: all 8 lines, from "
    assert f"{told}{clock(lines[0].at_s)} to" in page(record)
    early = replace(record, lines=record.lines[:3])
    assert words_sentence(early).endswith(f"; the last was “{early.lines[-1].words}”")
    assert "3 of 8 lines" in words_sentence(early)
    assert words_sentence(replace(record, lines=())) == "Of “Arriving” no line was told."
    before = replace(early, head=replace(record.head, guide=None))  # as records were before that was kept
    assert words_sentence(before).startswith(
        "The words were those of a guide, told as text with a bell: 3 lines"
    )
    answers = [answer for moment in moments for answer in moment.answers]
    assert [answer.done for answer in answers] == [True] * 4
    # Without a voice a stroke of the bell begins with each line.
    strokes = [each for each in record.commands if each.command.kind == command.NOTE_AT_FRAME]
    assert {float(each.frame) for each in record.lines} <= {each.command.beat for each in strokes}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lines alone: machine code stays where it is."""
    folder = tmp_path / "voice"
    monkeypatch.setattr(kept_lines, "folder", lambda: folder)
    return folder


def own_guide(folder: Path) -> Path:
    """Two lines, which a voice renders in a second."""
    file = folder / "own.toml"
    file.write_text(
        'name = "own"\ntitle = "Own"\ndescription = "Two lines."\nminutes = 1\n'
        '[[steps]]\nsay = "You may stop whenever you like."\npause_s = 4\nexit = true\n'
        '[[steps]]\nsay = "There is the music."\npause_s = 2\n'
    )
    return file


def test_a_voice_is_rendered_once_mended_where_damaged_and_in_the_mix_and_its_replay(
    tmp_path: Path, cache: Path
) -> None:
    pytest.importorskip("hibari", reason="there is no voice: pip install 'calando[voice]'")
    told: list[tuple[int, int]] = []
    script = load(str(own_guide(tmp_path)))

    def ended(done: int, _of: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # the reader is killed after its first line, or in its second
        voice_of(script, None, None, ended)
    kept = len(list(cache.glob("*.flac")))
    assert kept >= 1
    first = voice_of(script, None, None, lambda done, of: told.append((done, of)))
    assert first is not None
    assert told == ([] if kept == 2 else [(0, 1), (1, 1)])  # it goes on where it was
    before = [first.clip(place, 48000) for place in (0, 1)]
    one, other = sorted(cache.glob("*.flac"))
    one.write_bytes(one.read_bytes()[:2000])  # killed while it was written, or damaged since
    other.unlink()
    told.clear()
    again = voice_of(script, "heart", None, lambda done, of: told.append((done, of)))
    assert again is not None
    assert told[-1] == (2, 2)
    assert [clip and clip.digest for clip in before] == [
        (clip := again.clip(place, 48000)) and clip.digest for place in (0, 1)
    ]
    assert "onnxruntime" not in sys.modules
    with pytest.raises(AskedError, match="'nicole' would have to be downloaded, which Calando never does"):
        prepared(Asked(guide="arrive", voice="nicole"))
    asked = Asked(guide=str(tmp_path / "own.toml"), sensor="sim", seed=4, data=tmp_path)
    sitting, moments, sound = played(asked, tmp_path)
    with Store(tmp_path) as store:
        record = store.read(sitting)
    assert [line.digest for line in record.lines] == [clip and clip.digest for clip in before]
    rendered = np.concatenate(list(Rendition.of(record).portions()))
    assert np.array_equal(rendered, sound[: len(rendered)])
    lines = lines_of(moments)
    taken_home(record)
    _, _, music = played(asked, tmp_path, silent=True)
    for line in lines:
        end_s = line.at_s + line.lasts_s
        part = slice(round(48000 * line.at_s), round(48000 * end_s))
        voice, alone = (each[part].mean(axis=1).astype(float) for each in (sound - music, music))
        assert 9.5 < loudness_lufs(voice, 48000) - loudness_lufs(alone, 48000) < 13.0
        before, during = (
            {each.music.breath_depth_db for each in moments if since_s <= each.t_s < until_s}
            for since_s, until_s in ((line.at_s - 1.5, line.at_s - 1.0), (line.at_s + 0.2, end_s - 0.4))
        )
        assert during
        assert max(during) < 0.6 * min(before)


def lines_of(moments: Sequence[Moment]) -> list[Line]:
    return [moment.words.begun for moment in moments if moment.words and moment.words.begun]


def taken_home(record: Record) -> None:
    """A piece made of a sitting says what was said in it, and is the same samples every time."""
    pieces: list[np.ndarray] = []
    for _ in range(2):
        sound, seen = list[np.ndarray](), Seen()
        play(record, 90.0, lambda chunk, sound=sound: sound.append(chunk.copy()), [seen])
        told = [(line.words, line.digest) for line in lines_of(seen.moments)]
        assert told == [(line.words, line.digest) for line in record.lines]
        pieces.append(np.concatenate(sound))
    assert np.array_equal(*pieces)
    assert words_remark(record, 90.0) == "The words of “Own” are in it."
    refused = (
        "The words take 0:.*, for which this piece has no room, so it is the music alone; --take-home 1m"
    )
    assert re.match(refused, words_remark(record, 30.0))


def test_a_line_stands_eleven_over_the_music_that_makes_room_where_the_cap_leaves_none() -> None:
    music_lufs, master_db = -24.0, -2.0
    how = stand(music_lufs, master_db, -18.0, 0.0)
    heard = LEVEL_LUFS + how.gain_db + master_db
    assert heard < -19.0 - 2.0  # below the governor, with what a syllable stands out
    assert heard - (music_lufs - DUCKED_LU - how.deeper_db) == pytest.approx(11.0)
    assert (how.duck.foreground_db, how.duck.drone_db) == (
        SPOKEN.foreground_db - how.deeper_db, SPOKEN.drone_db - how.deeper_db,
    )  # fmt: skip
    assert stand(-36.0, 0.0, -18.0, 0.0).duck == SPOKEN
    assert stand(-36.0, 0.0, -18.0, -6.0).gain_db == stand(-36.0, 0.0, -18.0, 0.0).gain_db - 6.0
    assert stand(music_lufs, 0.0, -18.0, 3.0).deeper_db == pytest.approx(how.deeper_db + 3.0)
    assert stand(-10.0, 0.0, -30.0, 6.0).duck.drone_db >= -18.0


def test_a_line_is_made_even_and_clear_and_loses_what_lies_below_every_voice() -> None:
    t_s = np.arange(4 * 44100) / 44100
    steps = np.where((t_s > 1.5) & (t_s < 2.0), 1.0, 0.4)
    tones = (np.sin(2 * np.pi * hz * t_s) for hz in (300, 2800))
    line = levelled(0.2 * steps * sum(tones) + 0.3 * np.sin(2 * np.pi * 20 * t_s), 44100)
    mono = line.astype(float)
    assert loudness_lufs(mono, 48000) == pytest.approx(-20.0, abs=0.1)
    assert around_lufs(mono, 48000).max() < -20.0 + 3.0  # 4.5 as it came in
    spectrum = np.abs(np.fft.rfft(mono))
    at = {hz: round(hz * len(mono) / 48000) for hz in (20, 300, 2800)}
    rumble, vowel, consonant = (spectrum[k - 2 : k + 3].max() for k in at.values())
    assert rumble < 0.25 * vowel
    assert 1.6 < consonant / vowel < 2.0  # 5.1 dB


def test_recordings_of_ones_own_come_first_one_a_file_or_one_long_with_labels(tmp_path: Path) -> None:
    script, tone = load(str(own_guide(tmp_path))), np.sin(np.arange(44100) / 20.0)
    folder = tmp_path / "own"
    folder.mkdir()
    soundfile.write(folder / "02 music.wav", tone, 44100)
    voice = voice_of(script, None, folder)
    assert voice is not None
    assert voice.lengths.keys() == {1}
    clip = voice.clip(1, 48000)
    assert clip is not None
    assert loudness_lufs(clip.sound[:, 0].astype(float), 48000) == pytest.approx(-20.0, abs=0.1)
    assert voice.clip(0, 48000) is None
    soundfile.write(folder / "2 again.wav", tone, 44100)
    with pytest.raises(OwnVoiceError, match=r"02 music.wav and 2 again.wav are both line 2; take one"):
        voice_of(script, None, folder)
    (folder / "2 again.wav").unlink()
    (folder / "labels.txt").write_text("0.0\t0.4\tone\n0.5\t0.9\ttwo\n")
    cut = voice_of(script, None, folder)
    assert cut is not None
    assert list(cut.lengths.values()) == pytest.approx([0.4, 0.4], abs=0.1)
    for wrong, sentence in (("5\t9\tone\n", "from 5 s on holds no sound"), ("0\tinf\tone\n", "or never")):
        (folder / "labels.txt").write_text(wrong)
        with pytest.raises(OwnVoiceError, match=sentence):
            voice_of(script, None, folder)
    odd = tmp_path / "odd"
    odd.mkdir()
    for sound in (np.zeros(48000), np.zeros(0), np.full(48000, np.nan), tone[:100]):
        soundfile.write(odd / "01.wav", sound, 48000, subtype="FLOAT")
        with pytest.raises(OwnVoiceError, match="holds no sound; record it again, or take it away"):
            voice_of(script, None, odd)
    soundfile.write(odd / "01.wav", np.full(1_300_000, 0.1), 10_000)
    with pytest.raises(OwnVoiceError, match="is longer than 120 s; a line is a few"):
        voice_of(script, None, odd)
    soundfile.write(odd / "99.wav", tone, 44100)
    with pytest.raises(OwnVoiceError, match=r"of line 99, and this guide has \d+ lines: it is another"):
        voice_of(script, None, odd)
    (odd / "99.wav").unlink()
    (odd / "01.m4a").touch()  # beside a 01.wav it is what that was made of
    soundfile.write(odd / "01.wav", tone, 44100)
    assert voice_of(script, None, odd) is not None
    for name in ("02.m4a", "memo.m4a"):
        (odd / "01.m4a").rename(odd / name)
        with pytest.raises(OwnVoiceError, match=f"{name} is in a format that is not read; save it as WAV"):
            voice_of(script, None, odd)
        (odd / name).rename(odd / "01.m4a")
        (odd / "01.wav").unlink(missing_ok=True)
    (folder / "labels.txt").write_text("zero\n")
    for wrong in (folder, tmp_path / "nowhere", cache_free(tmp_path)):
        with pytest.raises(OwnVoiceError):
            voice_of(script, None, wrong)


def cache_free(folder: Path) -> Path:
    empty = folder / "empty"
    empty.mkdir()
    return empty


def test_a_guide_that_nothing_can_play_under_is_not_whole(tmp_path: Path) -> None:
    file = own_guide(tmp_path)
    assert calando("guides", "check", str(file), cwd=tmp_path).returncode == 0
    file.write_text('profile = "nosuch"\n' + file.read_text())
    checked = calando("guides", "check", str(file), cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (1, "")
    assert checked.stderr.startswith("profile: There is no profile called 'nosuch'; there are breathe,")
    calando("guides", "copy", "arrive", "mine", cwd=tmp_path)
    checked = calando("guides", "check", "mine", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "mine.toml is a whole guide: " in checked.stdout


def test_without_a_guide_the_words_are_answered_and_nothing_changes() -> None:
    plan = prepared(Asked(sensor="sim", duration=60))
    (decision,) = plan.guide._hands.take(Intent(0.0, Hand.LISTENER, "next"), {})  # pyright: ignore[reportPrivateUsage]
    assert not decision.done
    assert decision.why == "this sitting has no words: play with --guide"
    wrongs = ({"without": ("face",)}, {"pauses": 1.2}, {"guide": "nowhere"}, {"guide": "body", "pauses": 3})
    for wrong in wrongs:
        with pytest.raises(AskedError):
            prepared(Asked(**wrong))

"""The record of a sitting: heard again sample for sample, read by others, never in the way."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsp import command
from dsp.native import Synth
from dsp.score import Note
from dsp.telemetry import Applied, Dropped
from engine.guide.music_state import Hand, Stage
from engine.guide.target import Usual
from engine.journal import export, figures, forgetting, imported, keeping, rows
from engine.journal.journal import Journal
from engine.journal.record import Figures, Rating, Record
from engine.journal.rendition import Rendition, doubts
from engine.journal.store import Store, UnknownSessionError
from engine.journal.transcript import Transcript
from sensors.beat import Measurement
from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener
from tests.engine.kept import RATE_HZ, head, journal, keep, played

ID = "20260101-120000-bcdf"


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> None:
    Synth()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A journal with one sitting in it, as its listener and its therapist left it."""
    folder = tmp_path_factory.mktemp("journal")
    moments = played(60.0).moments
    with journal(folder, head(ID), print) as kept:
        kept.rate(Hand.LISTENER, Rating("before", 3.0, -0.5, 0.7))
        for moment in moments:
            kept.moment(moment)
        kept.mark(30.0, Hand.THERAPIST, "a deep sigh")
        kept.note(Hand.THERAPIST, "said: like rain")
        kept.rate(Hand.THERAPIST, Rating("after", 7.5))
    with Store(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def record(store: Store) -> Record:
    return store.read(ID)


def sound_of(record: Record) -> np.ndarray:
    replay = Rendition.of(record)
    sound = np.concatenate(list(replay.portions()))
    assert replay.inexact == 0
    return sound


def test_a_sitting_is_heard_again_sample_for_sample(record: Record) -> None:
    assert np.array_equal(sound_of(record), played(60.0).sound)
    assert doubts(record.head) is None


def test_so_is_one_that_ended_in_a_panic_fade(tmp_path: Path) -> None:
    then = played(60.0, ends_at_s=25.3)
    keep(tmp_path, head(ID), then.moments)
    with Store(tmp_path) as store:
        assert np.array_equal(sound_of(store.read(ID)), then.sound)


@pytest.mark.parametrize("share", [0.2, 0.55, 0.9])
def test_a_sitting_that_breaks_off_is_true_up_to_where_it_is_known(tmp_path: Path, share: float) -> None:
    then = played(60.0)
    keep(tmp_path, head(ID), then.moments[: round(share * len(then.moments))])
    with Store(tmp_path) as store:
        record = store.read(ID)
    sound = sound_of(record)
    assert len(sound) == record.head.frames == pytest.approx(share * len(then.sound), abs=0.2 * RATE_HZ)
    assert np.array_equal(sound, then.sound[: len(sound)])


def test_commands_that_came_late_are_heard_late_again(record: Record) -> None:
    """As live, where a control side that was held up sends its commands after their time."""
    synth, sound, answers = Synth(RATE_HZ, 7), [], []
    commands = iter(record.commands)
    pushed = []
    rng = random.Random(3)
    while len(pushed) < len(record.commands):
        burst = [sent.command for _, sent in zip(range(rng.randint(1, 150)), commands, strict=False)]
        assert synth.push(burst) == len(burst)
        pushed += burst
        portion = np.empty((rng.randint(1, 40_000), 2), np.float32)
        synth.render(portion)
        sound.append(portion)
        answers += [news for news in synth.poll() if isinstance(news, Applied | Dropped)]
    then = np.concatenate(sound)
    by_sequence = {news.sequence: news.frame for news in answers}
    late = replace(
        record,
        head=replace(record.head, frames=len(then)),
        commands=tuple(
            replace(sent, frame=by_sequence[sent.sequence])
            for sent in record.commands
            if sent.sequence in by_sequence
        ),
    )
    assert any(sent.frame > sent.command.frame + RATE_HZ // 10 for sent in late.commands)
    assert np.array_equal(sound_of(late), then)


def test_everything_that_happened_is_kept(record: Record) -> None:
    moments = played(60.0).moments
    assert list(record.events) == [event for moment in moments for event in moment.events]
    assert list(record.beats) == [beat for moment in moments for beat in moment.beats]
    assert list(record.decisions) == [each for moment in moments for each in moment.music.decisions]
    assert list(record.intents) == [intent for moment in moments for intent in moment.intents]
    assert {intent.hand for intent in record.intents} == {Hand.LISTENER, Hand.THERAPIST}
    sent = [command for moment in moments for command in moment.commands]
    assert [each.command for each in record.commands] == sent[: len(record.commands)]
    assert len(record.commands) > 0.98 * len(sent)  # the last are for after the end
    assert [each.sequence for each in record.commands] == list(range(len(record.commands)))
    by_second = {moment.t_s: moment for moment in moments}
    for state in record.states:
        then = by_second[state.t_s]
        kept = replace(then.heart, words="", t_s=state.t_s, intervals=(), half_breaths=())
        assert replace(state.heart, simulated=True) == kept
        # Decisions are kept once, and what the composer was told is seen in what it wrote.
        told = {"rests": False, "full_by_hand": False, "tempo_by_hand": False, "register_st": 0.0}
        told["breath_meets"] = False
        assert state.music == replace(then.music, decisions=(), **told)
        assert (state.tempo_bpm, state.beat, state.late_periods) == (
            then.tempo_bpm, then.beat, then.late_periods,
        )  # fmt: skip
        if then.meter is not None and state.lufs_short_term is not None:
            levels = (then.meter.lufs_momentary, then.meter.lufs_short_term, then.meter.true_peak_dbtp)
            assert (state.lufs_momentary, state.lufs_short_term, state.true_peak_dbtp) == levels
    loud = [state for state in record.states if state.lufs_short_term is not None]
    assert sum(state.lufs_momentary != state.lufs_short_term for state in loud) > 30
    seconds = {int(state.t_s) for state in record.states}
    assert seconds == set(range(int(moments[-1].t_s) + 1))
    assert record.head.ending == "complete"
    assert record.markers[0].words == "a deep sigh"
    assert [rating.when for rating in record.ratings] == ["before", "after"]


def test_raw_notifications_are_kept_byte_for_byte(store: Store) -> None:
    kept = [row[2] for _, row in store.rows(1, "event") if row[1] == "measurement"]
    events = [event for moment in played(60.0).moments for event in moment.events]
    assert kept == [event.raw.hex() for event in events if isinstance(event, Measurement)]
    assert len(kept) > 30


def test_export_delete_import_gives_the_same_sitting(tmp_path: Path) -> None:
    keep(tmp_path, head(ID), played(60.0).moments)
    with Store(tmp_path) as store:
        before, text = store.read(ID), export.as_json(store, ID)
        forgetting.deleted(store, ID)
        with pytest.raises(UnknownSessionError):
            store.find(ID)
        assert imported.read_json(store, text) == before
        assert store.read(ID) == before
        assert export.as_json(store, ID) == text
        with pytest.raises(imported.SittingFileError, match="already"):
            imported.read_json(store, text)


def test_damaged_sittings_are_refused_and_nothing_is_kept(store: Store, tmp_path: Path) -> None:
    whole = json.loads(export.as_json(store, ID))
    rng = random.Random(1)
    with Store(tmp_path) as other:
        for text in ("", "[]", "{}", "null", '{"format": "calando sitting"}', '"' * 3):
            with pytest.raises(imported.SittingFileError):
                imported.read_json(other, text)
        for table, content in whole["tables"].items():
            if not content["rows"]:
                continue
            damaged = json.loads(json.dumps(whole))
            row = rng.choice(damaged["tables"][table]["rows"])
            row[rng.randrange(1, len(row))] = {"not": "a value"}
            with pytest.raises(imported.SittingFileError):
                imported.read_json(other, json.dumps(damaged))
        for column, value in (("seed", "x" * 9), ("ending", None), ("usual", "no JSON"), ("rate_hz", 2**70)):
            damaged = json.loads(json.dumps(whole))
            damaged["session"][column] = value
            with pytest.raises(imported.SittingFileError):
                imported.read_json(other, json.dumps(damaged))
        for column, value in (
            ("id", "last"), ("id", "../../20260101"), ("id", "20260101-\x1b[2J"), ("client", "a\nb"),
            ("rate_hz", 0), ("frames", -5), ("frames", 2**60),
        ):  # fmt: skip
            with pytest.raises(imported.SittingFileError, match=column if column != "client" else "code"):
                imported.read_json(other, json.dumps(whole | {"session": whole["session"] | {column: value}}))
        with pytest.raises(imported.SittingFileError, match="no JSON"):
            imported.read_json(other, "[" * 100_000)
        with pytest.raises(imported.SittingFileError, match="yesterday"):
            session = whole["session"] | {"began_at": "yesterday"}
            imported.read_json(other, json.dumps(whole | {"session": session}))
        newer = whole | {"version": 99}
        with pytest.raises(imported.SittingFileError, match="newer"):
            imported.read_json(other, json.dumps(newer))
        assert other.heads() == []


def test_csv_has_event_value_timestamp_in_order(record: Record) -> None:
    rows = list(csv.DictReader(io.StringIO(export.as_csv(record))))
    assert list(rows[0]) == ["event", "value", "timestamp"]
    times = [float(row["timestamp"]) for row in rows]
    assert times == sorted(times)
    beats = [float(row["value"]) for row in rows if row["event"] == "rr_ms"]
    assert beats == pytest.approx([beat.rr_ms for beat in record.beats if beat.rr_ms is not None], abs=1e-3)
    assert {"calm_before", "calm_after", "marker_therapist", "stage"} <= {row["event"] for row in rows}


def test_neurokit_reads_the_same_variability_from_the_rr_text(tmp_path: Path) -> None:
    import neurokit2  # takes a second, and every worker would wait for it

    from engine.guide.guide import Guide
    from engine.music.composer import Composer
    from engine.player import OfflineOutput
    from engine.session import Session
    from engine.watch import at_once
    from profiles.load import load
    from sensors.spec import open_sensor

    profile = load("relax")
    with journal(tmp_path, head(ID), print) as kept:
        Session(
            profile, open_sensor("sim:seed=2"), Guide(profile, duration_s=180.0), Composer(profile, 1),
            Synth(RATE_HZ, 1), OfflineOutput(RATE_HZ, "Rendering."), at_once(kept),
        ).run()  # fmt: skip
    with Store(tmp_path) as store:
        record = store.read(ID)
    rr_ms = np.array([float(line) for line in export.as_rr(record).splitlines()])
    theirs = neurokit2.hrv_time({"RRI": rr_ms, "RRI_Time": np.cumsum(rr_ms) / 1000.0}, sampling_rate=1000)
    monitor = HeartMonitor()
    for event in record.events:
        monitor.feed(event)
    monitor.finish()
    ours = monitor.whole()
    assert ours.marked == 0
    assert len(rr_ms) == ours.beats
    assert np.sqrt(ours.steps_ms2 / ours.pairs) == pytest.approx(theirs["HRV_RMSSD"][0], rel=1e-4)
    # What the sitting itself says rests on the same beats, a minute at a time.
    assert record.head.figures.rmssd_ms == pytest.approx(theirs["HRV_RMSSD"][0], rel=0.3)


def test_a_telemetry_report_that_was_lost_costs_one_frame_number(store: Store) -> None:
    moments = list(played(60.0).moments)
    at = next(k for k, m in enumerate(moments) if k > 100 and any(isinstance(n, Applied) for n in m.news))
    lost = next(news for news in moments[at].news if isinstance(news, Applied))
    moments[at] = replace(moments[at], news=[news for news in moments[at].news if news is not lost])
    transcript = Transcript(RATE_HZ)
    for moment in moments:
        transcript.take(moment)
    unknown = [n for n, row in enumerate(transcript.rows["command"]) if row[3] is None]
    assert unknown == [lost.sequence]
    assert len(transcript.rows["command"]) == len(store.rows(1, "command"))


def test_a_state_is_kept_every_second_and_at_every_change_of_stage() -> None:
    moments = played(60.0).moments[:100]
    stages = {k: Stage.STALL if 33 <= k < 58 else Stage.GUIDE for k in range(100)}
    transcript = Transcript(RATE_HZ)
    for k, moment in enumerate(moments):
        transcript.take(replace(moment, music=replace(moment.music, stage=stages[k])))
    times = [row[0] for row in transcript.rows["state"]]
    assert times == pytest.approx([0, 1, 2, 3, 3.3, 4, 5, 5.8, 6, 7, 8, 9])


def test_what_the_synth_dropped_is_kept_as_dropped_and_rendered_as_nothing() -> None:
    moment = played(60.0).moments[0]
    asked = [command.note(Note(0.0, 4.0, "piano", 60.0, 0.5)), command.alive()]
    transcript = Transcript(RATE_HZ)
    news = (Dropped(0, 64), Applied(1, 64, 0.0))
    transcript.take(replace(moment, commands=asked, news=news))
    first, second = (rows.command_of(n, row) for n, row in enumerate(transcript.rows["command"]))
    assert (first.dropped, first.frame, second.dropped, second.frame) == (True, 64, False, 64)
    nothing = replace(first, command=command.alive())
    sounds = [list(Rendition([each, second], 9600, RATE_HZ, 1).portions()) for each in (first, nothing)]
    assert np.array_equal(*sounds)


def test_who_is_listened_to_is_kept_as_it_changes(tmp_path: Path) -> None:
    class Found(SimulatedHeart):
        label = "searching"
        simulated = True

    sensor = Found(SimulatedListener())
    with Journal(tmp_path, head(ID, sensor_label="searching"), sensor, print) as kept:
        for k, moment in enumerate(played(60.0).moments[:60]):
            if k == 30:
                sensor.label, sensor.simulated = "H10", False
            kept.moment(moment)
    with Store(tmp_path) as store:
        found = store.find(ID)[1]
    assert (found.sensor_label, found.simulated) == ("H10", False)


def test_reassigning_is_one_step_and_is_written_down(tmp_path: Path) -> None:
    keep(tmp_path, head(ID), played(60.0).moments[:50])
    with Store(tmp_path) as store:
        keeping.reassigned(store, ID, Hand.THERAPIST, "other-1")
        record = store.read(ID)
        assert record.head.client == "other-1"
        assert "given to other-1, from client-7f" in record.changes[0].words
        with pytest.raises(keeping.KeepingError):
            keeping.reassigned(store, ID, Hand.THERAPIST, "two\nlines")
        with pytest.raises(keeping.KeepingError, match="already"):
            keeping.reassigned(store, ID, Hand.THERAPIST, "other-1")
        assert store.read(ID) == record


class TestUsual:
    def heads(self, rates: list[float | None], **also: object) -> list:
        return [head(f"x{k}", figures=Figures(rate, 12.0, 40.0), **also) for k, rate in enumerate(rates)]

    def test_one_strange_sitting_does_not_move_it(self) -> None:
        assert figures.usual(self.heads([60.0, 61.0, 140.0, 62.0, 60.5])).resting_bpm == 61.0

    def test_it_needs_three_sittings(self) -> None:
        assert figures.usual(self.heads([60.0, 62.0])) == Usual(sittings=2)

    def test_only_real_sittings_of_that_client_count(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store, store.transaction():
            for number, (client, simulated, sensor, rate) in enumerate(
                [("a", False, "ble", 60.0)] * 3
                + [("a", True, "sim", 90.0)] * 9
                + [("b", False, "ble", 90.0)] * 9
                + [(None, False, "ble", 70.0)] * 3
                + [(None, False, "replay:x.txt", 90.0)] * 9
            ):
                store.begin(
                    head(
                        f"id{number}", client=client, simulated=simulated, sensor=sensor, ending="complete",
                        figures=Figures(rate),
                    )
                )  # fmt: skip
        with Store(tmp_path) as store:
            assert figures.usual(store.at_rest("a", 20)).resting_bpm == 60.0
            assert figures.usual(store.at_rest(None, 20)).resting_bpm == 70.0
            assert figures.usual(store.at_rest("nobody", 20)).resting_bpm is None

    def test_the_resting_rate_is_that_of_the_calmest_two_minutes(self, record: Record) -> None:
        state = record.states[-1]
        rates = [70.0 if 300 <= t < 450 else 80.0 for t in range(600)]
        hearts = [replace(state.heart, hr_bpm=bpm, quality=1.0) for bpm in rates]
        states = [replace(state, t_s=float(t), heart=heart) for t, heart in enumerate(hearts)]
        assert figures.figures(states).resting_bpm == 70.0
        assert figures.figures(states[:60]).resting_bpm is None

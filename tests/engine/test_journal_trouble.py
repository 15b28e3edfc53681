"""Whatever happens to a sitting's record while it is played: the rest is kept, and what is wrong is told."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dsp import command
from dsp.native import Synth
from engine.guide.music_state import Decision, Hand, Intent
from engine.journal import ending, rows
from engine.journal.ending import close_interrupted, finish
from engine.journal.memory import Memory
from engine.journal.record import Rating
from engine.journal.rendition import Rendition
from engine.journal.running import Running
from engine.journal.store import FILE, Store
from engine.journal.transcript import Transcript
from engine.session import Moment
from sensors.beat import Measurement, TimedBeat
from tests.calando import calando, start
from tests.engine.kept import head, journal, keep, played

ID, OTHER = "20260101-120000-bcdf", "20260102-120000-bcdf"
NAN = float("nan")


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> None:
    Synth()


@pytest.fixture(autouse=True)
def rescues(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sittings are kept that cannot be kept where they should."""
    folder = tmp_path_factory.mktemp("rescues")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def sound(store: Store, name: str = ID) -> np.ndarray:
    return np.concatenate(list(Rendition.of(store.read(name)).portions()))


def place_of(told: Sequence[str]) -> Path:
    (line,) = [line for line in told if "kept in" in line]
    return Path(line.split()[5])


def change(moment: Moment, **what: Any) -> Moment:
    return replace(moment, **what)


BAD = {
    "an intent at no time": lambda m: change(m, intents=[Intent(NAN, Hand.LISTENER, "less")]),
    "an intent before all time": lambda m: change(m, intents=[Intent(-1e300, Hand.LISTENER, "less")]),
    "a decision at no time": lambda m: change(
        m, music=replace(m.music, decisions=(Decision(NAN, Hand.AUTO, "x", None, "x"),))
    ),
    "a decision of nobody": lambda m: change(
        m, music=replace(m.music, decisions=(Decision(1.0, "nobody", "x", None, "x"),))
    ),
    "something that is no event": lambda m: change(m, events=[object()]),
    "an event at no time": lambda m: change(m, events=[TimedBeat(NAN, 1.0, 800.0)]),
    "a beat at no time": lambda m: change(m, events=[TimedBeat(1.0, NAN, 800.0)]),
    "a strap's nonsense": lambda m: change(m, events=[Measurement(1.0, 10**30, (1,), None, None, b"")]),
    "a state that is no number": lambda m: change(
        m, music=replace(m.music, density=NAN), t_s=m.t_s, tempo_bpm=NAN
    ),
    "a moment at no time": lambda m: change(m, t_s=NAN),
    "a moment after all time": lambda m: change(m, t_s=1e300),
    "a moment that is none": lambda _: SimpleNamespace(asks=()),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_kept_costs_nothing_else(what: str, tmp_path: Path) -> None:
    moments = list(played(60.0).moments)
    keep(tmp_path / "without", head(ID), moments)
    at = next(k for k in range(200, 300) if moments[k].t_s % 1.0 == 0.0)
    quiet = replace(moments[at].music, decisions=())
    empty = replace(moments[at], commands=(), news=(), beats=(), events=(), intents=(), music=quiet)
    told: list[str] = []
    with journal(tmp_path / "with", head(ID), told.append) as kept:
        for moment in (*moments[:at], BAD[what](empty), *moments[at:]):
            kept.moment(moment)
    assert kept.trouble == ""
    assert len(told) == 1
    assert "cannot be kept" in told[0]
    with Store(tmp_path / "without") as store:
        without = store.read(ID)
    with Store(tmp_path / "with") as store:
        record = store.read(ID)
        assert store.faults == []
    assert record == replace(without, head=record.head)
    assert record.head.frames == without.head.frames
    assert record.head.ending == "complete"


def test_a_command_that_cannot_be_kept_leaves_its_place() -> None:
    moments = [replace(moment) for moment in played(60.0).moments[:100]]
    at = next(k for k in range(6, 100) if any(each.kind != command.ALIVE for each in moments[k].commands))
    *first, last = moments[at].commands
    assert last.kind != command.ALIVE
    moments[at] = replace(moments[at], commands=(*first, replace(last, a=NAN)))
    clean, broken = Transcript(48_000), Transcript(48_000)
    for moment, then in zip(moments, played(60.0).moments, strict=False):
        broken.take(moment)
        clean.take(then)
    assert len(broken.refused) == 1
    assert len(broken.rows["command"]) == len(clean.rows["command"])
    differing = [k for k, row in enumerate(clean.rows["command"]) if row != broken.rows["command"][k]]
    assert len(differing) == 1
    then, kept = clean.rows["command"][differing[0]], broken.rows["command"][differing[0]]
    assert then[2] + (then[3] or 0) == kept[2] + (kept[3] or 0)  # at the same frame
    assert kept[0] == command.ALIVE


def test_a_figure_that_is_no_number_is_left_out_of_its_row() -> None:
    moment = played(60.0).moments[10]
    transcript = Transcript(48_000)
    heart = replace(moment.heart, hr_bpm=NAN, rmssd_ms=float("inf"))
    wish = Intent(1.0, Hand.LISTENER, "density", NAN)
    transcript.take(replace(moment, heart=heart, intents=[wish]))
    assert transcript.refused == []
    state = rows.state_of(transcript.rows["state"][0], simulated=True)
    assert (state.heart.hr_bpm, state.heart.rmssd_ms) == (None, None)
    assert rows.intent_of(transcript.rows["intent"][0]) == replace(wish, value=None)


def test_words_that_are_no_letters_are_kept_as_far_as_they_go(tmp_path: Path) -> None:
    with journal(tmp_path, head(ID, sensor_label="a\udcffb"), print) as kept:
        for moment in played(60.0).moments[:30]:
            kept.moment(moment)
        kept.mark(1.0, Hand.LISTENER, "x\ud800y")
        kept.mark(NAN, Hand.LISTENER, "never")
        kept.note(Hand.LISTENER, "z\udfff")
        kept.rate(Hand.LISTENER, Rating("sometime", 3.0))  # pyright: ignore[reportArgumentType]
    with Store(tmp_path) as store:
        record = store.read(ID)
    assert [marker.words for marker in record.markers] == ["x?y"]
    assert [note.words for note in record.notes] == ["z?"]
    assert record.ratings == ()
    assert record.head.length_s == pytest.approx(2.9)


def test_a_fault_of_ours_that_passes_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reach, failures = Store.reach, iter([RuntimeError("boom"), ZeroDivisionError()])

    def failing(self: Store, *arguments: Any) -> None:
        if (failure := next(failures, None)) is not None:
            raise failure
        reach(self, *arguments)

    monkeypatch.setattr(Store, "reach", failing)
    told = keep(tmp_path, head(ID), played(60.0).moments)
    assert "RuntimeError: boom" in told[0]
    assert "nothing of this sitting is missing" in told[-1]
    with Store(tmp_path) as store:
        assert np.array_equal(sound(store), played(60.0).sound)


def test_one_that_stays_is_rescued_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reach = Store.reach

    def failing(self: Store, *arguments: Any) -> None:
        if self.folder == tmp_path:
            raise RuntimeError("boom")
        reach(self, *arguments)

    monkeypatch.setattr(Store, "reach", failing)
    told: list[str] = []
    with journal(tmp_path, head(ID), told.append) as kept:
        for moment in played(60.0).moments:
            kept.moment(moment)
    assert "boom" in kept.trouble
    assert kept.folder == place_of(told)
    with Store(kept.folder) as store:
        assert np.array_equal(sound(store), played(60.0).sound)


def test_the_death_of_the_writer_is_told_and_its_work_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments, take = played(60.0).moments, Transcript.take

    def deadly(self: Transcript, moment: Moment) -> None:
        if moment is moments[-1]:
            raise SystemExit
        take(self, moment)

    monkeypatch.setattr(Transcript, "take", deadly)
    told: list[str] = []
    with journal(tmp_path, head(ID), told.append) as kept:
        for moment in moments[:300]:
            kept.moment(moment)
        kept.moment(moments[-1])
        _wait(lambda: bool(kept.trouble))
        for moment in moments[300:-1]:
            kept.moment(moment)
        assert any("SystemExit" in line for line in told)  # told in the midst of the music
    assert "SystemExit" in kept.trouble
    with Store(tmp_path) as store:
        record = store.read(ID)
    assert record.head.ending == "complete"
    assert record.head.length_s == pytest.approx(moments[-2].t_s)


def test_an_exception_is_not_kept_as_complete(tmp_path: Path) -> None:
    def broken_off(folder: Path, failure: BaseException) -> None:
        with journal(folder, head(ID), print) as kept:
            for moment in played(60.0).moments[:50]:
                kept.moment(moment)
            raise failure

    for failure in (RuntimeError(), KeyboardInterrupt(), SystemExit()):
        folder = tmp_path / type(failure).__name__
        with pytest.raises(type(failure)):
            broken_off(folder, failure)
        with Store(folder) as store:
            assert store.find(ID)[1].ending == "interrupted"


def test_what_was_complete_meanwhile_stays_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sitting ends, and lets its lock go, between another's look at the list and at the lock."""
    with Store(tmp_path) as player, player.transaction():
        number = player.begin(head(ID, frames=48_000))

    class Late(Running):
        def __init__(self, folder: Path, session_id: str) -> None:
            with Store(folder) as player, player.transaction():
                finish(player, number, "complete", "2026-06-01T12:00:00+00:00", False)
            super().__init__(folder, session_id)

    monkeypatch.setattr(ending, "Running", Late)
    with Store(tmp_path) as store:
        assert close_interrupted(store) == []
        found = store.find(ID)[1]
    assert (found.ending, found.ended_at) == ("complete", "2026-06-01T12:00:00+00:00")


def test_a_lock_is_let_go_where_closing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(tmp_path) as store:
        with store.transaction():
            store.begin(head(ID))
        with monkeypatch.context() as patched, pytest.raises(RuntimeError):
            patched.setattr(Store, "end", lambda *_: (_ for _ in ()).throw(RuntimeError()))
            close_interrupted(store)
        Running(tmp_path, ID).let_go()
        assert [each.id for each in close_interrupted(store)] == [ID]


def test_a_disk_that_fills_in_mid_sitting_costs_nothing(small_disk: Path) -> None:
    moments = played(60.0).moments
    keep(small_disk, head(OTHER), moments[:50])
    told: list[str] = []
    with journal(small_disk, head(ID), told.append) as kept:
        for moment in moments[:260]:
            kept.moment(moment)
        _wait(lambda: _length_s(small_disk) > 25.0)
        with (small_disk / "filler").open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 1024) == 1024:
                    pass
            except OSError:
                pass
        for moment in moments[260:]:
            kept.moment(moment)
        _wait(lambda: "disk is full" in kept.trouble)
    assert "disk is full" in kept.trouble
    with Store(place_of(told)) as store:
        assert np.array_equal(sound(store), played(60.0).sound)
        assert store.find(ID)[1].ending == "complete"
    (small_disk / "filler").unlink()
    with Store(small_disk) as store:
        assert store.read(OTHER).head.ending == "complete"
        assert store.find(ID)[1].length_s > 25.0


@pytest.mark.parametrize("sealed", [False, True])
def test_a_journal_that_is_taken_away_is_kept_elsewhere(tmp_path: Path, sealed: bool) -> None:
    folder, moments = tmp_path / "data", played(60.0).moments
    if sealed:
        with Store(folder) as store:
            store.reseal("four old wooden words")
    told: list[str] = []
    with journal(folder, head(ID, client="zebra-client"), told.append) as kept:
        for moment in moments[:200]:
            kept.moment(moment)
        _wait(lambda: _length_s(folder) > 19.0)
        shutil.rmtree(folder)
        for moment in moments[200:]:
            kept.moment(moment)
        _wait(lambda: "taken away" in kept.trouble)
    assert "taken away" in kept.trouble
    assert not folder.exists()
    place = place_of(told)
    assert place.stat().st_mode & 0o777 == 0o700
    assert sealed != any(b"zebra" in file.read_bytes() for file in place.iterdir())
    with Store(place) as store:
        if sealed:
            store.unlock("four old wooden words")
        assert np.array_equal(sound(store), played(60.0).sound)
        assert store.read(ID).head.client == "zebra-client"


def test_a_journal_that_is_put_back_goes_on(tmp_path: Path) -> None:
    folder, moments = tmp_path / "data", played(60.0).moments
    told: list[str] = []
    with journal(folder, head(ID), told.append) as kept:
        for moment in moments[:200]:
            kept.moment(moment)
        _wait(lambda: _length_s(folder) > 19.0)
        folder.rename(tmp_path / "elsewhere")
        for moment in moments[200:400]:
            kept.moment(moment)
        _wait(lambda: "taken away" in kept.trouble)
        assert not folder.exists()
        (tmp_path / "elsewhere").rename(folder)
        for moment in moments[400:]:
            kept.moment(moment)
    assert kept.trouble == ""
    with Store(folder) as store:
        assert np.array_equal(sound(store), played(60.0).sound)


def test_a_journal_that_cannot_be_read_betrays_nothing_elsewhere(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, " * 500)
    told: list[str] = []
    with journal(tmp_path, head(ID, client="zebra-client"), told.append) as kept:
        for moment in played(60.0).moments:
            kept.moment(moment)
        kept.note(Hand.LISTENER, "zebra words")
    place = place_of(told)
    assert "without names" in told[-1]
    assert not any(b"zebra" in file.read_bytes() for file in place.iterdir())
    with Store(place) as store:
        assert np.array_equal(sound(store), played(60.0).sound)


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    told: list[str] = []
    with journal(tmp_path / "file", head(ID), told.append) as kept:
        kept.moment(played(60.0).moments[10])
    assert told[-1] == "This sitting is missing from the journal."
    assert kept.trouble


def test_a_listener_who_hears_nothing_more_ends_nothing(tmp_path: Path) -> None:
    def deaf(_sentence: str) -> None:
        raise BrokenPipeError

    (tmp_path / "file").touch()
    with journal(tmp_path / "file", head(ID), deaf) as kept:
        for moment in played(60.0).moments:
            kept.moment(moment)
        _wait(lambda: bool(kept.trouble))
        kept.moment(played(60.0).moments[-1])
    with Store(kept.folder) as store:
        assert store.find(ID)[1].ending == "complete"


def test_memory_gives_back_what_it_took() -> None:
    transcript, memory = Transcript(48_000), Memory()
    whole: dict[str, list[tuple[Any, ...]]] = {table: [] for table in transcript.rows}
    for moment in played(60.0).moments:
        transcript.take(moment)
        memory.take(transcript.rows)
        for table, new in transcript.rows.items():
            whole[table] += new
            new.clear()
    again: dict[str, list[tuple[Any, ...]]] = {table: [] for table in transcript.rows}
    for _ in range(2):  # looking changes nothing
        again = {table: [] for table in transcript.rows}
        for table, new in memory.rows():
            again[table] += new
    assert again == whole
    assert len(whole["command"]) > 100


def test_the_command_says_where_the_sitting_went_and_leaves_with_one(tmp_path: Path, rescues: Path) -> None:
    also = {"XDG_DATA_HOME": str(rescues), "TMPDIR": str(rescues)}
    play = start(
        "play", "--sensor", "sim", "--output", "null", "--json", "--data", "data", cwd=tmp_path, also=also
    )  # fmt: skip
    assert play.stdout is not None
    reached_s = 0.0
    for line in play.stdout:
        reached_s = json.loads(line)["t"]
        if reached_s >= 2.0 and (tmp_path / "data").exists():
            shutil.rmtree(tmp_path / "data")
        if reached_s >= 4.0:
            break
    for _ in range(2):
        play.send_signal(signal.SIGINT)
        time.sleep(0.2)
    _, said = play.communicate(timeout=120.0)
    assert play.returncode == 1
    assert not (tmp_path / "data").exists()
    with Store(place_of(said.splitlines())) as store:
        (kept,) = store.heads()
    assert kept.length_s >= reached_s
    sim = ("play", "--sensor", "sim", "--fast", "--duration", "10s", "--output", "null")
    done = calando(*sim, "--data", "/proc/calando", cwd=tmp_path, also=also)
    assert done.returncode == 1
    assert "kept in" in done.stderr
    done = calando(*sim, "--data", "data", cwd=tmp_path, also=also)
    assert done.returncode == 0


def _length_s(folder: Path) -> float:
    if not (folder / FILE).exists():
        return 0.0
    connection = sqlite3.connect(folder / FILE)
    try:
        found = connection.execute("SELECT frames FROM session ORDER BY number DESC LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        found = None  # so early that there is no table yet
    finally:
        connection.close()
    return 0.0 if found is None else found[0] / 48_000


def _wait(come: Any) -> None:
    for _ in range(200):
        if come():
            return
        time.sleep(0.05)
    pytest.fail("it did not come")

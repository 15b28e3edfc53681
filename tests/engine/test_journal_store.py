"""The journal's file: private, mendable, honest when it cannot be written, and empty of what was deleted."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dsp.native import Synth
from engine.guide.music_state import Hand
from engine.journal import forgetting, keeping, made, rescue, schema
from engine.journal.ending import close_interrupted
from engine.journal.record import Figures
from engine.journal.rendition import Rendition
from engine.journal.running import Running
from engine.journal.scrubbing import TRACES
from engine.journal.store import FILE, Store, UnknownSessionError
from engine.journal.trouble import JournalError, SealedError
from tests.calando import calando
from tests.engine.kept import head, journal, keep, played

ID, OTHER = "20260101-120000-bcdf", "20260102-120000-bcdf"


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> None:
    Synth()


def sound(store: Store, name: str = ID) -> np.ndarray:
    return np.concatenate(list(Rendition.of(store.read(name)).portions()))


def intact(folder: Path) -> bool:
    connection = sqlite3.connect(folder / FILE)
    answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return answer == "ok"


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with Store(folder) as store, store.transaction():
        store.begin(head(ID))
        assert folder.stat().st_mode & 0o777 == 0o700
        files = list(folder.iterdir())
        assert len(files) >= 2  # the log is there
        assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    for mode in (0o640, 0o604, 0o660, 0o644):
        (folder / FILE).chmod(mode)
        with Store(folder) as store, store.transaction():
            store.begin(head(f"{ID}{mode}"))
            assert all(file.stat().st_mode & 0o777 == 0o600 for file in folder.iterdir())
        assert (folder / FILE).stat().st_mode & 0o777 == 0o600


def test_what_lies_beside_an_open_journal_is_taken_from_others_too(tmp_path: Path) -> None:
    with Store(tmp_path) as store, store.transaction():
        store.begin(head(ID))
        for file in tmp_path.iterdir():
            file.chmod(0o644)
        with Store(tmp_path):
            assert len(list(tmp_path.iterdir())) == 3
            assert all(file.stat().st_mode & 0o777 == 0o600 for file in tmp_path.iterdir())


def columns_of(folder: Path, table: str) -> set[str]:
    connection = sqlite3.connect(folder / FILE)
    found = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    connection.close()
    return found


def test_an_older_journal_is_brought_forward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(tmp_path) as store, store.transaction():
        store.begin(head(ID))
    steps = (*schema.MIGRATIONS, "ALTER TABLE session ADD COLUMN mood REAL; CREATE TABLE later (x)")
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    with Store(tmp_path) as store:
        assert store.find(ID)[1].id == ID
        assert "mood" in columns_of(tmp_path, "session")
    broken = (*steps, "CREATE TABLE half (x); CREATE TABLE later (x)")
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(JournalError):
        Store(tmp_path)
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    with Store(tmp_path):
        assert not columns_of(tmp_path, "half")  # all of a step or nothing


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    keep(tmp_path, head(ID), played(60.0).moments[:30])
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / FILE).read_bytes()
    told = keep(tmp_path, head(OTHER), played(60.0).moments[:30])
    assert "newer Calando" in told[0]
    assert told[0].count("\n") == 0
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database, " * 500, b"\x00" * 9000])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(JournalError, match="damaged or no journal"):
        Store(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(JournalError, match="another program's file"):
        Store(tmp_path)


@pytest.fixture(autouse=True)
def _rescues(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sittings are kept whose journal cannot be written."""
    folder = str(tmp_path_factory.mktemp("rescues"))
    monkeypatch.setattr(tempfile, "tempdir", folder)
    monkeypatch.setenv("XDG_DATA_HOME", folder)


def test_nothing_of_a_sealed_journal_is_kept_open_elsewhere(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.reseal("four old wooden words")
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    told = keep(tmp_path, head(ID, client="zebra-client"), played(60.0).moments[:30])
    other.close()
    place = Path(told[-1].split()[5])
    assert b"zebra" not in b"".join(file.read_bytes() for file in place.iterdir())
    with Store(place) as store:
        with pytest.raises(SealedError):
            store.heads()
        store.unlock("four old wooden words")
        assert store.read(ID).head.client == "zebra-client"


def test_a_locked_or_newer_journal_costs_no_sitting(tmp_path: Path) -> None:
    for spoil in ("BEGIN EXCLUSIVE", "PRAGMA user_version = 99"):
        folder = tmp_path / spoil.split()[0]
        keep(folder, head(ID), played(60.0).moments[:10])
        other = sqlite3.connect(folder / FILE, isolation_level=None)
        other.execute(spoil)
        told = keep(folder, head(OTHER), played(60.0).moments)
        other.close()
        with Store(Path(told[-1].split()[5])) as store:
            assert np.array_equal(sound(store, OTHER), played(60.0).sound)


def test_a_folder_that_takes_no_files_is_named_and_the_music_plays_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (Path("/proc/calando"), tmp_path / "file"):
        told = keep(folder, head(ID), played(60.0).moments[:30])
        assert str(folder) in told[0]
        assert "--data" in told[0]
        (kept,) = [line for line in told[1:] if "kept in" in line]
        with Store(Path(kept.split()[5])) as store:
            assert store.find(ID)[1].length_s == pytest.approx(2.9)


def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(tmp_path)], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("the administrator may write everywhere, and may mount nothing here")
    else:
        tmp_path.chmod(0o500)
    try:
        told = keep(tmp_path / "data", head(ID), played(60.0).moments[:30])
        assert "cannot be opened" in told[0]
        assert "kept in" in told[1]
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_disk_that_fills_and_is_emptied_loses_nothing(small_disk: Path) -> None:
    moments = played(60.0).moments
    keep(small_disk, head(ID), moments[:50])
    filler = small_disk / "filler"
    told: list[str] = []
    with journal(small_disk, head(OTHER), told.append) as kept:
        for moment in moments[:100]:
            kept.moment(moment)
        time.sleep(1.2)
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 1024) == 1024:
                    pass
            except OSError:
                pass
        for moment in moments[100:400]:
            kept.moment(moment)
        time.sleep(1.5)
        kept.moment(moments[400])
        assert len(told) == 1
        assert "disk is full" in told[0]
        assert intact(small_disk)
        filler.unlink()
        for moment in moments[401:]:
            kept.moment(moment)
    assert "nothing of this sitting is missing" in told[-1]
    assert intact(small_disk)
    with Store(small_disk) as store:
        assert [each.id for each in store.heads()] == [OTHER, ID]
        assert np.array_equal(sound(store, OTHER), played(60.0).sound)


def test_a_disk_that_stays_full_keeps_what_was_written(small_disk: Path) -> None:
    moments = played(60.0).moments
    keep(small_disk, head(ID), moments[:100])
    (small_disk / "filler").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * 4096))
    told = keep(small_disk, head(OTHER), moments)
    assert "disk is full" in told[0]
    assert "kept in" in told[1]
    assert len(told) == 2
    with Store(Path(told[1].split()[5])) as store:
        assert np.array_equal(sound(store, OTHER), played(60.0).sound)
    (small_disk / "filler").unlink()
    assert intact(small_disk)
    with Store(small_disk) as store:
        assert store.read(ID).head.ending == "complete"


def test_a_locked_journal_is_waited_for(tmp_path: Path) -> None:
    moments = played(60.0).moments
    keep(tmp_path, head(ID), moments[:50])
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    told: list[str] = []
    with journal(tmp_path, head(OTHER), told.append) as kept:
        for moment in moments:
            kept.moment(moment)  # nothing that plays waits: the other program lets go only after all of them
        threading.Timer(1.2, other.execute, ["COMMIT"]).start()
    other.close()
    assert "locked by another program" in told[0]
    assert "nothing of this sitting is missing" in told[1]
    with Store(tmp_path) as store:
        assert np.array_equal(sound(store, OTHER), played(60.0).sound)


def test_a_clock_set_back_changes_no_order_and_no_length(tmp_path: Path) -> None:
    moments = played(60.0).moments[:100]
    keep(tmp_path, head(ID, began_at="2026-06-01T12:00:00+00:00"), moments)
    keep(tmp_path, head(OTHER, began_at="2026-06-01T11:00:00+00:00"), moments)
    with Store(tmp_path) as store:
        assert [each.id for each in store.heads()] == [OTHER, ID]
        assert store.find("last")[1].id == OTHER
        assert store.heads()[0].length_s == store.heads()[1].length_s == pytest.approx(9.9)


def test_what_was_deleted_is_nowhere_in_the_file(tmp_path: Path) -> None:
    moments = played(60.0).moments
    keep(tmp_path, head(ID), moments[:200])
    with journal(tmp_path, head(OTHER, client="zebra-client", goals="a secret goal"), print) as kept:
        for moment in moments:
            kept.moment(moment)
        kept.note(Hand.THERAPIST, "a word about Zanzibar")
    before = (tmp_path / FILE).stat().st_size
    with Store(tmp_path) as store:
        keeping.reassigned(store, OTHER, Hand.THERAPIST, "yak-client")
        forgetting.deleted(store, OTHER)
        content = b"".join(file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("shm"))
        for word in (b"zebra", b"yak-client", b"secret goal", b"Zanzibar", OTHER.encode()):
            assert word not in content
        assert store.read(ID).head.client == "client-7f"
    assert (tmp_path / FILE).stat().st_size < 0.8 * before
    assert intact(tmp_path)


def test_a_reader_that_holds_up_the_scrubbing_is_told(tmp_path: Path) -> None:
    keep(tmp_path, head(ID), played(60.0).moments[:50])
    reader = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM session").fetchall()
    with Store(tmp_path, busy_s=0.1) as store:
        with pytest.raises(JournalError, match=r"is deleted, but .* holds traces"):
            forgetting.deleted(store, ID)
        reader.close()
        assert store.scrubbing.resume()
    assert ID.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_deletion_that_is_held_up_is_finished_by_the_next_command(tmp_path: Path) -> None:
    data = tmp_path / "data"
    sim = ("--sensor", "sim", "--fast", "--duration", "10s", "--client", "zebra-1", "--data", str(data))
    assert calando("play", *sim, "--output", "file:one.flac", cwd=tmp_path).returncode == 0
    reader = sqlite3.connect(data / FILE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM session").fetchall()
    done = calando("sessions", "delete", "last", "--yes", "--data", str(data), cwd=tmp_path)
    assert done.returncode == 1
    assert "its sound file are deleted, but another program" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "one.flac").exists()
    held = calando("sessions", "list", "--data", str(data), cwd=tmp_path)
    assert held.stdout.startswith("No sitting")
    assert "wiped" not in held.stderr
    reader.close()
    again = calando("sessions", "delete", "last", "--yes", "--data", str(data), cwd=tmp_path)
    assert "wiped from the disk now" in again.stderr
    assert b"zebra" not in b"".join(file.read_bytes() for file in data.iterdir())
    assert [file.name for file in data.iterdir()] == [FILE]


def test_a_sound_file_that_cannot_be_removed_keeps_its_sitting_to_be_deleted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound_file = tmp_path / "one.flac"
    soundfile.write(sound_file, np.zeros((48_000, 2)), 48_000)
    with Store(tmp_path / "data") as store:
        with store.transaction():
            store.begin(head(ID, file=str(sound_file), frames=48_000, ending="complete"))
        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", _forbidden)
            with pytest.raises(JournalError, match=r"one\.flac cannot be removed .* delete again"):
                forgetting.deleted(store, ID)
        assert store.find(ID)[1].file == str(sound_file)
        forgetting.deleted(store, ID)
        assert store.heads() == []
    assert not sound_file.exists()


def _forbidden(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_no_link_and_no_pipe_is_taken_for_a_sittings_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "theirs.flac", np.zeros((48_000, 2)), 48_000)
    (tmp_path / "link.flac").symlink_to("theirs.flac")
    os.mkfifo(tmp_path / "pipe.flac")
    for name in ("link.flac", "pipe.flac", "folder\x00.flac", f"{'n' * 300}.flac"):
        assert made.own_file(head(ID, file=str(tmp_path / name), frames=48_000)) is None
    theirs = head(ID, file=str(tmp_path / "theirs.flac"), frames=48_000)
    assert made.own_file(theirs) == tmp_path / "theirs.flac"
    assert made.own_file(replace(theirs, frames=96_001)) is None
    assert made.own_file(replace(theirs, rate_hz=44_100)) is None


def test_a_sitting_whose_player_died_can_be_deleted_and_one_that_plays_cannot(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction():
            store.begin(head(ID))
        lock = Running(tmp_path, ID)
        with pytest.raises(keeping.KeepingError, match="being played"):
            forgetting.deleted(store, ID)
        lock.let_go()
        forgetting.deleted(store, ID)
        assert store.heads() == []
    assert not list(tmp_path.glob("*.running"))


READING = (("list",), ("show", "last"), ("report", "last", "-o", "r.html"), ("export", "last"))


def test_a_journal_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    keep(folder, head(ID), played(60.0).moments[:200])
    mount = ["mount", "--bind", str(folder), str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        for words in READING:
            done = calando("sessions", *words, "--data", str(folder), cwd=tmp_path)
            assert done.returncode == 0
            # A report that the journal cannot remember is one that deleting will not remove: that is said.
            assert ("will not remove r.html" in done.stderr) if "report" in words else done.stderr == ""
        done = calando("sessions", "note", "last", "x", "--data", str(folder), cwd=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "may not be written" in done.stderr
        with pytest.raises(JournalError):
            Store(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_journal_that_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(JournalError, match="is no file"):
        Store(tmp_path)
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    with pytest.raises(JournalError, match="is no file"):
        Store(tmp_path, reading=True)


def test_a_sound_file_goes_with_its_sitting_and_no_other_file_does(tmp_path: Path) -> None:
    data = tmp_path / "data"
    arguments = ("--sensor", "sim", "--fast", "--duration", "10s", "--data", str(data))
    for name in ("one.flac", "two.wav"):
        assert calando("play", *arguments, "--output", f"file:{name}", cwd=tmp_path).returncode == 0
    (tmp_path / "two.wav").write_bytes(b"something else by now")
    for _ in range(2):
        done = calando("sessions", "delete", "last", "--yes", "--data", str(data), cwd=tmp_path)
        assert done.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "two.wav"]


def test_an_interrupted_sitting_is_closed_once_its_process_is_gone(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction():
            store.begin(head(ID, frames=480_000, began_at="2026-06-01T12:00:00+00:00"))
            store.begin(head(OTHER))
        lock = Running(tmp_path, OTHER)
        (broken,) = close_interrupted(store)
        closed = store.find(broken.id)[1]
        assert (closed.id, closed.ending, closed.ended_at) == (ID, "interrupted", "2026-06-01T12:00:10+00:00")
        with pytest.raises(keeping.KeepingError):
            forgetting.deleted(store, OTHER)
        lock.let_go()
        assert [each.id for each in close_interrupted(store)] == [OTHER]
        assert close_interrupted(store) == []


def test_a_long_shelf_is_listed_without_reading_it_all(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction():
            for number in range(2_000):
                store.begin(
                    head(f"20260101-{number:06}-bcdf", client=f"c{number % 100}", figures=Figures(60.0))
                )
        steps = 0

        def counted() -> int:
            nonlocal steps
            steps += 1
            return 0

        store._connection.set_progress_handler(counted, 100)  # pyright: ignore[reportPrivateUsage]
        assert len(store.heads(last=20)) == len(store.heads(client="c7", last=20)) == 20
        assert store.find("20260101-001999")[1].client == "c99"
        assert len(store.at_rest("c7", 20)) == 0  # all of them simulated
    assert steps < 40, "a hundred instructions of SQLite's machine each"


def test_a_name_is_no_pattern_and_its_beginning_is_enough(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction():
            store.begin(head(ID, consent=False, simulated=False))
        for name in ("%", "_", 20 * "_", f"{ID[:-1]}_", "2026%", "", "\\"):
            with pytest.raises(UnknownSessionError):
                store.find(name)
        assert store.find(ID[:10])[1].id == ID
        found = store.find(ID)[1]
        assert (found.consent, found.simulated) == (False, False)


def test_rows_are_counted_on_without_a_hole(tmp_path: Path) -> None:
    """A command's number is its sequence, whatever commits it came in."""
    note = ("2026-06-01T12:00:00+00:00", "listener", "x")
    with Store(tmp_path) as store:
        for count in (1, 2, 1):
            with store.transaction():
                if count == 1 and not store.has(ID):
                    store.begin(head(ID))
                store.add(1, "note", [note] * count)
        assert [n for n, _ in store.rows(1, "note")] == [0, 1, 2, 3]


def test_what_is_written_over_leaves_nothing_behind(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction():
            number = store.begin(head(ID, goals="a secret that zebras keep"))
        with store.transaction():
            store.amend(number, "goals", "x")
        with store.transaction():
            other = store.begin(head(OTHER, goals="another that zebras keep"))
        with store.transaction():
            store.delete(other)  # and is killed before it can scrub
    assert b"zebra" not in (tmp_path / FILE).read_bytes()


def test_whether_a_journal_is_sealed_is_known_without_its_log_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path).close()
    look = rescue._lock_in  # pyright: ignore[reportPrivateUsage]

    def held(path: Path, way: str) -> object:
        if way == "mode=ro":
            raise sqlite3.OperationalError
        return look(path, way)

    monkeypatch.setattr(rescue, "_lock_in", held)
    assert rescue.lock_of(tmp_path) is None
    (tmp_path / TRACES).touch()
    with pytest.raises(rescue.UnknownLockError):
        rescue.lock_of(tmp_path)
    with Store(tmp_path) as store:
        store.reseal("four old wooden words")
        lock = store.lock
    assert rescue.lock_of(tmp_path) == lock
    assert rescue.lock_of(tmp_path / "none") is None


def test_the_last_of_no_sittings_is_told_apart(tmp_path: Path) -> None:
    with Store(tmp_path) as store, pytest.raises(UnknownSessionError, match="No sitting has been kept yet"):
        store.find("last")

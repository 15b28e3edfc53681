"""What was made from a sitting goes with it; one, a client's, the old or all are forgotten, and no more."""

from __future__ import annotations

import json
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.guide.music_state import Hand
from engine.journal import forgetting, keeping
from engine.journal.code import name_like
from engine.journal.ending import close_interrupted
from engine.journal.made import of_sitting, remember
from engine.journal.record import Figures
from engine.journal.store import FILE, Store
from engine.journal.trouble import SealedError
from engine.sitting.asked import Asked, prepared
from tests.calando import calando, start
from tests.engine.kept import head, journal, keep, played
from tests.engine.test_keeping import until_known

ID, OTHER = "20260101-120000-bcdf", "20260102-120000-bcdg"
PASSPHRASE = "nine green bottles hum"


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob(f"{FILE}*"))


@pytest.mark.parametrize("made", [False, True])
def test_what_was_made_is_known_and_goes_when_asked(tmp_path: Path, made: bool) -> None:
    keep(tmp_path, head(ID), played(60.0).moments)
    page, changed, gone = (tmp_path / name for name in ("page.html", "changed.png", "gone.mid"))
    for file in (page, changed, gone):
        file.write_text(f"from the sitting: {file.name}")
    with Store(tmp_path) as store:
        for file, kind in ((page, "report"), (changed, "picture"), (gone, "export"), (page, "report")):
            remember(store, ID, kind, file)
        changed.write_text("something that somebody painted")
        gone.unlink()
        going = forgetting.doomed(store, ID)
        assert (going.file, going.made, going.spared) == (None, (page,), (changed,))
        forgetting.deleted(store, ID, made=made)
        assert not store.has(ID)
    assert page.exists() is not made
    assert changed.read_text() == "something that somebody painted"
    assert b"page.html" not in bytes_of(tmp_path)


def test_a_file_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    """Another sitting of the same length was played into the same file: by its length alone it would go."""
    keep(tmp_path, head(ID, file=str(tmp_path / "piece.flac")), played(60.0).moments)
    piece = tmp_path / "piece.flac"
    piece.write_bytes(b"first")
    with Store(tmp_path) as store:
        remember(store, ID, "sound", piece)
        assert forgetting.doomed(store, ID).file == piece
        piece.write_bytes(b"second")
        going = forgetting.doomed(store, ID)
        assert (going.file, going.made, going.spared) == (None, (), (piece,))
        piece.unlink()
        (tmp_path / "elsewhere").write_bytes(b"first")
        piece.symlink_to(tmp_path / "elsewhere")
        assert forgetting.doomed(store, ID).file is None


def test_of_a_sealed_journal_it_is_remembered_without_the_passphrase_and_read_with_it(tmp_path: Path) -> None:
    keep(tmp_path, head(ID), played(60.0).moments)
    page = tmp_path / "Xylophon.html"
    page.write_text("a report")
    with Store(tmp_path) as store:
        remember(store, ID, "report", page)
        store.reseal(PASSPHRASE)
    other = tmp_path / "Xylophon.png"
    other.write_text("a picture")
    with Store(tmp_path) as store:
        remember(store, ID, "picture", other)
        assert b"Xylophon" not in bytes_of(tmp_path)
        with pytest.raises(SealedError):
            forgetting.doomed(store, ID)
        store.unlock(PASSPHRASE)
        assert [Path(made.path) for made in of_sitting(store, 1)] == [page, other]
        store.reseal(None)
        forgetting.deleted(store, ID, made=True)
    assert not page.exists()
    assert not other.exists()


SITTING = ("play", "--sensor", "sim", "--fast", "--duration", "15s", "--output", "null")


def ok(*words: str, cwd: Path, answers: str = "", also: dict[str, str] | None = None) -> str:
    done = calando(*words, "--data", "data", cwd=cwd, answers=answers, also=also)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ids(folder: Path) -> list[str]:
    with Store(folder) as store:
        return [session_id for _, session_id, _ in store.numbers()]


@pytest.mark.parametrize("how", [("--no-record",), ("--no-consent",)])
def test_of_a_sitting_that_shall_not_be_kept_nothing_is_on_the_disk(
    tmp_path: Path, how: tuple[str, ...]
) -> None:
    said = ok(*SITTING, *how, "--client", "k-12", "--goal", "Xylophon", "--rate", cwd=tmp_path)
    assert "othing of this sitting is kept." in said
    assert "Nothing was kept of it." in said
    assert "What you may do now" not in said
    assert list(tmp_path.rglob("*")) == []
    feed = ok(*SITTING, *how, "--json", cwd=tmp_path)
    assert json.loads(feed.splitlines()[-1])["id"] is None


def test_consent_that_is_taken_back_wipes_the_sitting_and_what_was_made(tmp_path: Path) -> None:
    ok(*SITTING, "--consent", "--goal", "Xylophon", cwd=tmp_path)
    ok("sessions", "report", "last", "-o", "page.html", cwd=tmp_path)
    assert b"Xylophon" in bytes_of(tmp_path / "data")
    said = ok("sessions", "consent", "last", "no", cwd=tmp_path)
    assert "page.html" in said
    assert not (tmp_path / "page.html").exists()
    assert b"Xylophon" not in bytes_of(tmp_path / "data")
    assert ids(tmp_path / "data") == []


def test_consent_that_is_refused_while_it_is_played_wipes_it_at_its_end(tmp_path: Path) -> None:
    moments = played(60.0).moments
    told: list[str] = []
    with journal(tmp_path, head(ID, goals="Xylophon"), told.append) as kept:
        for moment in moments[:200]:
            kept.moment(moment)
        with Store(tmp_path) as store:
            until_known(store)
            keeping.consented(store, ID, Hand.LISTENER, False)
        for moment in moments[200:]:
            kept.moment(moment)
    assert kept.forgotten
    assert not kept.trouble
    assert any("does not agree" in sentence for sentence in told)
    assert ids(tmp_path) == []
    assert b"Xylophon" not in bytes_of(tmp_path)


def test_what_was_made_meanwhile_goes_with_a_record_that_is_refused(tmp_path: Path) -> None:
    sitting = start(
        "play", "--sensor", "sim", "--duration", "60s", "--output", "file:piece.flac", "--picture", "it.png",
        "--data", "data", "--seed", "1", cwd=tmp_path,
    )  # fmt: skip
    try:
        until = time.monotonic() + 120.0
        while not (tmp_path / "data" / FILE).exists() or not ids(tmp_path / "data"):
            assert time.monotonic() < until
            time.sleep(0.1)
        ok("sessions", "consent", "last", "no", cwd=tmp_path)
        sitting.send_signal(signal.SIGINT)
        out, err = sitting.communicate(timeout=300.0)
    finally:
        sitting.kill()
    assert "piece.flac is removed" in err
    assert "piece.flac" not in out
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    assert ids(tmp_path / "data") == []


def test_a_sitting_without_consent_that_broke_off_is_wiped_by_the_next(tmp_path: Path) -> None:
    with Store(tmp_path) as store, store.transaction():
        store.begin(head(ID, consent=False, goals="Xylophon"))
    with Store(tmp_path) as store:
        assert close_interrupted(store) == []
        assert store.scrubbing.resume()
    assert ids(tmp_path) == []
    assert b"Xylophon" not in bytes_of(tmp_path)


def test_delete_names_what_was_made_and_asks(tmp_path: Path) -> None:
    ok(*SITTING[:-1], "file:played.flac", cwd=tmp_path)
    made = {
        "page.html": ("sessions", "report", "last", "-o", "page.html"),
        "rows.csv": ("sessions", "export", "last", "-o", "rows.csv"),
        "again.flac": ("render", "last", "-o", "again.flac"),
        "home.ogg": ("render", "last", "--take-home", "60s", "-o", "home.ogg"),
    }
    for words in made.values():
        ok(*words, cwd=tmp_path)
    refused = calando("sessions", "delete", "last", "--data", "data", cwd=tmp_path, answers="n\n")
    assert refused.returncode == 1
    said = ok("sessions", "delete", "last", cwd=tmp_path, answers="y\ny\n")
    for name in ("played.flac", *made):
        assert name in said
        assert not (tmp_path / name).exists()


def test_without_being_asked_what_was_made_stays_and_is_named(tmp_path: Path) -> None:
    ok(*SITTING, "--picture", "it.png", cwd=tmp_path)
    said = ok("sessions", "delete", "last", "--yes", cwd=tmp_path)
    assert "Left where it is" in said
    assert "it.png" in said
    assert (tmp_path / "it.png").exists()
    ok(*SITTING, "--picture", "two.png", cwd=tmp_path)
    ok("sessions", "delete", "last", "--yes", "--made", cwd=tmp_path)
    assert not (tmp_path / "two.png").exists()


def shelf(folder: Path, sealed: bool) -> None:
    """Two sittings of k-1, one of k-2 and an old one of nobody's code; of k-1 one is kept without the key."""
    days = {"a": ("k-1", 2), "b": ("k-2", 3), "c": (None, 400), "d": ("k-1", 1)}
    for letter, (client, ago) in days.items():
        if letter == "d" and sealed:
            with Store(folder) as store:
                store.reseal(PASSPHRASE)
        began = (datetime.now().astimezone() - timedelta(days=ago)).isoformat(timespec="seconds")
        given = head(f"2026010{ago % 9}-120000-bcd{letter}", client=client, began_at=began)
        with Store(folder) as store, store.transaction():
            number = store.begin(given)
            store.end(number, "complete", began, Figures())


@pytest.mark.parametrize("sealed", [False, True])
def test_a_client_the_old_ones_or_all_are_deleted(tmp_path: Path, sealed: bool) -> None:
    data = tmp_path / "data"
    shelf(data, sealed)
    also = {"CALANDO_PASSPHRASE": PASSPHRASE} if sealed else None
    assert "2 sittings" in ok("sessions", "delete", "--client", "k-1", "--yes", cwd=tmp_path, also=also)
    assert len(ids(data)) == 2
    assert "bcdc" in ok("sessions", "expire", "--keep", "90d", "--yes", cwd=tmp_path, also=also)
    assert [name[-1] for name in ids(data)] == ["b"]
    ok("sessions", "delete", "--all", "--yes", cwd=tmp_path, also=also)
    assert ids(data) == []
    for wrong in ((), ("last", "--all"), ("--client", "k-1", "--all"), ("--client", "nobody")):
        done = calando("sessions", "delete", *wrong, "--data", "data", "--yes", cwd=tmp_path, also=also)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("keep", ["", "90", "0d", "-1d", "soon"])
def test_an_age_that_is_none_deletes_nothing(tmp_path: Path, keep: str) -> None:
    shelf(tmp_path / "data", sealed=False)
    done = calando("sessions", "expire", "--keep", keep, "--yes", "--data", "data", cwd=tmp_path)
    assert done.returncode == 2
    assert len(ids(tmp_path / "data")) == 4


@pytest.mark.parametrize("sealed", [False, True])
def test_a_sitting_removes_what_has_expired_and_says_so(tmp_path: Path, sealed: bool) -> None:
    shelf(tmp_path / "data", sealed)
    page = tmp_path / "old.html"
    page.write_text("a report")
    with Store(tmp_path / "data") as store:
        remember(store, "20260104-120000-bcdc", "report", page)
    keep = {"CALANDO_KEEP": "90d"}
    if sealed:
        shut = calando(*SITTING, "--data", "data", cwd=tmp_path, also=keep)
        assert "is sealed" in shut.stderr
        assert page.exists()
        keep["CALANDO_PASSPHRASE"] = PASSPHRASE
    done = calando(*SITTING, "--data", "data", cwd=tmp_path, also=keep)
    assert "Removed, as older than 90d: 1 sitting and 1 file" in done.stderr
    assert done.returncode == 0
    assert not page.exists()
    assert "20260104-120000-bcdc" not in ids(tmp_path / "data")


@pytest.mark.parametrize(
    ("code", "why"),
    [("Anna", "capital"), ("Jean-Luc", "capital"), ("anna schmidt", "words"), ("Schmidt, Anna", "words"),
     ("anna@example.org", "e-mail"), ("王芳", "capital"), ("k-12", ""), ("A7", ""), ("anna", ""), ("X", ""),
     ("group 3", ""), ("2024-001", "")],
)  # fmt: skip
def test_a_code_that_looks_like_a_name_is_told_with_the_reason(code: str, why: str) -> None:
    told = name_like(code)
    assert (why in told) if why else told == ""
    assert (told in prepared(Asked(sensor="sim", client=code)).said) is bool(why)

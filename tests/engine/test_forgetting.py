"""What was made from a sitting goes with it; one, a client's, the old or all are forgotten, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.journal import forgetting
from engine.journal.made import of_sitting, remember
from engine.journal.store import FILE, Store
from engine.journal.trouble import SealedError
from tests.engine.kept import head, keep, played

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

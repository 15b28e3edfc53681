"""The pages that a listener writes on, in the journal: replaced as they grow, sealed, exported, forgotten."""

from __future__ import annotations

import json
from pathlib import Path

from engine.journal.export import as_csv, as_json
from engine.journal.forgetting import deleted
from engine.journal.imported import read_json
from engine.journal.record import Page
from engine.journal.report import page as report
from engine.journal.store import Store
from tests.engine.kept import head, keep, played

ID = "20260101-120000-bcdf"
AT = "2026-01-01T12:00:00+00:00"
FIRST, SECOND = "1f2e3d4c-00000001", "1f2e3d4c-00000002"


def write(folder: Path, page: Page) -> None:
    with Store(folder) as store:
        number, _ = store.named(ID)
        with store.transaction():
            store.leaves.write(number, page)


def content(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


def test_a_leaf_is_replaced_and_another_is_kept_beside_it(tmp_path: Path) -> None:
    keep(tmp_path, head(ID), played(60.0).moments[:50])
    write(tmp_path, Page(AT, FIRST, "rain", False, False))
    write(tmp_path, Page(AT, SECOND, "wind", True, False))
    write(tmp_path, Page(AT, FIRST, "rain on a roof", False, True))
    with Store(tmp_path) as store:
        pages = store.read(ID).pages
        assert pages == (
            Page(AT, FIRST, "rain on a roof", False, True), Page(AT, SECOND, "wind", True, False)
        )  # fmt: skip


def test_it_is_sealed_without_the_passphrase_and_read_with_it(tmp_path: Path) -> None:
    keep(tmp_path, head(ID), played(60.0).moments[:50])
    with Store(tmp_path) as store:
        store.reseal("four old wooden words")
    write(tmp_path, Page(AT, FIRST, "Xylo-rain", False, True))
    write(tmp_path, Page(AT, FIRST, "Xylo-wind", False, True))
    assert b"Xylo" not in content(tmp_path)
    with Store(tmp_path) as store:
        store.unlock("four old wooden words")
        assert store.read(ID).pages == (Page(AT, FIRST, "Xylo-wind", False, True),)


def test_what_is_not_shared_is_in_the_owners_export_alone_and_all_of_it_is_forgotten(tmp_path: Path) -> None:
    keep(tmp_path, head(ID), played(60.0).moments[:50])
    write(tmp_path, Page(AT, FIRST, "Xylo-rain", False, False))
    write(tmp_path, Page(AT, SECOND, "Yarrow-wind", True, False))
    with Store(tmp_path) as store:
        record = store.read(ID)
        whole, shared = as_json(store, ID), as_json(store, ID, shared=True)
    for told in (shared, as_csv(record), report(record)):
        assert "Yarrow-wind" in told
        assert "Xylo-rain" not in told
    with Store(tmp_path / "other") as store:
        assert read_json(store, whole).pages == record.pages
    older = json.loads(whole)
    del older["tables"]["page"]
    older["version"] = 10
    with Store(tmp_path / "older") as store:
        assert read_json(store, json.dumps(older)).pages == ()
    with Store(tmp_path) as store:
        deleted(store, ID, made=True)
    assert b"Xylo" not in content(tmp_path)
    assert b"Yarrow" not in content(tmp_path)

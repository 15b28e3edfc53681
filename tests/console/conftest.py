"""For the console's tests: one console beside a runtime folder that all of a file's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.served import Console, Script, served
from tests.roomed import runtime_of_its_own


@pytest.fixture(scope="module", autouse=True)
def _runtime() -> Iterator[None]:
    with runtime_of_its_own() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the journal that console and sittings share."""
    return tmp_path_factory.mktemp("console") / "data"


@pytest.fixture(scope="module")
def console(data: Path) -> Iterator[Console]:
    with served(data) as running:
        yield running


@pytest.fixture(scope="module")
def therapist(console: Console) -> Script:
    return console.script()

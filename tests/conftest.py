"""Nothing a test plays is kept in the journal of whoever runs the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = os.environ.get("CALANDO_DATA")
    os.environ["CALANDO_DATA"] = str(tmp_path_factory.mktemp("data"))
    yield
    if before is None:
        del os.environ["CALANDO_DATA"]
    else:
        os.environ["CALANDO_DATA"] = before

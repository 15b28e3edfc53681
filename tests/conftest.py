"""For every test: nothing played is kept in the journal of whoever runs them; the same examples always."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# One commit passes or fails alike everywhere; new examples come with `--hypothesis-profile=search`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = os.environ.get("CALANDO_DATA")
    os.environ["CALANDO_DATA"] = str(tmp_path_factory.mktemp("data"))
    yield
    if before is None:
        del os.environ["CALANDO_DATA"]
    else:
        os.environ["CALANDO_DATA"] = before

"""For every test: folders other than those of whoever runs them; the same examples always."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

# One commit passes or fails alike everywhere; new examples come with `--hypothesis-profile=search`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("CALANDO_DATA", "XDG_CONFIG_HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp(variable)))
        yield

"""For every test: folders other than those of whoever runs them; the same examples always; no way outside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from dsp.kept import alone
from tests.idle_worker import IdleWorker, watched
from tests.outside import sitecustomize as outside

# One commit passes or fails alike everywhere; new examples come with `--hypothesis-profile=search`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Two processes that compile librosa's functions into one folder at once leave one there that crashes.

    Every process that is started from here on has no way outside either.
    """
    blocked = str(Path(outside.__file__).parent)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if blocked not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([blocked, *filter(None, paths)])
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    if config.cache is not None:
        os.environ.setdefault("NUMBA_CACHE_DIR", str(config.cache.mkdir(f"numba-{worker}")))


FIRST = ("test_architecture.py", "dsp/test_parts.py", "sensors/", "profiles/")
"""What is long, and what needs no machine code: one worker compiles it meanwhile, and no other waits."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """FIRST things first."""
    tests = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        file = item.path.relative_to(tests).as_posix()
        return next((at for at, name in enumerate(FIRST) if file.startswith(name)), len(FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("CALANDO_DATA", "XDG_CONFIG_HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp(variable)))
        yield


@pytest.fixture(autouse=True)
def _inside() -> Iterator[None]:
    """A test that would have reached the outside fails, whoever caught the refusal."""
    yield
    tried = [*outside.refused]
    outside.refused.clear()
    assert not tried


LISTENING = """
import librosa, numpy
sound = numpy.random.default_rng(1).standard_normal(48_000).astype(numpy.float32)
power = numpy.abs(librosa.stft(librosa.resample(sound, orig_sr=48_000, target_sr=24_000))) ** 2
librosa.feature.spectral_centroid(S=power, sr=24_000)
strength = librosa.onset.onset_strength(S=librosa.power_to_db(power), sr=24_000)
librosa.util.peak_pick(strength, pre_max=3, post_max=3, pre_avg=3, post_avg=5, delta=0.5, wait=10)
"""


@pytest.fixture(scope="session")
def ears(request: pytest.FixtureRequest) -> None:
    """What librosa's functions are compiled to, 20 s of work: made by one worker, copied by the others."""
    if request.config.cache is None:
        return
    folder = request.config.cache.mkdir("numba-librosa")
    with alone(folder):
        if not (folder / "whole").exists():
            # They are listened with for seconds, so that to optimise them takes longer than it spares.
            given = os.environ | {"NUMBA_CACHE_DIR": str(folder), "NUMBA_OPT": "0"}
            subprocess.run([sys.executable, "-c", LISTENING], env=given, check=True)
            (folder / "whole").touch()
    shutil.copytree(folder, os.environ["NUMBA_CACHE_DIR"], dirs_exist_ok=True)


WORKER = pytest.StashKey[IdleWorker]()


@pytest.fixture(scope="session")
def idle_worker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IdleWorker]:
    """Who tells how busy the machine is, beside every live test."""
    with watched(tmp_path_factory.mktemp("idle_worker")) as worker:
        request.config.stash[WORKER] = worker
        yield worker


@pytest.fixture(autouse=True)
def _watched(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("live"):
        request.getfixturevalue("idle_worker")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A live test that fails says whether the machine was too busy."""
    report = yield
    worker = item.config.stash.get(WORKER, None)
    if report.failed and worker is not None and item.get_closest_marker("live") and worker.words:
        report.sections.append(("how busy the machine was", worker.words))
    return report

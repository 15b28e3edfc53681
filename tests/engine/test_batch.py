"""Many sittings rendered at once, on processes and on a real Dask cluster; what is wrong stops no other."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import click
import distributed
import pytest

from engine.cli.batch import read_batch
from engine.workers import AHEAD, ClusterError, WorkerDiedError, spread
from tests.calando import calando

SIM = ("--sensor", "sim", "--fast", "--duration", "30s")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sittings, each with the sound it played."""
    folder = tmp_path_factory.mktemp("batch")
    for name in ("one", "two"):
        arguments = ("--output", f"file:{name}.wav", "--data", "data")
        assert calando("play", *SIM, *arguments, cwd=folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def ids(folder: Path) -> list[str]:
    listed = calando("sessions", "list", "--each", "--data", "data", cwd=folder).stdout.splitlines()[1:]
    return [line.split()[0] for line in reversed(listed)]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def halved(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd.")
    return number // 2


def gone(number: int) -> int:
    if number == 1:
        os._exit(3)
    return number


def test_what_fails_stops_no_other() -> None:
    drawn: list[int] = []

    def pieces() -> Iterator[tuple[int]]:
        for number in range(12):
            drawn.append(number)
            yield (number,)

    working = spread(halved, pieces(), workers=2)
    first = next(working)
    assert len(drawn) <= AHEAD * 2 + 2
    done = {each.number: each for each in (first, *working)}
    assert sorted(done) == list(range(12))
    for number, each in done.items():
        if number % 2:
            assert str(each.failure) == f"{number} is odd."
        else:
            assert (each.result, each.failure) == (number // 2, None)


def test_a_worker_that_dies_is_told() -> None:
    """And takes no other piece along."""
    done = {each.number: each for each in spread(gone, [(number,) for number in range(9)], workers=2)}
    assert {number: each.result for number, each in done.items() if each.failure is None} == {
        number: number for number in range(9) if number != 1
    }
    assert isinstance(done[1].failure, WorkerDiedError)


def test_nothing_to_do_is_done() -> None:
    assert list(spread(halved, [], workers=2)) == []


def test_no_cluster_is_one_sentence() -> None:
    began_s = time.monotonic()
    with pytest.raises(ClusterError, match=r"127\.0\.0\.1:9"):
        list(spread(halved, [(2,)], scheduler="tcp://127.0.0.1:9"))
    assert time.monotonic() - began_s < 30.0


def test_a_cluster_does_the_same(scheduler: str) -> None:
    done = sorted(spread(halved, ((n,) for n in range(9)), scheduler=scheduler), key=lambda each: each.number)
    assert [each.result for each in done] == [0, None, 1, None, 2, None, 3, None, 4]
    assert [str(each.failure) for each in done if each.failure] == [f"{n} is odd." for n in (1, 3, 5, 7)]


@pytest.mark.parametrize("clustered", [False, True])
def test_many_are_rendered_as_they_were_and_bad_lines_told(
    folder: Path, ids: list[str], scheduler: str, clustered: bool
) -> None:
    lines = [
        "# what we played", f"{ids[0]} a.wav", f'{ids[1]} "b b.wav"  # the second', "", "nobody c.wav",
        f"{ids[0]} d.mp3", f"{ids[0]} one.wav", f"{ids[0]} a.wav", ids[1], f'{ids[1]} "e.wav',
    ]  # fmt: skip
    (folder / "batch.txt").write_text("\n".join(lines))
    also = ("--scheduler", scheduler) if clustered else ("--workers", "2")
    done = calando("render", "--batch", "batch.txt", *also, "--data", "data", cwd=folder)
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if line]
    assert {line.split(":")[0] for line in told[:-1]} == {f"batch.txt, line {n}" for n in range(5, 11)}
    assert told[-1].startswith("2 of 8 pieces are made")
    for again, then in (("a.wav", "one.wav"), ("b b.wav", "two.wav")):
        assert (folder / again).read_bytes() == (folder / then).read_bytes()
        (folder / again).unlink()
    assert sorted(path.name for path in folder.iterdir()) == ["batch.txt", "data", "one.wav", "two.wav"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--batch", "batch.txt", "last"), "--batch"), (("--batch", "none.txt"), "none.txt"),
        (("--batch", "one.wav"), "one.wav"), (("--batch", "empty.txt"), "empty.txt"),
        (("last", "-o", "x.wav", "--workers", "2"), "--workers"), ((), "--batch"), (("last",), "--output"),
        (("--batch", "batch.txt", "--seed", "3"), "--seed"),
    ],
)  # fmt: skip
def test_bad_calls(folder: Path, words: tuple[str, ...], said: str) -> None:
    (folder / "empty.txt").write_text("# nothing\n")
    (folder / "batch.txt").write_text("last x.wav\n")
    done = calando("render", *words, "--data", "data", cwd=folder)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
    (folder / "empty.txt").unlink()
    (folder / "batch.txt").unlink()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero here")
def test_a_batch_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(click.UsageError, match="is larger than 1 MB; cut it into parts"):
        read_batch(Path("/dev/zero"))

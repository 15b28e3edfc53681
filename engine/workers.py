"""Workers: one function over many pieces of work, on processes here or on a Dask cluster elsewhere.

What fails is told with its piece and stops no other. Pieces are drawn as they are needed, a few ahead of
those that are being worked on, so that many large ones never wait in memory together.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from multiprocessing import active_children, get_context
from types import FrameType
from typing import Any

AHEAD = 2
"""Pieces in hand for each worker: the one it works on and one that waits."""

CONNECT_S = 10
"""How long a scheduler may take to answer."""


class ClusterError(OSError):
    """There is no such cluster; the message is one sentence."""


class WorkerDiedError(OSError):
    """A process ended in the midst of a piece; the message is one sentence."""


Piece = tuple[int, tuple[Any, ...]]
"""A piece of work with its number."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of piece `number`, counted from 0: a result, or the failure."""

    number: int
    result: Any = None
    failure: Exception | None = None


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(
    function: Callable[..., Any],
    pieces: Iterable[tuple[Any, ...]],
    workers: int | None = None,
    scheduler: str | None = None,
) -> Generator[Done]:
    """`function(*piece)` for every piece, in the order in which they are done.

    workers    processes here; as many as there are cores
    scheduler  the address of a Dask scheduler whose workers have Calando installed. Raises ClusterError
    """
    if scheduler is None:
        return _on_processes(function, enumerate(pieces), workers or cores())
    return _on_dask(function, enumerate(pieces), scheduler)


def _on_processes(function: Callable[..., Any], pieces: Iterator[Piece], workers: int) -> Generator[Done]:
    # A process that dies takes its pool along, and the pieces of others: each is tried once more, alone.
    while in_hand := (yield from _in_one_pool(function, pieces, workers)):
        for piece in in_hand:
            if (yield from _in_one_pool(function, iter([piece]), 1)):
                died = WorkerDiedError("The process that worked on it died; was memory short?")
                yield Done(piece[0], failure=died)


def _in_one_pool(
    function: Callable[..., Any], pieces: Iterator[Piece], workers: int
) -> Generator[Done, None, list[Piece]]:
    """Until all is done, or until a process dies: then it returns the pieces that were in hand."""
    in_hand: list[Piece] = []
    futures: dict[Future[Any], Piece] = {}
    # A fork would carry over the journal that is open here, and the threads of a bar.
    with ProcessPoolExecutor(workers, get_context("spawn"), _stop_quietly) as pool:
        try:
            while True:
                for piece in islice(pieces, AHEAD * workers - len(in_hand)):
                    in_hand.append(piece)
                    futures[pool.submit(function, *piece[1])] = piece
                if not futures:
                    return []
                for future in wait(futures, return_when=FIRST_COMPLETED).done:
                    done = _done(futures[future][0], future)
                    if isinstance(done.failure, BrokenProcessPool):
                        return in_hand
                    in_hand.remove(futures.pop(future))
                    yield done
        except BrokenProcessPool:
            return in_hand
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                if child.pid is not None:
                    os.kill(child.pid, signal.SIGINT)
            raise


def _stop_quietly() -> None:
    """In a worker: Ctrl-C ends the piece, which tidies up behind itself, and no traceback is shown."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(1)

    signal.signal(signal.SIGINT, stop)


def _on_dask(
    function: Callable[..., Any], pieces: Iterator[Piece], address: str
) -> Generator[Done]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ClusterError(
            "A Dask cluster needs the package distributed here too: pip install 'calando[cluster]'."
        ) from None
    try:
        client = distributed.Client(address, timeout=f"{CONNECT_S}s")
    except (OSError, ValueError) as trouble:
        raise ClusterError(f"No Dask scheduler answers at {address}: {trouble}.") from None
    with client:
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        waiting: dict[Any, int] = {}

        def send(count: int) -> list[Any]:
            sent = [
                (client.submit(function, *piece, pure=False), number)
                for number, piece in islice(pieces, count)
            ]
            waiting.update(sent)
            return [future for future, _ in sent]

        running = distributed.as_completed(send(ahead))
        for future in running:
            yield _done(waiting.pop(future), future)
            for more in send(1):
                running.add(more)


def _done(number: int, future: Any) -> Done:
    try:
        return Done(number, future.result())
    except Exception as failure:
        return Done(number, failure=failure)

"""Pipe: what the supervisor and the process that speaks for it tell each other, a JSON line each.

To it: `Setup` first, then states, answers, `BYE`. From it: commands, and words for the log. A line fits into
what a pipe takes whole, so neither side ever waits for the other: a line that finds no room is left out, and
the next state says the same and more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, cast

from engine.kiosk.alerts import Alert
from engine.kiosk.config import Kiosk, Metrics, Mqtt
from engine.kiosk.fleet.documents import shortened
from engine.kiosk.fleet.topics import Topics, topics_of
from engine.kiosk.state import Doing, State

SETUP, STATE, ALERTS, ANSWER, BYE = "setup", "state", "alerts", "answer", "bye"
COMMAND, WORDS = "command", "words"

LONGEST_LINE = 4096
"""PIPE_BUF of Linux, pipe(7): what is written at once comes out in one piece or not at all."""

LONGEST_SETUP = 65_536
"""What an empty pipe takes on Linux: the first line may be longer, for paths are."""

NOT_INSTALLED = 3
"""Exit code of the process: a library is missing. Starting again mends nothing."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the process needs to know of the kiosk's file."""

    topics: Topics
    mqtt: Mqtt
    metrics: Metrics

    @property
    def wanted(self) -> bool:
        """Whether the file asks for a broker or for metrics at all."""
        return bool(self.mqtt.host or self.metrics.port or self.metrics.textfile)

    def line(self) -> Mapping[str, Any]:
        """As it goes through the pipe."""
        return {SETUP: asdict(self)}


def setup_of(kiosk: Kiosk) -> Setup:
    """The part of a kiosk's file that concerns the fleet."""
    return Setup(topics_of(kiosk), kiosk.mqtt, kiosk.metrics)


def setup_read(line: Mapping[str, Any]) -> Setup:
    """The setup of a line."""
    read = line[SETUP]
    return Setup(Topics(**read["topics"]), Mqtt(**read["mqtt"]), Metrics(**read["metrics"]))


def state_line(state: State, alerts: Sequence[Alert] = ()) -> dict[str, Any]:
    """A state, and the alerts that stand in it, as they go through the pipe."""
    told = {name: shortened(value) for name, value in state.as_json().items()}
    standing = [{name: shortened(value) for name, value in asdict(each).items()} for each in alerts]
    return {STATE: told, ALERTS: standing}


def state_read(line: Mapping[str, Any]) -> tuple[State, tuple[Alert, ...]]:
    """The state of a line, and the alerts."""
    read = dict(line[STATE])
    alerts = tuple(Alert(**each) for each in line[ALERTS])
    return State(doing=Doing(read.pop("doing")), **read), alerts


def put(end: int, line: Mapping[str, Any], longest: int = LONGEST_LINE) -> bool:
    """Write a line to a pipe's end that does not block; False where it found no room or nobody reads."""
    text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
    if len(text) > longest:
        return False
    with suppress(OSError):
        return os.write(end, text) == len(text)
    return False


class Lines:
    """Bytes from a pipe, put together to lines again."""

    def __init__(self) -> None:
        self._rest = b""

    def of(self, more: bytes) -> Iterator[dict[str, Any]]:
        """The lines that are whole by now."""
        *whole, self._rest = (self._rest + more).split(b"\n")
        for each in whole:
            yield cast("dict[str, Any]", json.loads(each))

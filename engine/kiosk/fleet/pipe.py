"""Pipe: what the supervisor and the process that speaks in the fleet tell each other (engine.kiosk.pipe).

To it: `Setup` first, then states, answers, `BYE`. From it: commands, and words for the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.kiosk.alerts import Alert
from engine.kiosk.config import Kiosk, Metrics, Mqtt
from engine.kiosk.fleet.documents import shortened
from engine.kiosk.fleet.topics import Topics, topics_of
from engine.kiosk.state import Doing, State

SETUP, STATE, ALERTS, ANSWER, COMMAND = "setup", "state", "alerts", "answer", "command"
"""Keys of lines."""


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

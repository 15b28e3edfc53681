"""The process that speaks for a kiosk in the fleet: broker, Home Assistant, Prometheus.

A process of its own, since paho-mqtt alone would take the supervisor over its 20 MB, and since nothing that
comes over a network is read where the kiosk is kept alive. It ends with the supervisor: by `BYE`, or when the
pipe breaks or nothing has come through it for STALE_S; then the last will says so.

    python -m engine.kiosk.fleet.process     started by engine.kiosk.fleet.companion alone
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from engine.kiosk.alerts import Alert
from engine.kiosk.fleet.acceptance import Rate, RefusedError, accepted
from engine.kiosk.fleet.credentials import CredentialsError
from engine.kiosk.fleet.discovery import discovery_document
from engine.kiosk.fleet.documents import (
    AT_ONCE,
    alerts_document,
    answer_document,
    health_document,
    state_document,
)
from engine.kiosk.fleet.lights import light_document
from engine.kiosk.fleet.pipe import ANSWER, COMMAND, STATE, Setup, setup_read, state_read
from engine.kiosk.pipe import BYE, NOT_INSTALLED, WORDS, heard, put
from engine.kiosk.state import State

HEALTH_S = 30.0
"""Between two healths in which nothing has changed but what always does (own choice)."""

NICE = 10
"""It may wait; the music may not."""


class Speaker:
    """The documents of a kiosk, from its states, to wherever the file wants them."""

    def __init__(self, setup: Setup, out: int) -> None:
        self._setup, self._out = setup, out
        self._rate, self._refusals = Rate(time.monotonic), Rate(time.monotonic)
        self._health_at_s, self._at_once = -HEALTH_S, ()
        self._link = self._exposed = None
        self._begun = False
        if setup.mqtt.host:
            from engine.kiosk.fleet.link import Link, Told

            discovery = discovery_document(setup.topics, commands=setup.mqtt.commands)
            self._link = Link(
                setup.mqtt, setup.topics, Told(self._connected, self.words, self._asked),
                discovery=None if setup.mqtt.discovery == "off" else discovery,
            )  # fmt: skip
        if setup.metrics.port or setup.metrics.textfile:
            from engine.kiosk.fleet.metrics import Exposed

            self._exposed = Exposed(setup.metrics)

    def words(self, words: str) -> None:
        """A sentence for the supervisor's log."""
        put(self._out, {WORDS: words})

    def state(self, state: State, alerts: Sequence[Alert]) -> None:
        """The kiosk's newest state, and the alerts that stand."""
        topics = self._setup.topics
        documents = {
            topics.state: state_document(state),
            topics.alerts: alerts_document(alerts),
            topics.light: light_document(state),
        }
        at_once, now_s = tuple(getattr(state, name) for name in AT_ONCE), time.monotonic()
        due = at_once != self._at_once or now_s - self._health_at_s >= HEALTH_S
        if due:
            self._health_at_s, self._at_once = now_s, at_once
            documents[topics.health] = health_document(state)
        if self._link is not None:
            self._link.show(documents)
            if not self._begun:  # `online` with what a kiosk did before it was switched off would be no truth
                self._begun = True
                self._link.start()
        if self._exposed is not None:
            self._exposed.show(state, alerts)
            if due:
                before = self._exposed.trouble
                self._exposed.write()
                if self._exposed.trouble not in ("", before):
                    self.words(self._exposed.trouble)

    def answer(self, answer: dict[str, Any]) -> None:
        """What came of a command."""
        if self._link is not None:
            document = answer_document(answer["id"], answer["done"], answer["words"])
            self._link.say(self._setup.topics.answer, document)

    def close(self, *, clean: bool) -> None:
        """Say `offline` and go."""
        if self._link is not None:
            self._link.close(clean=clean)

    def _connected(self) -> None:
        self.words(f"In the fleet as {self._setup.topics.root}/{self._setup.topics.device}.")

    def _asked(self, payload: bytes, retained: bool) -> None:
        try:
            found = accepted(payload, retained=retained)
            if not self._rate.take():
                raise RefusedError("Too many commands at once; wait a second, then ask again.", found.id)
            line = {"name": found.command.name, "value": found.command.value, "id": found.id}
            if not put(self._out, {COMMAND: line}):
                raise RefusedError("The kiosk is busy; ask again.", found.id)
        except RefusedError as refused:
            if self._refusals.take():  # else whoever floods it would have the broker flooded too
                self.answer({"id": refused.id, "done": False, "words": str(refused)})


def main(into: int = 0, out: int = 1) -> int:
    """Speak until the supervisor says that it is over, or is gone."""
    os.nice(NICE)
    for each in (into, out):
        os.set_blocking(each, False)
    threading.excepthook = _end_with_it
    ended = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the supervisor ends this process itself
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    lines = heard(into, ended)
    try:
        speaker = Speaker(setup_read(next(lines)), out)
    except StopIteration:
        return 0
    except (CredentialsError, OSError) as trouble:
        put(out, {WORDS: str(trouble)})
        return 1
    except ModuleNotFoundError as missing:
        name = (missing.name or "a library").split(".")[0]
        put(out, {WORDS: f"{name} is not installed: pip install 'calando[kiosk]'. The kiosk plays without."})
        return NOT_INSTALLED
    for line in lines:
        if STATE in line:
            speaker.state(*state_read(line))
        elif ANSWER in line:
            speaker.answer(line[ANSWER])
        elif BYE in line:
            ended.set()
    speaker.close(clean=ended.is_set())
    return 0


def _end_with_it(failed: threading.ExceptHookArgs) -> None:
    """A thread of the link that failed must not leave a kiosk that nobody hears: another process comes."""
    sys.__excepthook__(failed.exc_type, failed.exc_value or failed.exc_type(), failed.exc_traceback)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())

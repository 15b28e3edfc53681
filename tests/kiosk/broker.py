"""A real Mosquitto for tests and benchmarks, and somebody who reads along."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE_S = 120.0
"""How long a busy machine may take for what comes within a second."""


def found(program: str) -> str | None:
    """A program of the package mosquitto, which lies where only root's PATH leads."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


MOSQUITTO = found("mosquitto")
LACKING = "mosquitto is not installed: apt install mosquitto"


def until(so: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until it is so. Raises TimeoutError."""
    end_s = time.monotonic() + patience_s
    while not so():
        if time.monotonic() > end_s:
            raise TimeoutError(what)
        time.sleep(0.01)


def free_port() -> int:
    """A port of this computer that nobody has."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Broker:
    """A Mosquitto on a port of this computer; it keeps nothing on disk.

    settings    further lines of its file
    passwords   who may come in, by name; everybody where it is None
    """

    def __init__(
        self, folder: Path, settings: Iterable[str] = (), passwords: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:  # fmt: skip
        assert MOSQUITTO is not None
        self.port = free_port() if port is None else port
        lines = ["allow_anonymous true"]
        if passwords is not None:
            file = folder / "passwords"
            file.write_text("".join(f"{name}:{word}\n" for name, word in passwords.items()))
            hashing = found("mosquitto_passwd")
            assert hashing is not None
            subprocess.run([hashing, "-U", file], check=True, capture_output=True)
            lines = ["allow_anonymous false", f"password_file {file}"]
        self._file = folder / "mosquitto.conf"
        # Started by root it would go on as a user of its own, who may not read in a folder for tests.
        stays = ["user root"] if os.geteuid() == 0 else []
        self._file.write_text("\n".join([f"listener {self.port} 127.0.0.1", *stays, *lines, *settings, ""]))
        self._file_of_log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has said."""
        return self._file_of_log.read_text()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Begin, and wait until it can be reached."""
        assert MOSQUITTO is not None
        command = [MOSQUITTO, "-c", str(self._file)]
        with self._file_of_log.open("ab") as log:
            self._process = process = subprocess.Popen(command, stdout=log, stderr=log)

        def reached() -> bool:
            assert process.poll() is None, self.log
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return True
            return False

        until(reached, "mosquitto does not start")

    def kill(self) -> None:
        """As a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class Reader:
    """Reads all topics along, as an operator does."""

    def __init__(self, port: int, name: str = "", password: str | None = None) -> None:
        self.newest: dict[str, bytes] = {}
        self.heard: list[tuple[str, bytes, bool]] = []
        """Topic, payload, and whether the broker had kept it."""
        self._ready = threading.Event()
        self._client = client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        if password is not None:
            client.username_pw_set(name, password)
        client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        client.on_subscribe = lambda *_: self._ready.set()
        client.on_message = self._on_message
        client.connect("127.0.0.1", port)
        client.loop_start()
        assert self._ready.wait(PATIENCE_S)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.newest[message.topic] = bytes(message.payload)
        self.heard.append((message.topic, bytes(message.payload), message.retain))

    def wait(self, topic: str, so: Callable[[bytes], bool], patience_s: float = PATIENCE_S) -> bytes:
        """The newest there, once it is so. Raises TimeoutError."""
        until(lambda: topic in self.newest and so(self.newest[topic]), topic, patience_s)
        return self.newest[topic]

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send, and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def count(self, topic: str) -> int:
        """How often something came on a topic."""
        return sum(each == topic for each, _, _ in list(self.heard))

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

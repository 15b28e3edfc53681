"""Relay: where the sensor of a room hears a strap that another device passes on."""

from __future__ import annotations

from pathlib import Path

from engine.door.rooms import DEFAULT_ROOM, socket_path
from sensors.relay import Passed, pass_on

WORD = "relay:"


class NoRelayError(OSError):
    """A room that listens to something else; the message is one sentence."""


def relay_path(room: str) -> Path:
    """Where the sensor `relay:` of that room has its socket. Raises RoomError."""
    return socket_path(room).with_suffix(".beats")


def sensor_in(room: str | None, sensor: str) -> str:
    """`sensor` as that room has to open it: a bare `relay:` is told where to hear. Raises RoomError."""
    return f"{WORD}{relay_path(room or DEFAULT_ROOM)}" if sensor.strip() in (WORD, "relay") else sensor


def relayed(room: str, passed: Passed) -> None:
    """Hand packets to the sensor of that room, without waiting. Raises NoRelayError."""
    try:
        pass_on(relay_path(room), passed)
    except OSError:
        raise NoRelayError(
            f"What plays in the room {room} hears no strap of a tablet; begin it with the sensor relay:."
        ) from None

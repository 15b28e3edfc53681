"""The kiosk's one file: a frozen tree of what it is asked to be, read from TOML, with plain errors.

The standard library alone, for the supervisor reads it too. Every key has a default, so an empty file is a
kiosk that is always open, takes any strap and plays the default device.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.kiosk.hours import Hours, read_hours
from engine.kiosk.reading import (
    Wrong,
    WrongValueError,
    choice,
    flag,
    matching,
    number,
    read_by,
    read_table,
    seconds,
    several,
    shown,
    text,
    whole,
)

CHILD_DBA = 70.0
"""Highest level at the seat where children listen, dB(A) (SCIENCE.md C5)."""

LARGEST_FILE = 65_536
"""Bytes; a kiosk's file has a few hundred (own choice)."""

NAMED = matching(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", "up to 32 letters, digits, - and _, no blanks")

TOPIC = matching(r"[\w-]{1,32}(/[\w-]{1,32}){0,3}", "the beginning of a topic, like calando/foyer")


def card(value: Any) -> str:
    """A sound card's name, or a part of it, that does not change when cards are counted anew."""
    if not isinstance(value, str):
        raise WrongValueError(f"must be the card's name, or a part of it, in quotes; it is {shown(value)}")
    name = text(value)
    if re.search(r"hw:\d|card ?\d", name, re.IGNORECASE):
        raise WrongValueError(f"must be the card's name, for its number changes; it is {shown(value)}")
    return name


def broker(value: Any) -> str:
    """A broker's name or address, and nothing around it."""
    name = text(value)
    if re.search(r"[/@\s]", name):
        raise WrongValueError(
            f"must be the broker's name or address alone (port and username have keys of their own); it is "
            f"{shown(value)}"
        )
    return name


class ConfigError(ValueError):
    """A file that cannot be meant; the message has one sentence a line."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Where it is heard, and how loud.

    device     by what it is called, never by number; empty for the system's default
    mixing     whether other programs may play on it at once: `auto` finds out by the device
    cap_dba    highest level at the seat, dB(A), once `--calibrate` has measured it
    child      children listen: never above CHILD_DBA
    trim_db    how much softer than the profiles say
    quiet_db   how much softer still in quiet hours
    """

    device: str = read_by(card, "")
    mixing: str = read_by(choice("auto", "yes", "no"), "auto")
    cap_dba: float = read_by(number(40.0, 85.0, "dB(A)"), 75.0)
    child: bool = read_by(flag, False)
    trim_db: float = read_by(number(-24.0, 0.0, "dB"), 0.0)
    quiet_db: float = read_by(number(0.0, 24.0, "dB"), 6.0)
    earcons: bool = read_by(flag, True)

    @property
    def highest_dba(self) -> float:
        """The cap that holds, dB(A) at the seat."""
        return min(self.cap_dba, CHILD_DBA) if self.child else self.cap_dba


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor's path.

    straps         sensors that are listened to, first come first served: `ble`, `ble:ADDRESS`, `ble:NAME`
    profiles       taken in turn, one a visit
    length_s       of a visit
    off_s          a strap that is silent for so long has come off
    rest_s         between a visit's end and the next one's beginning
    invitation_s   between two invitations by sound while nobody is there; 0 for silence
    without_strap  `silence`, or `programme`: music that no heart leads
    programme      the profile of that music
    """

    straps: tuple[str, ...] = read_by(several(text, 1, 8), ("ble",))
    profiles: tuple[str, ...] = read_by(several(text, 1, 32), ("relax",))
    length_s: float = read_by(seconds("1m", "30m"), 720.0, "length")
    off_s: float = read_by(seconds("3s", "120s"), 10.0, "off_after")
    rest_s: float = read_by(seconds("0s", "10m"), 5.0, "rest")
    invitation_s: float = read_by(seconds("30s", "6h", "off"), 600.0, "invitation")
    without_strap: str = read_by(choice("silence", "programme"), "silence")
    programme: str = read_by(text, "relax")


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is kept: `counters` (visits, minutes, faults), or `nothing` at all. Never anything of a heart."""

    keep: str = read_by(choice("counters", "nothing"), "counters")


@dataclass(frozen=True, slots=True)
class Mqtt:
    """The broker that looks after it; none where `host` is empty.

    device          the kiosk's name in topics and for Home Assistant; empty for the kiosk's name
    topic           what its topics begin with: TOPIC/DEVICE/...
    password_file   one line, readable by the kiosk alone
    ca, certificate, key   PEM files, with `tls`
    discovery       what Home Assistant's topics begin with; "off" for none
    """

    host: str = read_by(broker, "")
    port: int = read_by(whole(1, 65535), 1883)
    tls: bool = read_by(flag, False)
    ca: str = read_by(text, "")
    certificate: str = read_by(text, "")
    key: str = read_by(text, "")
    username: str = read_by(text, "")
    password_file: str = read_by(text, "")
    topic: str = read_by(TOPIC, "calando")
    device: str = read_by(NAMED, "")
    discovery: str = read_by(TOPIC, "homeassistant")
    commands: bool = read_by(flag, True)
    keepalive_s: float = read_by(seconds("5s", "10m"), 60.0, "keepalive")


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures for Prometheus: a port of this computer, 0 for none; and a file for the node exporter."""

    port: int = read_by(whole(0, 65535), 0)
    host: str = read_by(text, "127.0.0.1")
    textfile: str = read_by(text, "")


@dataclass(frozen=True, slots=True)
class Display:
    """A page for a screen in the room, breath and heart and nothing else: a port, 0 for none, and where it
    answers: on this computer alone, or at an address of its network."""

    port: int = read_by(whole(0, 65535), 0)
    host: str = read_by(text, "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Alerts:
    """What is worth telling somebody.

    silence_s       no sound where there should be, for so long
    battery         of the strap, per cent
    no_visit_s      nobody came for so long while it was open; 0 for never
    """

    silence_s: float = read_by(seconds("10s", "1h"), 60.0, "silence")
    battery: int = read_by(whole(0, 100), 20)
    no_visit_s: float = read_by(seconds("1h", "720h", "off"), 0.0, "no_visit")


@dataclass(frozen=True, slots=True)
class Kiosk:
    """All of it.

    name       of this kiosk, in topics, logs and alerts
    timezone   of its opening hours, as in `Europe/Berlin`; empty for the system's
    state      folder of its counters and its calibration; empty for the system's
    """

    name: str = read_by(NAMED, "kiosk")
    timezone: str = read_by(text, "")
    state: str = read_by(text, "")
    hours: Hours = field(default_factory=Hours)
    sound: Sound = field(default_factory=Sound)
    visit: Visit = field(default_factory=Visit)
    privacy: Privacy = field(default_factory=Privacy)
    mqtt: Mqtt = field(default_factory=Mqtt)
    metrics: Metrics = field(default_factory=Metrics)
    display: Display = field(default_factory=Display)
    alerts: Alerts = field(default_factory=Alerts)

    @property
    def zone(self) -> tzinfo | None:
        """The time zone; None for the system's (`datetime.astimezone` takes it)."""
        return ZoneInfo(self.timezone) if self.timezone else None


SECTIONS: dict[str, type[Any]] = {
    "sound": Sound, "visit": Visit, "privacy": Privacy, "mqtt": Mqtt, "metrics": Metrics,
    "display": Display, "alerts": Alerts,
}  # fmt: skip
"""Tables of the file, each read into a dataclass; `hours` reads itself."""


def config_of(table: Mapping[str, Any]) -> Kiosk:
    """The tree from a TOML file's top table. Raises ConfigError with every mistake, one a line."""
    wrong: list[Wrong] = []
    top = dict(table)
    hours = read_hours(top.pop("hours", {}), wrong)
    sections: dict[str, Any] = {
        name: read_table(kind, name, top.pop(name, {}), wrong) for name, kind in SECTIONS.items()
    }
    known = {"name", "timezone", "state"}
    for key in sorted(set(top) - known):
        wrong.append(Wrong(key, f"is not known; there are {', '.join((*sorted(known), 'hours', *SECTIONS))}"))
        del top[key]
    plain = read_table(Kiosk, "", top, wrong)
    read = Kiosk(plain.name, plain.timezone, plain.state, hours, **sections)
    wrong += _beyond_one_key(read)
    if wrong:
        raise ConfigError("\n".join(map(str, wrong)))
    return read


def _beyond_one_key(read: Kiosk) -> list[Wrong]:
    """What can be seen only by looking at two keys, or beyond the file."""
    wrong: list[Wrong] = []
    if read.timezone:
        try:
            ZoneInfo(read.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zone = shown(read.timezone)
            wrong.append(Wrong("timezone", f"must be like Europe/Berlin; {zone} is not known"))
    mqtt = read.mqtt
    files = {"ca": mqtt.ca, "certificate": mqtt.certificate, "key": mqtt.key}
    if not mqtt.tls:
        wrong += [Wrong(f"mqtt.{name}", "needs tls = true") for name, path in files.items() if path]
    if bool(mqtt.certificate) != bool(mqtt.key):
        wrong.append(Wrong("mqtt.certificate", "and mqtt.key belong together; one of them is missing"))
    if mqtt.username and not mqtt.password_file:
        wrong.append(Wrong("mqtt.username", "needs a password_file"))
    return wrong


_TOML_WORDS = {
    "Illegal character '\\n'": "a text in quotes does not end",
    "Unterminated string": "a text in quotes does not end",
    "Expected '=' after a key": "a line must be KEY = VALUE or [TABLE]",
    "Cannot overwrite a value": "a key stands here for the second time",
    "Cannot declare": "a table stands here for the second time",
    "Invalid value": "a value must be a number, true, false, a text in quotes or a list in brackets",
    "Unclosed array": "a list does not end",
}
"""How Python's reader of TOML begins its sentences, and what they mean to somebody who writes no programs."""


def _plain(words: str) -> str:
    """A sentence of tomllib with its place, in plain words."""
    _, bracket, place = words.rpartition(" (at ")
    meant = next((meant for begins, meant in _TOML_WORDS.items() if words.startswith(begins)), "")
    return f"{meant}{bracket}{place}" if meant else words


def read_config(path: Path) -> Kiosk:
    """The tree from a file. Raises ConfigError: every mistake, each with the file's name before it."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as trouble:
        raise ConfigError(f"{path} cannot be read ({trouble.strerror}).") from None
    if len(content) > LARGEST_FILE:
        raise ConfigError(f"{path} has more than {LARGEST_FILE} bytes; a kiosk's file has a few hundred.")
    try:
        table = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not text in UTF-8; save it as such.") from None
    except tomllib.TOMLDecodeError as broken:
        raise ConfigError(f"{path} is not TOML: {_plain(str(broken))}.") from None
    try:
        return config_of(table)
    except ConfigError as wrong:
        raise ConfigError("\n".join(f"{path}: {line}" for line in str(wrong).splitlines())) from None

"""A sitting as a home sees it over MQTT: topics, documents, what it may be asked, Home Assistant's view.

Of the heart only what is shown on screen is told, and no broker keeps it: it is gone when the sitting is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.desk import Act, End, Touch, Undo, Wish
from engine.guide.hands import TRIM_DB
from engine.kiosk.command import Row, nothing
from engine.kiosk.fleet.discovery import Component, controls, device_document, sensor, yes_no
from engine.kiosk.fleet.documents import shortened, written
from engine.kiosk.fleet.topics import Topics
from engine.kiosk.reading import number

STOP = "stop"
"""Silence at once; it goes by the page that needs nobody awake (engine.door.visit)."""


@dataclass(frozen=True, slots=True)
class HomeTopics(Topics):
    """Of a kiosk's topics a sitting has availability, state, command, answer and config; and two more."""

    @property
    def heart(self) -> str:
        """What is known of the heart, once a second; never retained."""
        return f"{self.root}/{self.device}/heart"

    @property
    def music(self) -> str:
        """Tempo and what else the music does, once a second; never retained."""
        return f"{self.root}/{self.device}/music"


@dataclass(frozen=True, slots=True)
class Asked:
    """One command: its row in the table that a payload is read by, and the wish that it is."""

    row: Row
    wish: Callable[[Any], Wish]


def _act(name: str, meaning: str) -> Asked:
    return Asked(Row(nothing, meaning), lambda _: Act(name))


_LOW_DB = TRIM_DB[0]

ASKED: dict[str, Asked] = {
    "volume": Asked(
        Row(number(_LOW_DB, 0.0, "dB"), "softer than the music is by so much", "dB", _LOW_DB, 0.0, 1.0),
        lambda value: Touch("trim_db", float(value)),
    ),
    "less": _act("less", "a little less"),
    "more": _act("more", "a little more"),
    "soften": _act("soften", "softer, fewer and darker"),
    "hush": _act("hush", "silence, until it is resumed"),
    "resume": _act("resume", "what was held is given back"),
    "undo": Asked(Row(nothing, "take back the last"), lambda _: Undo()),
    "end": Asked(Row(nothing, "the last fade, and the end"), lambda _: End()),
    STOP: Asked(Row(nothing, "silence at once"), lambda _: End(at_once=True)),
}  # fmt: skip
"""What a home may ask; the wishes are those of every hand (engine.desk)."""

ROWS: Mapping[str, Row] = {name: asked.row for name, asked in ASKED.items()}

HEART = {
    "rate_bpm": "hr_bpm", "rmssd_ms": "rmssd_ms", "breath_per_min": "breath_per_min", "quality": "quality",
}  # fmt: skip
MUSIC = {
    "tempo_bpm": "tempo_bpm", "density": "density", "brightness": "brightness",
    "breath_per_min": "breath_guide_per_min", "lufs": "lufs_s",
}  # fmt: skip
"""Fields of those documents, and what of a snapshot each is."""


def playing_document(snapshot: Mapping[str, Any]) -> bytes:
    """What a sitting does; it changes some times in a sitting."""
    return written(
        {
            "playing": True, "stage": snapshot["stage"], "words": shortened(snapshot["doing"]),
            "profile": shortened(snapshot["profile"]), "link": snapshot["link"],
            "trim_db": round(float(snapshot["held"].get("trim_db", 0.0)), 1), "silence": snapshot["silence"],
        }
    )  # fmt: skip


def idle_document() -> bytes:
    """That nothing plays."""
    nothing_plays = {"playing": False, "stage": None, "words": "nothing plays", "profile": None, "link": None}
    return written(nothing_plays | {"trim_db": 0.0, "silence": False})


def figures_document(snapshot: Mapping[str, Any] | None, names: Mapping[str, str]) -> bytes:
    """Figures of a moment by HEART or MUSIC, null where they are not known; all null where nothing plays."""
    known = {name: None if snapshot is None else snapshot[of] for name, of in names.items()}
    return written({name: None if value is None else round(float(value), 2) for name, value in known.items()})


def home_discovery(topics: HomeTopics, *, commands: bool, heart: bool) -> bytes:
    """What Home Assistant is told once."""
    asked = controls(topics, ROWS, {"volume": "{{ value_json.trim_db }}"}) if commands else {}
    return device_document(topics, "Sitting", _seen(topics, heart=heart) | asked)


def _seen(topics: HomeTopics, *, heart: bool) -> dict[str, Component]:
    def figure(topic: str, name: str, field: str, unit: str | None = None) -> Component:
        more = {} if unit is None else {"unit_of_measurement": unit}
        return sensor(topic, name, field, state_class="measurement", **more)

    seen = {
        "playing": yes_no(topics.state, "Playing", "value_json.playing", device_class="running"),
        "stage": sensor(topics.state, "Stage", "words", json_attributes_topic=topics.state),
        "tempo": figure(topics.music, "Tempo", "tempo_bpm", "bpm"),
        "led_breath": figure(topics.music, "Breath of the music", "breath_per_min", "1/min"),
        "loudness": figure(topics.music, "Loudness", "lufs", "LUFS"),
    }
    if heart:
        seen |= {
            "heart": figure(topics.heart, "Heart rate", "rate_bpm", "bpm"),
            "rmssd": figure(topics.heart, "RMSSD", "rmssd_ms", "ms"),
            "breath": figure(topics.heart, "Breath", "breath_per_min", "1/min"),
        }
    return seen

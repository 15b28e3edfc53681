"""Discovery: what Home Assistant (2024.12 on) is told of a kiosk or a sitting, one message for the device.

https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload. Each command of the table becomes a
button, a number or a list there; whoever adds a row to it sees it there too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.kiosk.command import COMMANDS, Row
from engine.kiosk.fleet.documents import written
from engine.kiosk.fleet.topics import LARGEST_DISCOVERY, Topics
from engine.kiosk.state import Doing
from engine.version import VERSION

Component = dict[str, Any]

_MUTED_MIN = "{{ [0, ((value_json.muted_until or 0) - now().timestamp()) / 60] | max | round }}"

SHOWN = {"volume": "{{ value_json.trim_db }}", "mute": _MUTED_MIN}
"""Numbers of whose value the state tells, and how."""


def discovery_document(topics: Topics, *, commands: bool) -> bytes:
    """The device with everything that can be seen of it and, with `commands`, everything that it takes."""
    asked = controls(topics, COMMANDS, SHOWN) if commands else {}
    return device_document(topics, "Kiosk", _seen(topics) | asked)


def device_document(topics: Topics, model: str, components: Mapping[str, Component]) -> bytes:
    """A device and its components."""
    return written(
        {
            "dev": {
                "ids": [f"calando_{topics.device}"],
                "name": topics.device,
                "mf": "Calando",
                "mdl": model,
                "sw": VERSION,
            },
            "o": {"name": "calando", "sw": VERSION},
            "availability_topic": topics.availability,
            "qos": 0,
            "cmps": {
                name: component | {"unique_id": f"calando_{topics.device}_{name}"}
                for name, component in components.items()
            },
        },
        LARGEST_DISCOVERY,
    )


def sensor(topic: str, name: str, field: str, **more: Any) -> Component:
    """A figure or a word: a field of the document at a topic."""
    template = f"{{{{ value_json.{field} }}}}"
    return {"p": "sensor", "name": name, "state_topic": topic, "value_template": template} | more


def yes_no(topic: str, name: str, condition: str, **more: Any) -> Component:
    """On or off: a condition on the document at a topic."""
    template = f"{{{{ 'ON' if {condition} else 'OFF' }}}}"
    return {"p": "binary_sensor", "name": name, "state_topic": topic, "value_template": template} | more


def controls(topics: Topics, rows: Mapping[str, Row], shown: Mapping[str, str]) -> dict[str, Component]:
    """A button, number or list for each command; `shown` tells how the state has the value of numbers."""
    return {name: _control(name, row, topics, shown) for name, row in rows.items()}


def _seen(topics: Topics) -> dict[str, Component]:
    inside = {"entity_category": "diagnostic"}
    return {
        "doing": sensor(
            topics.state, "Doing", "doing", device_class="enum", options=[each.value for each in Doing]
        ),
        "visits": sensor(topics.state, "Visits", "visits", state_class="total_increasing"),
        "alert": yes_no(
            topics.alerts, "Needs somebody", "value_json.count > 0", device_class="problem",
            json_attributes_topic=topics.alerts,
        ),
        "sound": yes_no(
            topics.health, "Sound card", "value_json.sound_ok", device_class="connectivity", **inside
        ),
        "strap": yes_no(
            topics.health, "Strap worn", "value_json.strap_seen", device_class="occupancy"
        ),
        "battery": sensor(
            topics.health, "Strap's battery", "battery", device_class="battery", unit_of_measurement="%",
            **inside,
        ),
        "light": sensor(
            topics.light, "Light", "state", json_attributes_topic=topics.light, icon="mdi:lightbulb", **inside
        ),
        "loudness": sensor(topics.health, "Loudness", "lufs", unit_of_measurement="LUFS", **inside),
        "faults": sensor(topics.health, "Replacements", "faults", state_class="total_increasing", **inside),
    }  # fmt: skip


def _control(name: str, row: Row, topics: Topics, shown: Mapping[str, str]) -> Component:
    shared = {"name": name.capitalize(), "command_topic": topics.command}
    if row.words:
        template = f'{{"command":"{name}","value":"{{{{ value }}}}"}}'
        return {"p": "select", "options": list(row.words), "command_template": template} | shared
    if row.unit:
        template = f'{{"command":"{name}","value":{{{{ value }}}}}}'
        limits = {"min": row.low, "max": row.high, "step": row.step, "unit_of_measurement": row.unit}
        state = {"state_topic": topics.state, "value_template": shown[name]} if name in shown else {}
        return {"p": "number", "command_template": template} | limits | state | shared
    return {"p": "button", "payload_press": json.dumps({"command": name})} | shared

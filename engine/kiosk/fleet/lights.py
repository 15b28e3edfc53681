"""Lights: what a lamp beside a kiosk shows of it, a row each; whoever cannot hear sees how it stands.

A lamp follows the topic by an automation of Home Assistant, or by itself where it takes such JSON, as those
of zigbee2mqtt do. Nothing flashes, and nothing of a heart is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.kiosk.fleet.documents import written
from engine.kiosk.state import Doing, State

TRANSITION_S = 2.0
"""From one light to the next: slow enough to startle nobody (own choice)."""


@dataclass(frozen=True, slots=True)
class Light:
    """One light.

    rgb          0 to 255 each; told apart by people who see no red or green, too, for brightness differs
    brightness   0 to 255; 0 is off
    meaning      what it says
    """

    rgb: tuple[int, int, int]
    brightness: int
    meaning: str


OFF = Light((0, 0, 0), 0, "nothing to do here now")

TROUBLE = Light((255, 40, 0), 60, "no sound card, or safe mode: staff is needed")

LIGHTS: dict[Doing, Light] = {
    Doing.STARTING: Light((120, 120, 255), 30, "it gets ready"),
    Doing.CLOSED: OFF,
    Doing.READY: Light((255, 214, 170), 160, "come, put the strap on"),
    Doing.PROGRAMME: Light((255, 214, 170), 90, "music plays; whoever puts the strap on is met"),
    Doing.VISIT: Light((255, 160, 60), 40, "somebody's music plays"),
    Doing.ENDING: Light((80, 120, 255), 90, "the visit is over: strap off, wipe it, hang it up"),
    Doing.MUTED: OFF,
    Doing.CALIBRATING: Light((255, 255, 255), 255, "it is being calibrated"),
}


def light_of(state: State) -> Light:
    """The light of a state."""
    in_trouble = state.safe or (not state.sound_ok and state.doing not in (Doing.STARTING, Doing.CLOSED))
    return TROUBLE if in_trouble else LIGHTS[state.doing]


def light_document(state: State) -> bytes:
    """As lamps take it: Home Assistant's JSON schema for lights, which is zigbee2mqtt's too."""
    light = light_of(state)
    red, green, blue = light.rgb
    document: dict[str, object] = {"state": "ON" if light.brightness else "OFF", "transition": TRANSITION_S}
    if light.brightness:
        document |= {"brightness": light.brightness, "color": {"r": red, "g": green, "b": blue}}
    return written(document)

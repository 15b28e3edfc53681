"""The one string that names a sensor: `auto`, `ble:...`, `polar:...`, `relay:`, `sim:...`, `replay:...`.

And `serial:...`, `ant:...` and `lsl:...`, for what hangs on this computer or is heard through it, and
`movesense:...`. A word that is none of these is looked for among the installed packages (sensors.foreign).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensors.sensor import Sensor
from sensors.simulated import SimulatedHeart, SimulatedListener

if TYPE_CHECKING:
    from sensors.foreign import Adapted

KINDS = (
    "auto", "ble", "ble:ADDRESS", "ble:NAME", "polar:ADDRESS", "movesense:ADDRESS", "serial", "serial:DEVICE",
    "ant", "ant:NUMBER", "lsl", "lsl:NAME", "relay:", "sim", "sim:rest=74,seed=1", "replay:FILE",
)  # fmt: skip
"""What may be written, whatever is installed."""

STRAPS = frozenset({"auto", "ble", "polar", "movesense", "relay", "serial", "ant", "lsl"})

BUILT_IN = STRAPS | {"sim", "replay", "osc"}
"""Words that no other package can take."""

LIMITS: dict[str, tuple[float, float]] = {
    "rest": (30.0, 180.0),
    "start": (30.0, 180.0),
    "settle": (1.0, 36_000.0),
    "breath": (2.4, 40.0),
    "breath_jitter": (0.0, 0.5),
    "rsa": (0.0, 250.0),
    "resonance": (0.0, 8.0),
    "reflex": (0.0, 0.9),
    "baro": (0.0, 150.0),
    "drift": (0.0, 20.0),
    "noise": (0.0, 200.0),
    "missed": (0.0, 0.5),
    "extra": (0.0, 0.5),
    "ectopic": (0.0, 0.5),
    "displaced": (0.0, 0.5),
    "drops": (0.0, 120.0),
    "drop_s": (1.0, 3600.0),
    "off": (0.0, 120.0),
    "off_s": (1.0, 3600.0),
    "chest": (0.0, 200.0),
    "coughs": (0.0, 600.0),
    "turns": (0.0, 600.0),
    "talks": (0.0, 120.0),
    "latency": (0.0, 10.0),
    "coupling": (0.0, 1.0),
    "breath_coupling": (0.0, 1.0),
    "in_step": (0.0, 1.0),
    "seed": (0.0, 2.0**63),
}
"""Least and greatest value of every setting of `sim`; units as in `SimulatedListener`."""


class SensorSpecError(ValueError):
    """A sensor that cannot be meant: one plain sentence that names it and the mend."""


def open_sensor(spec: str) -> Sensor:
    """The sensor that `spec` names (DESIGN.md section 4), not yet opened.

    Raises SensorSpecError for a name that is none, a file that cannot be read and an impossible value.
    """
    kind, _, rest = spec.strip().partition(":")
    match kind:
        case "auto" if not rest:
            from sensors.automatic import AutomaticSensor
            from sensors.strap import Strap

            return AutomaticSensor(Strap(address=None, name=None))
        case "ble":
            from sensors.strap import Strap

            address = rest if _is_address(rest) else None
            return Strap(address=address, name=None if address else rest or None)
        case "polar":
            from sensors.polar import PolarStrap

            return PolarStrap(address=rest or None)
        case "movesense":
            from sensors.movesense import MovesenseStrap

            return MovesenseStrap(address=rest or None)
        case "relay":
            return _relay(rest)
        case "serial" | "ant" | "lsl":
            return _attached(kind, rest)
        case "sim":
            return SimulatedHeart(listener_of(rest))
        case "replay":
            from sensors.recording import RecordingError
            from sensors.replay import Replay

            try:
                return Replay.of(rest)
            except RecordingError as error:
                raise SensorSpecError(str(error)) from error
        case "osc":
            raise SensorSpecError(f"Sensor '{spec}': no heart is heard over OSC; use one of {kinds()}.")
        case _:
            return _foreign(spec, kind, rest)


def _attached(kind: str, rest: str) -> Sensor:
    """What hangs on this computer, or is heard through it."""
    from sensors.ant import AntStrap
    from sensors.lsl_inlet import LslHeart
    from sensors.serial_pulse import SerialPulse

    made: dict[str, Callable[[str], Sensor]] = {"serial": SerialPulse, "ant": AntStrap, "lsl": LslHeart}
    try:
        return made[kind](rest)
    except ValueError as wrong:
        raise SensorSpecError(str(wrong)) from wrong


def _relay(path: str) -> Sensor:
    if not Path(path).is_absolute():
        raise SensorSpecError(
            "Sensor 'relay:': a strap that a tablet passes on is heard in a room; name one with --room."
        )
    from sensors.relay import Relay

    return Relay(Path(path))


def kinds() -> str:
    """All that may be written here and now, in one list: the words of other packages too."""
    from sensors.foreign import foreign_words

    *most, last = (*KINDS, *(word for word in foreign_words() if word not in BUILT_IN))
    return f"{', '.join(most)} and {last}"


def is_sensor(word: str) -> bool:
    """Whether a spec may begin with this word. None of another package's code is run."""
    if word in BUILT_IN:
        return True
    from sensors.foreign import foreign_words

    return word in foreign_words()


def waits(spec: str) -> bool:
    """Whether this sensor sends its beats when they fall and no sooner, as a strap does.

    Raises SensorSpecError for one of another package that cannot be had.
    """
    kind, _, rest = spec.strip().partition(":")
    return kind in STRAPS or (kind not in BUILT_IN and is_sensor(kind) and _foreign(spec, kind, rest).waits)


def _foreign(spec: str, kind: str, rest: str) -> Adapted:
    """What another package brings."""
    from sensors.foreign import ForeignSensorError, brought, opened

    try:
        found = brought(kind)
        if found is not None:
            return opened(found, rest)
    except ForeignSensorError as error:
        raise SensorSpecError(str(error)) from error
    raise SensorSpecError(f"Sensor '{spec}' is not known: use one of {kinds()}.")


def listener_of(settings: str) -> SimulatedListener:
    """The simulated listener of `rest=74,breath=14,...`; raises SensorSpecError."""
    if not settings.strip():
        return SimulatedListener()
    known = {field.name for field in fields(SimulatedListener)}
    values: dict[str, Any] = {}
    for part in settings.split(","):
        name, equals, text = (piece.strip() for piece in part.partition("="))
        if not equals or name not in known:
            raise SensorSpecError(
                f"Sensor 'sim': '{part.strip()}' is not a setting; write NAME=NUMBER with one of "
                f"{', '.join(sorted(known))}."
            )
        values[name] = _number(name, text)
    return SimulatedListener(**values)


def _number(name: str, text: str) -> float:
    try:
        value = int(text) if name == "seed" else float(text)
    except ValueError:
        raise SensorSpecError(f"Sensor 'sim': {name}={text} is not a number.") from None
    low, high = LIMITS[name]
    if not math.isfinite(value) or not low <= value <= high:
        raise SensorSpecError(f"Sensor 'sim': {name}={text} must lie between {low:g} and {high:g}.")
    return value


def _is_address(text: str) -> bool:
    """A Bluetooth address (six bytes) or the identifier that macOS gives in its place (a UUID)."""
    digits = text.replace(":", "").replace("-", "")
    if not digits or any(c not in "0123456789abcdefABCDEF" for c in digits):
        return False
    return (len(digits) == 12 and text.count(":") == 5) or (len(digits) == 32 and text.count("-") == 4)

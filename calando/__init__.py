"""Calando from Python: what is promised to other programs, and stays.

    import calando

    played = calando.play("relax", sensor="sim", duration="20m", output="file:evening.flac", fast=True)
    print(played.id, played.path, played.length_s)

`play` plays one sitting, `render` makes a sound file, `heart` reads a heart without music. Whoever wants
more puts the parts together: `prepared(Asked(...))` is a `Plan`, `Sitting` plays it, a `Watcher` follows it,
a `Desk` takes what hands ask for, a `Door` lets other processes in, a `Visit` is such a process's, and `Kept`
keeps a sensor open from sitting to sitting. Times are in seconds of engine time, frames rendered / sample
rate. A name that begins with an underscore, or is not in `__all__`, may change with any version.

Importing this is quick: each name is looked up when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.version import VERSION

if TYPE_CHECKING:
    from calando.hearing import Heart as Heart
    from calando.hearing import heart as heart
    from calando.playing import Played as Played
    from calando.playing import play as play
    from calando.playing import render as render
    from engine.along import Along as Along
    from engine.desk import Act as Act
    from engine.desk import Answer as Answer
    from engine.desk import Ask as Ask
    from engine.desk import AskRefusedError as AskRefusedError
    from engine.desk import Desk as Desk
    from engine.desk import End as End
    from engine.desk import Mark as Mark
    from engine.desk import Note as Note
    from engine.desk import Rate as Rate
    from engine.desk import Touch as Touch
    from engine.desk import Turn as Turn
    from engine.desk import Undo as Undo
    from engine.device import DeviceError as DeviceError
    from engine.device import SoundDevice as SoundDevice
    from engine.door.door import Door as Door
    from engine.door.rooms import RoomError as RoomError
    from engine.door.rooms import open_rooms as open_rooms
    from engine.door.visit import Visit as Visit
    from engine.guide.music_state import Hand as Hand
    from engine.journal.record import Rating as Rating
    from engine.journal.trouble import JournalError as JournalError
    from engine.outputs import OutputSpecError as OutputSpecError
    from engine.player import DeviceOutput as DeviceOutput
    from engine.player import OfflineOutput as OfflineOutput
    from engine.player import Output as Output
    from engine.session import Moment as Moment
    from engine.sitting.asked import Asked as Asked
    from engine.sitting.asked import AskedError as AskedError
    from engine.sitting.asked import HelpFirstError as HelpFirstError
    from engine.sitting.asked import prepared as prepared
    from engine.sitting.kept import Kept as Kept
    from engine.sitting.plan import Plan as Plan
    from engine.sitting.sitting import Sitting as Sitting
    from engine.snapshot import Facts as Facts
    from engine.snapshot import Snapshot as Snapshot
    from engine.watch import Watcher as Watcher
    from engine.watch import Watchers as Watchers
    from engine.written import PlaceError as PlaceError
    from engine.written import WriteError as WriteError
    from profiles.load import ProfileError as ProfileError
    from profiles.load import load as load
    from profiles.schema import Profile as Profile
    from sensors.artefacts import Label as Label
    from sensors.artefacts import LabelledBeat as LabelledBeat
    from sensors.beat import BadPacket as BadPacket
    from sensors.beat import Link as Link
    from sensors.beat import LinkChange as LinkChange
    from sensors.beat import Measurement as Measurement
    from sensors.beat import SensorEvent as SensorEvent
    from sensors.beat import TimedBeat as TimedBeat
    from sensors.heart_state import HeartState as HeartState
    from sensors.sensor import KeepsTime as KeepsTime
    from sensors.sensor import Sensor as Sensor
    from sensors.spec import SensorSpecError as SensorSpecError
    from sensors.spec import open_sensor as open_sensor

_ROOMS = {
    "calando.hearing": ("Heart", "heart"),
    "calando.playing": ("Played", "play", "render"),
    "engine.along": ("Along",),
    "engine.desk": ("Act", "Answer", "Ask", "AskRefusedError", "Desk", "End", "Mark", "Note", "Rate", "Touch",
                    "Turn", "Undo"),
    "engine.device": ("DeviceError", "SoundDevice"),
    "engine.door.door": ("Door",),
    "engine.door.rooms": ("RoomError", "open_rooms"),
    "engine.door.visit": ("Visit",),
    "engine.guide.music_state": ("Hand",),
    "engine.journal.record": ("Rating",),
    "engine.journal.trouble": ("JournalError",),
    "engine.outputs": ("OutputSpecError",),
    "engine.player": ("DeviceOutput", "OfflineOutput", "Output"),
    "engine.session": ("Moment",),
    "engine.sitting.asked": ("Asked", "AskedError", "HelpFirstError", "prepared"),
    "engine.sitting.kept": ("Kept",),
    "engine.sitting.plan": ("Plan",),
    "engine.sitting.sitting": ("Sitting",),
    "engine.snapshot": ("Facts", "Snapshot"),
    "engine.watch": ("Watcher", "Watchers"),
    "engine.written": ("PlaceError", "WriteError"),
    "profiles.load": ("ProfileError", "load"),
    "profiles.schema": ("Profile",),
    "sensors.artefacts": ("Label", "LabelledBeat"),
    "sensors.beat": ("BadPacket", "Link", "LinkChange", "Measurement", "SensorEvent", "TimedBeat"),
    "sensors.heart_state": ("HeartState",),
    "sensors.sensor": ("KeepsTime", "Sensor"),
    "sensors.spec": ("SensorSpecError", "open_sensor"),
}  # fmt: skip
"""Where each promised name is at home."""

_HOMES = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["__version__", *sorted(_HOMES)]  # pyright: ignore[reportUnsupportedDunderAll]

__version__ = VERSION


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'calando' has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return list(__all__)

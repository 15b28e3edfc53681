"""One sitting in one call: `play` it, or `render` it into a sound file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

from engine.along import Along
from engine.desk import Desk
from engine.device import PREFERRED_RATE_HZ, NoDeviceError
from engine.door.door import Door
from engine.journal.opening import data_folder
from engine.journal.taken_away import taken_away
from engine.outputs import OutputSpecError, Way, opened, way_of
from engine.player import OfflineOutput, Output
from engine.render import SoundFile
from engine.sitting.asked import Asked, prepared
from engine.sitting.plan import Plan
from engine.sitting.sitting import Sitting
from engine.snapshot import Snapshot, Snapshots
from engine.watch import Latest
from sensors.sensor import Sensor
from sensors.spec import SensorSpecError, open_sensor, waits

_log = logging.getLogger("calando")


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a sitting.

    id        under which the journal keeps it
    path      the sound file it was played into; None where there is none, or consent was refused meanwhile
    length_s  from the first sound to the last, seconds
    seed      with which the same music can be written again
    folder    of the journal that keeps it; None where none does
    trouble   what is wrong with its record, in a sentence; empty where nothing is
    last      the sitting as it was at its end
    """

    id: str
    path: Path | None
    length_s: float
    seed: int
    folder: Path | None
    trouble: str
    last: Snapshot


def play(
    profile: str | None = None,
    sensor: str | Sensor = "auto",
    *,
    feel: str | None = None,
    target: float | None = None,
    duration: float | str | None = None,
    arm: str = "governed",
    turns: Sequence[str] = (),
    seed: int | None = None,
    client: str | None = None,
    goal: str | None = None,
    consent: bool | None = None,
    hand: str = "listener",
    guide: str | None = None,
    without: Sequence[str] = (),
    pauses: float | None = None,
    voice: str | None = None,
    own_voice: str | PathLike[str] | None = None,
    output: str | Output = "auto",
    fast: bool = False,
    force: bool = False,
    record: bool | str | PathLike[str] = True,
    room: str | None = None,
    watch: Callable[[Snapshot], None] | None = None,
    desk: Desk | None = None,
    along: Along | None = None,
    say: Callable[[str], None] | None = None,
) -> Played:
    """Play one sitting, and return when its last sound is over.

    profile  its name or a file; without it `feel` chooses, or it is `relax`
    sensor   `auto`, `ble`, `sim`, `replay:FILE`, ..., or a sensor of one's own that is not open yet
    feel     a sentence about how one feels: the music begins there
    target   heart rate to lead toward, beats a minute
    duration seconds with the last fade, or text: `20m`; None for the profile's own
    arm      how the music leads: `governed`, `paced:5.5` for a plain pacer, or another to compare it with
    turns    profiles to turn to on the way: `sleep@10m`
    seed     0 to 2**31 - 1; the same seed writes the same music again
    client, goal, consent   for the record: a code, never a name; what is wished for; whether it may be kept
    hand     whose target and turns these are: `listener` or `therapist`
    guide    words told while it plays: a guide's name or file; `without` leaves out groups of it, and
             `pauses` makes its pauses 0.7 to 1.5 times as long
    voice    what says them: `heart`, `none` for text and a bell, None for whichever is here; `own_voice`, a
             folder of recordings, comes first
    output   `auto`, `device:NAME`, `file:PATH`, `null`, or an Output that is ready
    fast     as fast as the machine can; `auto` is then a simulated heart, and a sound file
    force    whether a file that exists may be replaced
    record   True keeps it in the user's journal, False nowhere, else the folder of a journal
    room     opens the sitting to other processes under this name (`Visit`)
    watch    called with a Snapshot ten times a second of engine time: in a thread of its own, or with `fast`
             between two ticks, where the music waits for it; one that raises is called no more
    desk     takes asks while the sitting plays, from any thread
    along    how somebody plays along, on a MIDI keyboard or through the room; None where nobody does
    say      told sentences for the listener; they go to the log `calando` where nobody is named

    Where `auto` finds no sound device, the sitting is played into a sound file in the current folder.

    Raises AskedError for what cannot be meant, HelpFirstError where the words of `feel` ask for a person,
    SensorSpecError, OutputSpecError, DeviceError, PlaceError, WriteError, RoomError, and JournalError
    where a yoked sitting's journal cannot be read. Ctrl-C breaks off; `End` at the desk ends with a fade.
    """
    say = say or _log.warning
    if isinstance(sensor, str):
        sensor = _hurried(sensor) if fast else sensor
    asked = Asked(
        profile, feel, _named(sensor), target, duration, arm, tuple(turns), seed, client, goal, consent, hand,
        None if isinstance(record, bool) else Path(record), record is not False,
        guide=guide, without=tuple(without), pauses=pauses, voice=voice,
        own_voice=None if own_voice is None else Path(own_voice),
    )  # fmt: skip
    plan = prepared(asked)
    heart = open_sensor(sensor) if isinstance(sensor, str) else sensor
    for sentence in plan.said:
        say(sentence)
    data = data_folder(asked.data) if plan.record else None
    with ExitStack() as rooms:
        path: Path | None = None
        if isinstance(output, str):
            way = way_of(
                output, fast=fast, prompt=room is not None, along=None if along is None else along.device,
                without=_told(say),
            )  # fmt: skip
            output, path = rooms.enter_context(
                opened(output, way, name=plan.profile.name, force=force, say=say)
            )
        elif fast and not isinstance(output, OfflineOutput):
            raise OutputSpecError("A sound device cannot play --fast; hand in an OfflineOutput.")
        played = _sat(plan, heart, output, data, path, room, watch, desk, say, fast, along)
    if path is not None and played.path is None:
        say(taken_away(path))
    if played.path is not None and played.folder is not None:
        _remember(played.folder, played.id, played.path, say)
    return played


def render(
    profile: str,
    path: str | PathLike[str],
    *,
    sensor: str | Sensor = "sim",
    target: float | None = None,
    duration: float | str | None = None,
    arm: str = "governed",
    turns: Sequence[str] = (),
    seed: int | None = None,
    client: str | None = None,
    force: bool = False,
    watch: Callable[[Snapshot], None] | None = None,
) -> Played:
    """Render a sitting into the sound file `path` (.wav, .flac or .ogg), as fast as the machine can.

    No journal keeps it, and whatever breaks it off leaves no file. Arguments and errors are those of `play`.
    """
    if isinstance(sensor, str):
        sensor = _hurried(sensor)
    plan = prepared(Asked(profile, None, _named(sensor), target, duration, arm, tuple(turns), seed, client))
    heart = open_sensor(sensor) if isinstance(sensor, str) else sensor
    with SoundFile(Path(fspath(path)), PREFERRED_RATE_HZ, force=force) as file:
        output = OfflineOutput(PREFERRED_RATE_HZ, f"Rendering into {file.path}.", file.write)
        return _sat(plan, heart, output, None, file.path, None, watch, None, _log.warning, True)


def _sat(
    plan: Plan, heart: Sensor, output: Output, data: Path | None, path: Path | None, room: str | None,
    watch: Callable[[Snapshot], None] | None, desk: Desk | None, say: Callable[[str], None], fast: bool,
    along: Along | None = None,
) -> Played:  # fmt: skip
    if room is not None and along is None:
        along = Along()
    latest = Latest()
    made = Sitting(plan, heart, output, data=data, file=path, desk=desk, say=say, along=along)
    with made as sitting, ExitStack() as rooms:
        sitting.watchers.add(latest, at_once=True)
        if watch is not None:
            sitting.watchers.add(Snapshots(sitting, watch), at_once=fast)
        if room is not None:
            door = rooms.enter_context(Door(room))
            door.admit(sitting)
            rooms.callback(door.dismiss)
            rooms.callback(sitting.watchers.close)  # what was said last is told before the door closes
        sitting.run()
    assert latest.newest is not None, "a sitting has one tick at least"
    last = Snapshot.of(latest.newest, heart.label, output, sitting.trouble)
    folder = sitting.folder if sitting.kept else None
    if sitting.forgotten:
        path = None
    return Played(sitting.id, path, last.t, plan.seed, folder, sitting.trouble, last)


def _remember(folder: Path, sitting: str, path: Path, say: Callable[[str], None]) -> None:
    """Let the journal know of the sound file, so that it can go with the sitting."""
    from engine.journal import made
    from engine.journal.trouble import JournalError

    try:
        made.remember_in(folder, sitting, "sound", path)
    except JournalError as trouble:
        say(f"The journal does not know of {path}, so deleting the sitting will not remove it: {trouble}")


def _named(sensor: str | Sensor) -> str:
    """The spec that the record keeps."""
    if isinstance(sensor, str):
        return sensor
    return "sim" if sensor.simulated else f"api:{type(sensor).__name__}"


def _hurried(spec: str) -> str:
    """The sensor for a sitting that is faster than time."""
    if spec == "auto":
        return "sim"
    if waits(spec):
        raise SensorSpecError("A strap cannot be hurried; give sim or replay:FILE, or leave out fast.")
    return spec


def _told(say: Callable[[str], None]) -> Callable[[NoDeviceError], Way]:
    def without(absent: NoDeviceError) -> Way:
        say(str(absent))
        return Way(False)

    return without

"""Controls: the rooms of this computer, what is seen of one, and every touch. A touch is acknowledged twice.

The answer to a POST says that it was taken; the event `sounding` with the same id says that it is heard. The
header Idempotency-Key is the touch's id: sent twice it is done once, for the room remembers it too.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi import Path as InPath
from fastapi.responses import StreamingResponse

from engine.console.checks import AllChecks
from engine.console.devices import Device
from engine.console.entrance import REFUSED, Known, Therapist, check_room, check_wish
from engine.console.following import Following, SilentRoomError
from engine.console.messages import (
    Beginning,
    Beginnings,
    Begun,
    Done,
    PassedOn,
    RoomNow,
    Silence,
    Taken,
    Touch,
    Words,
)
from engine.console.rooms import NoRoomError, NotBegunError, Rooms
from engine.console.stream import Viewer
from engine.door.messages import Answered, Asked
from engine.door.relay import NoRelayError, relayed
from sensors.relay import Passed

STREAM = "Events: hello, state, event, answer, sounding, page, over, gone, alive; the data of each is JSON."

MOST_VIEWERS = 64
"""Streams at a time; the next is told so (own choice)."""

MOST_OF_ONE = 16
"""Streams of one device, so that none takes the places of all others. A browser opens six to one host; those
of a tablet that was carried away end within `serve.SILENT_MS` (own choice)."""

REMEMBERED = 4_096
"""Touches whose body is known by their key, as many as a desk remembers."""

BY = {"client": 1, "therapist": 2}
"""Who stopped, as engine.session has it."""

_SAID = {"model": Words}

Key = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,80}$")]

MayHaveKey = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,80}$")]

RoomName = Annotated[str, InPath(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]

router = APIRouter(prefix="/api", tags=["rooms"])


def rooms_of(request: Request) -> Rooms:
    """The rooms of this console."""
    rooms: Rooms = request.app.state.rooms
    return rooms


AllRooms = Annotated[Rooms, Depends(rooms_of)]


class Touches:
    """What was asked under which key, so that one key never means two things."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    def same(self, device: Device, room: str, key: str, body: str) -> bool:
        """False where the key was used for something else before."""
        known = self._bodies.setdefault((device.id, room, key), body)
        if len(self._bodies) > REMEMBERED:
            self._bodies.popitem(last=False)
        return known == body


async def followed(room: str, device: Device, rooms: Rooms) -> Following:
    """The room of that name; 404 where it is not open, 401 where another listener's sitting plays there."""
    check_room(device, room)
    try:
        following = await rooms.room(room)
    except NoRoomError:
        raise HTTPException(404, "That room is not open.") from None
    if not rooms.devices.lets_in(device.id):
        raise HTTPException(401, "This device was let in for a sitting that is over; ask to be let in again.")
    return following


@router.get("/rooms", responses={401: _SAID})
async def all_rooms(device: Known, rooms: AllRooms) -> list[RoomNow]:
    """Every room that is open on this computer."""
    found = [each for each in await rooms.now() if device.room in (None, each.room)]
    told = [_room_now(each) for each in found]
    return told if device.role == "therapist" else [each.model_copy(update={"client": None}) for each in told]


@router.post("/sittings", responses={**REFUSED, 409: _SAID})
async def begin(
    beginning: Beginning, device: Therapist, rooms: AllRooms, checks: AllChecks, key: MayHaveKey = ""
) -> Begun:
    """Begin a sitting in a room of its own; it plays on whatever becomes of the console. Asked again under
    one key it is begun once, and the answer is the same."""
    await asyncio.to_thread(checks.end)  # the strap and the loudspeakers are the sitting's now
    try:
        following = await rooms.begin(beginning, key or token_hex(8))
    except NotBegunError as trouble:
        raise HTTPException(409, str(trouble)) from None
    sitting = following.sitting or ""
    first: list[tuple[str, dict[str, Any]]] = []
    if beginning.before is not None:
        first.append(("listener", {"kind": "rate", "when": "before", **beginning.before.model_dump()}))
    for hand, wish in first:
        asked = Asked.model_validate({
            "room": beginning.room, "sitting": sitting, "id": f"{sitting}-{wish['kind']}", "hand": hand,
            "source": device.source, "wish": wish,
        })  # fmt: skip
        await _answer(following, asked)
    return Begun(room=beginning.room, sitting=sitting)


@router.get("/beginnings/{room}", responses={**REFUSED, 404: _SAID})
def beginning_now(room: RoomName, rooms: AllRooms, _: Therapist) -> Beginnings:
    """What the sitting that is being begun in that room said last."""
    words = rooms.said(room)
    if words is None:
        raise HTTPException(404, "Nothing is being begun in that room.")
    return Beginnings(words=words)


@router.get(
    "/rooms/{room}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": STREAM},
        **REFUSED, 404: _SAID, 429: _SAID, 503: _SAID,
    },
)  # fmt: skip
async def events(room: str, device: Known, rooms: AllRooms) -> StreamingResponse:
    """Everything that happens in a room, as it happens; the sitting so far comes first."""
    following = await followed(room, device, rooms)
    if len(rooms.viewers_of(device.id)) >= MOST_OF_ONE:
        raise HTTPException(429, "This device has too many pages open; close one, then try again.")
    if rooms.viewers >= MOST_VIEWERS:
        raise HTTPException(503, "Too many look on just now; close a page, then try again.")
    viewer = Viewer(device.id, device.role)
    following.look(viewer)

    async def stream() -> AsyncIterator[bytes]:
        try:
            async for lines in viewer.lines():
                yield lines
        finally:
            following.viewers.discard(viewer)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


@router.post("/rooms/{room}/touches", responses={**REFUSED, 404: _SAID, 409: _SAID, 504: _SAID})
async def touch(
    room: str, asked_for: Touch, key: Key, device: Known, rooms: AllRooms, request: Request
) -> Taken:
    """Every control there is: touch a parameter, act, turn, mark, note, rate, undo, end."""
    check_wish(device, asked_for.wish)
    following = await followed(room, device, rooms)
    touches: Touches = request.app.state.touches
    if not touches.same(device, room, key, asked_for.model_dump_json()):
        raise HTTPException(409, "That key was used for something else; take a new one.")
    _check_sitting(following, asked_for.sitting)
    hand = "listener" if device.role == "client" else "therapist"
    asked = Asked(
        room=room, sitting=asked_for.sitting, id=key, hand=hand, source=device.source, wish=asked_for.wish
    )
    answer = await _answer(following, asked)
    return Taken(id=key, done=answer.done, words=answer.words, frame=answer.frame)


@router.post("/rooms/{room}/stop", responses={**REFUSED, 404: _SAID, 409: _SAID, 504: _SAID})
async def stop(room: str, silence: Silence, device: Known, rooms: AllRooms) -> Done:
    """Silence within a quarter of a second, and the end of the sitting. Needs nobody awake in the engine."""
    if device.role not in BY:
        raise HTTPException(403, "That is for the therapist and the listener.")
    following = await followed(room, device, rooms)
    _check_sitting(following, silence.sitting)
    try:
        await following.stop(BY[device.role])
    except SilentRoomError as trouble:
        raise HTTPException(504, str(trouble)) from None
    return Done()


@router.post("/rooms/{room}/beats", responses={**REFUSED, 404: _SAID, 409: _SAID})
async def beats(room: str, passed: PassedOn, device: Known, rooms: AllRooms) -> Done:
    """What a strap sent to this device, for the sensor `relay:` of the room; sent twice it is heard once."""
    if device.role not in BY:
        raise HTTPException(403, "That is for the therapist and the listener.")
    await followed(room, device, rooms)
    packets = [(each.at_ms / 1000.0, each.raw) for each in passed.packets]
    try:
        relayed(room, Passed(f"{device.id}-{passed.link}", passed.strap, packets))
    except NoRelayError as trouble:
        raise HTTPException(409, str(trouble)) from None
    return Done()


def _check_sitting(following: Following, sitting: str) -> None:
    if following.sitting != sitting:
        raise HTTPException(409, "That sitting is over; nothing was done.")


async def _answer(following: Following, asked: Asked) -> Answered:
    try:
        return await asyncio.shield(following.ask(asked))
    except SilentRoomError as trouble:
        raise HTTPException(504, str(trouble)) from None


def _room_now(following: Following) -> RoomNow:
    facts = following.hello.facts if following.hello is not None else None
    snapshot = following.state.snapshot if following.state is not None else {}
    facts = facts if following.sitting is not None and facts is not None else {}
    return RoomNow(
        room=following.room, sitting=following.sitting, title=facts.get("title"), client=facts.get("client"),
        stage=snapshot.get("doing"), t=snapshot.get("t"),
    )  # fmt: skip

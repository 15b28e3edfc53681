"""Entrance: how a device is let in, known again and shown out; and what its role may ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, HTTPException, Request, Response

from engine.console.devices import DEVICE_S, Device, Devices, PairingError, Role
from engine.console.messages import DeviceNow, Done, Invitation, Invited, Me, Pairing, Place, Words
from engine.door.messages import AnyWish

COOKIES = {"http": "calando", "https": "__Host-calando"}
"""By scheme: a cookie called __Host- was set by this very host over TLS; no other can lay it there."""

CLIENT_ACTIONS = ("less", "more", "too_much", "skip")
"""What the listener's own page may ask for, besides a note and what is played along."""

REFUSED: dict[int | str, dict[str, Any]] = {code: {"model": Words} for code in (401, 403)}
"""What every guarded path may answer besides."""

router = APIRouter(prefix="/api", tags=["devices"])


def devices_of(request: Request) -> Devices:
    """The devices of this console."""
    devices: Devices = request.app.state.devices
    return devices


AllDevices = Annotated[Devices, Depends(devices_of)]


def known(request: Request, devices: AllDevices) -> Device:
    """The device that asks, by its cookie or by `Authorization: Bearer`; 401 for any other."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIES[request.url.scheme], "")
    device = devices.known(token)
    if device is None:
        raise HTTPException(401, "This device is not paired; open the address that calando live prints.")
    return device


Known = Annotated[Device, Depends(known)]


def therapist(device: Known) -> Device:
    """The same, if it is a therapist's; 403 for any other."""
    if device.role != "therapist":
        raise HTTPException(403, "That is for the therapist.")
    return device


Therapist = Annotated[Device, Depends(therapist)]


def check_room(device: Device, room: str) -> None:
    """403 where the device was paired with another room."""
    if device.room is not None and device.room != room:
        raise HTTPException(403, "This device was paired with another room.")


def check_wish(device: Device, wish: AnyWish) -> None:
    """403 where the device's role may not ask for that."""
    allowed: dict[Role, Callable[[], bool]] = {
        "therapist": lambda: True,
        "client": lambda: (
            wish.kind in ("play", "loop") or (wish.kind == "act" and wish.name in CLIENT_ACTIONS)
        ),
        "display": lambda: False,
    }
    if not allowed[device.role]():
        raise HTTPException(403, "That is for the therapist.")


@router.post("/pair", responses={403: {"model": Words}, 429: {"model": Words}})
async def pair(pairing: Pairing, devices: AllDevices, response: Response, request: Request) -> Me:
    """Exchange a code for a cookie. A script takes the cookie's value as its bearer token."""
    try:
        address = "" if request.client is None else request.client.host
        device, token = devices.pair(pairing.code, pairing.name, address)
    except PairingError as refused:
        raise HTTPException(429 if refused.locked else 403, str(refused)) from None
    scheme = request.url.scheme
    response.set_cookie(
        COOKIES[scheme],
        token,
        max_age=int(DEVICE_S),
        httponly=True,
        samesite="strict",
        secure=scheme == "https",
    )
    return _me(device)


@router.get("/me", responses={401: {"model": Words}})
async def me(device: Known) -> Me:
    """Who asks."""
    return _me(device)


@router.post("/invitations", responses=REFUSED)
async def invite(invitation: Invitation, devices: AllDevices, _: Therapist, request: Request) -> Invited:
    """A code for one more device: the listener's own telephone, or a screen in the room."""
    code = devices.invite(invitation.role, invitation.room)
    addresses = [f"{place}/#code={code.whole}" for place in request.app.state.places()]
    return Invited(
        code=code.whole, typed=code.typed, role=invitation.role, room=invitation.room,
        places=[Place(address=each, picture=_picture(each)) for each in addresses],
    )  # fmt: skip


@router.get("/devices", responses=REFUSED)
async def all_devices(devices: AllDevices, _: Therapist) -> list[DeviceNow]:
    """Every device that was let in."""
    return [
        DeviceNow(id=each.id, name=each.name, role=each.role, room=each.room, paired_at=each.paired_at)
        for each in devices.all()
    ]


@router.delete("/devices/{device_id}", responses={**REFUSED, 404: {"model": Words}})
async def revoke(device_id: str, devices: AllDevices, _: Therapist, request: Request) -> Done:
    """Show a device out, at once."""
    if not devices.revoke(device_id):
        raise HTTPException(404, "There is no such device.")
    for viewer in request.app.state.rooms.viewers_of(device_id):
        viewer.leave()
    return Done()


def _picture(address: str) -> str:
    return segno.make(address, error="m").svg_data_uri(light="#fff")


def _me(device: Device) -> Me:
    return Me(id=device.id, name=device.name, role=device.role, room=device.room)

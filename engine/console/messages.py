"""What goes in and out of the console's API, besides the stream, as pydantic models for OpenAPI."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.console.devices import MOST_NAME, Role
from engine.door.messages import AnyWish


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


Code = Annotated[str, Field(pattern=r"^[^<>\x00-\x1f\x7f]{1,64}$")]
"""A client's code. One with angle brackets is no code, whoever thinks it out."""


class Words(BaseModel):
    """What went wrong, in one sentence."""

    words: str


class Touch(_In):
    """One control. `sitting` is the one it is meant for: in another it does nothing."""

    sitting: Annotated[str, Field(min_length=1, max_length=80)]
    wish: AnyWish


class Silence(_In):
    """The stop: silence within a moment, and the sitting ends."""

    sitting: Annotated[str, Field(min_length=1, max_length=80)]


class Packet(_In):
    """One notification of a strap (characteristic 0x2A37)."""

    at_ms: Annotated[float, Field(ge=0.0, le=1e13)]
    """When it came, by the device's monotonic clock."""
    raw: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,64}$")]
    """Its bytes, hexadecimal."""


class PassedOn(_In):
    """What came from a strap since the last time, oldest first."""

    link: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,80}$")]
    """A new one for every connection to a strap."""
    strap: Annotated[str, Field(max_length=MOST_NAME)] = ""
    packets: Annotated[list[Packet], Field(min_length=1, max_length=120)]


class Taken(BaseModel):
    """The first acknowledgement; the second is the event `sounding` with the same id."""

    id: str
    done: bool
    words: str
    frame: int | None
    """From which frame on the music obeys."""


class RoomNow(BaseModel):
    """A room that is open on this computer."""

    room: str
    sitting: str | None
    title: str | None
    client: str | None
    stage: str | None
    t: float | None
    """Seconds since the sitting began."""


class Pairing(_In):
    code: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(max_length=MOST_NAME)] = ""


class Invitation(_In):
    role: Role
    room: Annotated[str, Field(max_length=32)] | None = None


class Place(BaseModel):
    """One way for another device to come here, with the code in it."""

    address: str
    picture: str
    """The same as a QR code: an SVG, as a data: address."""


class Invited(BaseModel):
    """A code for one device, good once and for ten minutes."""

    code: str
    typed: str
    """The same in eight letters, for typing."""
    places: list[Place]
    """None where the console answers on this computer alone."""
    role: Role
    room: str | None


class Me(BaseModel):
    """The device that asks."""

    id: str
    name: str
    role: Role
    room: str | None


class DeviceNow(Me):
    """A device that was let in."""

    paired_at: float
    """Seconds of the wall clock."""


class PageNow(BaseModel):
    """The page that the listener writes on."""

    sitting: str
    leaf: str
    words: str
    shared: bool
    kept: bool
    """Whether it goes into a record; without one the words stay on their own device."""
    questions: dict[str, list[str]]
    """For whom an empty page is hard, before and after the music."""


class PageWritten(_In):
    """The page as it stands now, whole."""

    sitting: Annotated[str, Field(min_length=1, max_length=80)]
    leaf: Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{8}$")]
    words: Annotated[str, Field(max_length=10_000)]
    shared: bool = False
    """Whether the therapist may read it."""


class PageSaved(BaseModel):
    kept: bool
    help: str | None
    """Where the words need somebody: whom to call."""


class PageTold(BaseModel):
    """What a therapist learns of it."""

    written: bool
    concern: bool
    """Whether there are words that a help line answers."""
    shared: list[str]
    """What the listener shares; nothing else is told."""


class ProfileNow(BaseModel):
    """What a sitting can be for."""

    name: str
    title: str
    description: str
    goal: str
    duration_s: float
    ranges: dict[str, tuple[float, float]]
    """How far hands may move each parameter in it."""


class GuideNow(BaseModel):
    """Words that may be told while a sitting plays."""

    name: str
    title: str
    description: str
    cautions: list[str]
    minutes: float
    profile: str
    groups: list[str]
    """Each may be left out."""


class Felt(_In):
    """How the listener feels, each 0 (not at all) to 10 (wholly); what was not asked is None."""

    calm: Annotated[float, Field(ge=0.0, le=10.0)] | None = None
    pleasant: Annotated[float, Field(ge=0.0, le=10.0)] | None = None
    awake: Annotated[float, Field(ge=0.0, le=10.0)] | None = None


class Rated(Felt):
    """The same, before or after the music."""

    when: Literal["before", "after"]


class Noted(_In):
    words: Annotated[str, Field(min_length=1, max_length=10_000)]


class Consented(_In):
    given: bool


class Given(_In):
    code: Code


class SittingNow(BaseModel):
    """A sitting that was played, in a line."""

    id: str
    began_at: str
    ending: str | None
    profile: str
    length_s: float
    resting_bpm: float | None
    simulated: bool
    goal: str | None
    calm_before: float | None = None
    calm_after: float | None = None


class RemarkNow(BaseModel):
    at: str
    hand: str
    words: str


class SittingWhole(SittingNow):
    """The same, with what happened in it."""

    client: str | None
    consent: bool | None
    facts: list[str]
    """Sentences; nothing is in them that was not measured."""
    doings: list[str]
    """What hands did and marked, each with its moment."""
    ratings: list[str]
    notes: list[RemarkNow]


class Rested(BaseModel):
    """How fast a heart was at rest in one sitting."""

    at: str
    resting_bpm: float


class ClientNow(BaseModel):
    """A client's code and what the journal knows by it."""

    code: str
    warning: str
    """Where the code looks like a name."""
    sittings: int
    usual_bpm: float | None
    usual_breath_per_min: float | None
    last: list[SittingNow]
    """The newest first."""
    course: list[Rested]
    """Over all sittings with a heart of their own, the oldest first."""


TRIM = Field(ge=-24.0, le=5.0)
"""How far a hand may trim the whole, dB (engine.guide.hands.TRIM_DB); the cap stands over it all the same."""


class HeartTried(_In):
    """A heart to listen to before a sitting."""

    sensor: Annotated[str, Field(min_length=1, max_length=200)]


class Signal(BaseModel):
    """How a heart is heard."""

    words: str
    live: bool
    simulated: bool
    hr_bpm: float | None


class Trimmed(_In):
    """How loud the tone is."""

    trim_db: Annotated[float, TRIM] = 0.0


class PieceAsked(_In):
    """A piece to take home."""

    minutes: Annotated[int, Field(ge=1, le=120)] = 20


class Piece(BaseModel):
    """It is made."""

    minutes: int
    name: str


GuideName = Annotated[str, Field(pattern=r"^\w[\w -]{0,39}$")]

Groups = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=40)]
"""Groups of a guide that are left out."""


class Template(_In):
    """How a sitting is begun, but for whose it is and what they say."""

    profile: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")] = "relax"
    sensor: Annotated[str, Field(min_length=1, max_length=200)] = "ble"
    target: Annotated[float, Field(gt=20.0, lt=220.0)] | None = None
    minutes: Annotated[float, Field(ge=1.0, le=240.0)] | None = None
    guide: GuideName | None = None
    without: Groups = []
    trim_db: Annotated[float, TRIM] = 0.0


class TemplateNow(Template):
    name: str


class Beginning(_In):
    """A sitting to begin, as `calando play` would be asked for it."""

    room: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
    client: Code | None = None
    record: bool = True
    """Whether anything of it is kept; without it the client is not told either."""
    consent: bool | None = None
    profile: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")] = "relax"
    sensor: Annotated[str, Field(min_length=1, max_length=200)] = "auto"
    target: Annotated[float, Field(gt=20.0, lt=220.0)] | None = None
    minutes: Annotated[float, Field(ge=1.0, le=240.0)] | None = None
    goal: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    guide: GuideName | None = None
    without: Groups = []
    before: Felt | None = None
    trim_db: Annotated[float, TRIM] = 0.0
    """As the volume check has found it: the sitting's own level, from which hands move it."""


class Beginnings(BaseModel):
    """What a sitting says while it is being begun."""

    words: str


class Begun(BaseModel):
    """A sitting that plays; everything else of it goes through its room."""

    room: str
    sitting: str


Ok = Literal["ok"]


class Done(BaseModel):
    """It is done."""

    done: Ok = "ok"

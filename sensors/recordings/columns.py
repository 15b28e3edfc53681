"""Columns: what a column is, told by the names that apps, straps and libraries give it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """What stands in a column."""

    RR = "rr"
    TIME = "time"
    ECG = "ecg"
    PPG = "ppg"
    INDEX = "index"
    RATE = "heart rates"
    MOTION = "acceleration"
    FIGURES = "figures of variability"


NAMES: dict[Role, str] = {
    Role.RR: "rr rri rrs rris ibi ibis nn nni nns nnis rrinterval rrintervals rrintervall "
    "rrintervalle nninterval nnintervals interbeatinterval interbeatintervals beattobeat beatinterval "
    "beatintervals rawibi liveibi rawrr rrraw "
    "rrdata rrvalue ppi ppinterval ppintervals rtor rrms ibims hrvtime intervalrr "
    "intervalorr intervallerr intervallesrr intervallorr heartperiod tachogram rrintervallen odstepyrr "
    "rrabstand rrabstande",
    Role.TIME: "t time times timestamp timestamps seconds sec secs timer elapsed elapsedtime sincestart "
    "phonetimestamp phonedatarxtimestamp sensortimestamp datetime date clock clocktime localtime utc "
    "unixtime epoch unix timeoffset offset rtime rrtime beattime peaktime recordedat receivedat "
    "zeit zeitstempel uhrzeit datum sekunden temps horodatage heure secondes tiempo hora fecha segundos "
    "tempo ora data tijd tijdstip czas sygnaturaczasowa milliseconds millis",
    Role.ECG: "ecg ekg ecgi ecgii ii mlii i leadi leadii voltage ecgvalue ecgdata ecgsignal ecgraw rawecg "
    "microvolts ecg1 ch1ecg mlii1 modifiedleadii",
    Role.PPG: "ppg pleth bvp pulse plethysmogram ppgvalue ppgdata ppgraw rawppg ppg0 ppg1 greenppg ppggreen",
    Role.INDEX: "index no nr n id row line sample samples beat beatnumber beatno number unnamed0 sampleindex",
    Role.RATE: "hr bpm heartrate heartfrequency pulserate herzfrequenz puls frequencecardiaque fc "
    "frecuenciacardiaca frequenzacardiaca",
    Role.MOTION: "x y z acc accx accy accz accelerationx accelerationy accelerationz gyrox",
    Role.FIGURES: "rmssd sdnn pnn50 hrv lfhf alpha1 lnrmssd",
}
"""Names without their unit, in lower case, letters and digits only; within a role, in order of preference."""
UNITS = {
    "s": "seconds", "sec": "seconds", "secs": "seconds", "seconds": "seconds", "second": "seconds",
    "sekunden": "seconds", "secondes": "seconds", "segundos": "seconds",
    "ms": "milliseconds", "msec": "milliseconds", "msecs": "milliseconds", "millis": "milliseconds",
    "milliseconds": "milliseconds",
    "us": "microseconds", "usec": "microseconds", "µs": "microseconds", "μs": "microseconds",
    "microseconds": "microseconds",
    "ns": "nanoseconds", "nsec": "nanoseconds", "nanoseconds": "nanoseconds",
    "min": "minutes", "mins": "minutes", "minutes": "minutes",
    "h": "hours", "hours": "hours", "d": "days", "days": "days",
    "mv": "", "uv": "", "µv": "", "μv": "", "v": "", "bpm": "", "mg": "", "adc": "",
}  # fmt: skip
"""The last word of a name that is a unit; empty where it is none of time."""
ACCENTS = str.maketrans("áàâäãéèêëíìîïóòôöõúùûüçñęśźż", "aaaaaeeeeiiiiooooouuuucneszz")
_ROLES = {name: (role, rank) for role, names in NAMES.items() for rank, name in enumerate(names.split())}


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, understood: its role, its rank among names of that role, its unit of time."""

    base: str
    role: Role | None
    rank: int
    unit: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A table whose columns mean more than their names say; names as in `Column.base`."""

    app: str
    has: frozenset[str]
    value: str
    time: str | None
    where: tuple[str, str] | None = None
    """Only rows in which this column holds this word, in lower case."""


LAYOUTS = (
    Layout("OpenHRV", frozenset({"event", "value", "timestamp"}), "value", "timestamp",
           ("event", "interbeatinterval")),
    # Its times belong to heart rates resampled at 2 Hz, not to the intervals beside them (HeartMath).
    Layout("emWave", frozenset({"rawibi"}), "rawibi", None),
)  # fmt: skip
"""Tables that are known by their header."""


@lru_cache(maxsize=1024)
def column(name: str) -> Column:
    """What the name of a column says."""
    words = [word for word in re.split(r"[^0-9a-zµμ]+", _plain(name)) if word]
    unit = UNITS.get(words[-1]) if len(words) > 1 else None
    base = "".join(words[:-1] if unit is not None else words)
    if base not in _ROLES:
        base, unit = ("".join(words), None) if "".join(words) in _ROLES else (base, unit)
    role, rank = _ROLES.get(base, (None, 0))
    return Column(base, role, rank, unit or UNITS.get(base, ""))


def known(name: str) -> bool:
    """Whether a name is one of ours."""
    return column(name).role is not None


def layout_of(names: tuple[str, ...]) -> Layout | None:
    """The known table that has these columns, if any."""
    bases = {column(name).base for name in names}
    return next((layout for layout in LAYOUTS if layout.has <= bases), None)


def _plain(name: str) -> str:
    """In lower case, without the accents that apps write or leave out."""
    return name.lower().translate(ACCENTS)

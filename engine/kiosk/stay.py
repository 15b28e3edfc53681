"""Stay: a watcher inside the tick of a sitting, which ends it when it must end, and tells how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.desk import Ask, Touch
from engine.guide.music_state import Hand, Stage
from engine.kiosk.orders import Shown, Status, Wanted
from engine.kiosk.presence import Presence
from engine.kiosk.state import Doing
from engine.kiosk.strap_pool import battery_of

if TYPE_CHECKING:
    from engine.kiosk.house import House
    from engine.session import Moment
    from engine.sitting.kept import Kept, Lent
    from engine.sitting.sitting import Sitting

QUICK_FADE_S = 1.5
"""Where the music has to go: mute, a strap put on during a programme, the end of the process (own choice)."""

SETTLED_S = 20.0
"""A piece has begun to be heard by then (own choice)."""


class Stay:
    """Of one visit or programme.

    t_s        of its newest moment
    sequence   commands sent so far
    battery    of the strap, per cent, where it tells
    """

    def __init__(
        self, house: House, sitting: Sitting, doing: Doing, kept: Kept, *, grace_s: float = 0.0
    ) -> None:
        self._house, self._sitting, self._doing = house, sitting, doing
        self._grace_s = grace_s
        self._presence = Presence(house.orders.wanted.off_s)
        # A programme listens for a strap beside its own invented heart.
        self._beside: Lent | None = kept.lent() if doing is Doing.PROGRAMME else None
        self._sensor = kept.sensor
        self._trim_db = 0.0
        self._cap_lufs = house.orders.wanted.cap_lufs
        self._ends = False
        self._stop_at_s: float | None = None
        self.t_s = 0.0
        self.sequence = 0
        self.battery: int | None = None

    def begin(self) -> None:
        self._trim()
        if self._beside is not None:
            self._beside.keep_time(self._house.output.now_s)
            self._beside.open()

    def over(self) -> None:
        if self._beside is not None:
            self._beside.close()

    @property
    def worn(self) -> bool:
        """Whether a heart was heard to the end."""
        return not self._presence.off(self.t_s)

    def moment(self, moment: Moment) -> None:
        """As engine.watch.Watcher."""
        house, now_s = self._house, moment.t_s
        wanted = house.orders.wanted
        self.t_s = now_s
        self.sequence += len(moment.commands)
        self._presence.look(list(moment.events if self._beside is None else self._beside.poll(now_s)))
        self._trim()
        if wanted.cap_lufs != self._cap_lufs:
            self._cap_lufs = wanted.cap_lufs
            self._sitting.cap(wanted.cap_lufs)
        if self._stop_at_s is not None:
            if now_s >= self._stop_at_s:
                self._sitting.stop()
        elif self._must_go(now_s, wanted):
            self._stop_at_s = now_s + QUICK_FADE_S + 0.1
            self._sitting.fade(QUICK_FADE_S)
        elif not self._ends and self._may_end(now_s, wanted):
            self._ends = True
            self._sitting.end()
        house.told(now_s, self._status(moment))

    def _must_go(self, now_s: float, wanted: Wanted) -> bool:
        """Whether it has to be silent soon, whatever plays."""
        if wanted.muted or self._house.orders.leaving:
            return True
        if self._doing is not Doing.PROGRAMME:
            return wanted.safe
        return self._presence.on(now_s) or not (wanted.programme or wanted.safe)

    def _may_end(self, now_s: float, wanted: Wanted) -> bool:
        """Whether it comes to its end, with a fade that befits it."""
        if not wanted.open:
            return True
        return self._doing is Doing.VISIT and self._presence.off(now_s, self._grace_s)

    def _trim(self) -> None:
        trim_db = max(self._house.orders.wanted.trim_db, -24.0)
        if trim_db != self._trim_db:
            self._trim_db = trim_db
            self._sitting.desk.put(Ask(Touch("trim_db", trim_db), Hand.THERAPIST, "kiosk"))

    def _status(self, moment: Moment) -> Status:
        ending = moment.music.stage is Stage.END or self._stop_at_s is not None
        self.battery = battery_of(self._sensor)
        visit, heart = self._doing is Doing.VISIT, moment.heart
        true_bpm = heart.hr_bpm if visit and not heart.simulated else None
        return Status(
            Doing.ENDING if ending else self._doing,
            round(moment.t_s * self._house.output.rate_hz),
            self.sequence,
            moment.meter.lufs_momentary if moment.meter else None,
            sounding=not ending and moment.t_s > SETTLED_S,
            strap=not self._presence.off(moment.t_s) if visit else self._presence.on(moment.t_s),
            battery=self.battery,
            visit_s=moment.t_s if visit else 0.0,
            shown=Shown(
                None if true_bpm is None else round(true_bpm),
                round(moment.swell_phase, 3),
                round(moment.music.breath_guide_per_min, 3),
            ),
        )

"""House: what a kiosk does all day on one sound device: interludes, visits, programmes, one after the other.

It knows no process, no file and no wall clock: engine time is all, so the same days pass offline, as fast as
the machine can. Nothing of a visitor outlives the visit: monitor, guide and sitting are made for it, and
dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import SystemRandom

from engine.guide.arms import Arm
from engine.kiosk.forgetting import forget
from engine.kiosk.idle import Idle
from engine.kiosk.interlude import Interlude
from engine.kiosk.orders import Status, Wanted
from engine.kiosk.state import Doing
from engine.kiosk.stay import Stay
from engine.kiosk.strap_pool import NoStrap
from engine.player import Output
from engine.sitting.asked import LARGEST_SEED, Asked, AskedError, prepared
from engine.sitting.kept import Kept
from engine.sitting.sitting import Sitting
from sensors.sensor import Sensor

TELL_S = 0.25
"""Between two statuses (own choice)."""

NOWHERE = Path("/dev/null")
"""Where a journal would be looked for; there is none."""

PROGRAMME_HEART = "sim:rest=66,seed=7"
"""A programme is led by an invented heart at rest, on a path that no feedback bends."""

SAFE_PROFILE = "relax"

LOW_BATTERY = 10
"""Per cent, told by an earcon after a visit; the alert from afar has a threshold of its own (own choice)."""

UNHEARD_S = 12.0
"""By then a sitting is as loud as it will be in its first minute (own choice)."""

RESUMED_GRACE_S = 20.0
"""A visit that goes on in a new process waits so much longer for its strap, which must be found again."""


class Orders:
    """What is wanted, as it stands. One thread writes, the music reads; each field is replaced whole."""

    def __init__(self, wanted: Wanted | None = None, may_listen: bool = True) -> None:
        self.wanted = Wanted() if wanted is None else wanted
        self.may_listen = may_listen
        self.leaving = False
        self.resume: tuple[Doing, float] | None = None
        """A visit or programme that another process could not finish, and how long it had lasted."""
        self.signs: deque[str] = deque(maxlen=4)
        """Earcons that somebody has asked for."""

    @property
    def straps(self) -> tuple[str, ...] | None:
        """Specs of the straps that are to be listened to; None where none is."""
        wanted = self.wanted  # read once: another thread may replace it meanwhile
        return wanted.straps if self.may_listen and not wanted.safe else None


class House:
    """One kiosk's day on `output`. `run` returns once `orders.leaving`.

    straps   makes the sensor of the straps that are listened to
    tell     told how it stands, in the control thread
    """

    def __init__(
        self,
        output: Output,
        straps: Callable[[tuple[str, ...]], Sensor],
        orders: Orders,
        tell: Callable[[Status], None],
    ) -> None:
        self.output, self.orders = output, orders
        self._straps, self._tell = straps, tell
        self.status = Status()
        self._frames_before = 0
        self._sequence_before = 0
        self._told_s = -1.0
        self._signs: deque[str] = deque()
        self.listened_to: tuple[str, ...] | None = None
        """Specs of the straps that are open; None where none is."""
        self.worn_still = False
        """Whether the strap was still on at the end of the last visit: it has to come off before the next."""
        self.quiet_until_s = 0.0
        """After a visit nobody is let in before this moment of the next interlude."""
        self._profile_number = 0

    def run(self) -> None:
        """Until it is to leave."""
        orders = self.orders
        while not orders.leaving:
            self.listened_to = orders.straps
            sensor = NoStrap() if self.listened_to is None else self._straps(self.listened_to)
            with Kept(sensor) as kept:
                self._stay(kept)
            del kept, sensor
            forget()

    def _stay(self, kept: Kept) -> None:
        """One visitor's stay, and what comes before it; a new sensor follows, which remembers nobody."""
        orders = self.orders
        resume, orders.resume = orders.resume, None
        if resume is not None and self._may_play():
            doing, since_s = resume
            if hasattr(self.output, "unheard_s"):
                self.output.unheard_s = UNHEARD_S  # pyright: ignore[reportAttributeAccessIssue]
            if doing is Doing.VISIT:
                return self._visit(kept, since_s)
            if doing is Doing.PROGRAMME:
                self._programme(kept)
        while not orders.leaving:
            why = self._idle(kept)
            if why == "visit":
                return self._visit(kept)
            if why != "programme":
                return None
            self._programme(kept)
        return None

    def _may_play(self) -> bool:
        wanted = self.orders.wanted
        return wanted.open and not wanted.muted and not self.orders.leaving

    # Between sittings.

    def _idle(self, kept: Kept) -> str:
        wanted = self.orders.wanted
        interlude = Interlude(self.output, kept.lent(), wanted.cap_lufs, wanted.trim_db)
        idle = Idle(self, wanted, kept.sensor)
        if self._signs and wanted.earcons and self._may_play():
            for name in self._signs:
                interlude.speak(name, 0.0)
        self._signs.clear()
        why = interlude.run(idle)
        self._frames_before += interlude.frame
        self._sequence_before += interlude.sequence
        return why

    def told(self, now_s: float, status: Status) -> None:
        """Tell how it stands, a few times a second; frames and commands over all sounds."""
        if 0.0 <= now_s - self._told_s < TELL_S - 1e-6:
            return
        self._told_s = now_s
        away = bool(getattr(self.output, "away", False))
        frame = int(getattr(self.output, "card_frames", self._frames_before + status.frame))
        self.status = replace(
            status,
            frame=frame,
            sequence=self._sequence_before + status.sequence,
            lufs=status.lufs if getattr(self.output, "heard", True) else None,
            sound_ok=not away,
            sound_words=self.output.words,
            mixing=getattr(self.output, "mixing", None),
            visits=self.status.visits,
            visit_s=self.status.visit_s + status.visit_s,
            warm=True,
        )
        self._tell(self.status)
        if status.visit_s:
            self.status = replace(self.status, visit_s=self.status.visit_s - status.visit_s)

    # Sittings.

    def _visit(self, kept: Kept, since_s: float = 0.0) -> None:
        wanted = self.orders.wanted
        left_s = max(wanted.length_s - since_s, 60.0)
        number = wanted.first + self._profile_number
        profile = wanted.profiles[number % len(wanted.profiles)]
        if not since_s:
            self._profile_number += 1
            self.status = replace(self.status, visits=self.status.visits + 1)
        sensor = kept.lent()
        asked = Asked(profile, sensor="ble", duration=left_s, record=False, data=NOWHERE)
        sitting = self._sitting(asked, sensor)
        stay = Stay(self, sitting, Doing.VISIT, kept, grace_s=RESUMED_GRACE_S if since_s else 0.0)
        self._played(sitting, stay)
        self.status = replace(self.status, visit_s=self.status.visit_s + stay.t_s)
        if stay.battery is not None and stay.battery <= LOW_BATTERY:
            self._signs.append("battery")
        self._signs.appendleft("goodbye")
        self.quiet_until_s, self.worn_still = wanted.rest_s, stay.worn

    def _programme(self, kept: Kept) -> None:
        from sensors.spec import open_sensor

        wanted = self.orders.wanted
        profile = SAFE_PROFILE if wanted.safe else wanted.programme_profile
        asked = Asked(
            profile, sensor=PROGRAMME_HEART, arm=Arm.OPEN_LOOP.value, record=False, data=NOWHERE, pulse=False
        )
        sitting = self._sitting(asked, open_sensor(PROGRAMME_HEART))
        self._played(sitting, Stay(self, sitting, Doing.PROGRAMME, kept))

    def _sitting(self, asked: Asked, sensor: Sensor) -> Sitting:
        asked = replace(asked, seed=SystemRandom().randrange(LARGEST_SEED))
        try:
            plan = prepared(asked)
        except AskedError:  # a profile that was good when the file was checked, and has gone since
            plan = prepared(replace(asked, profile=SAFE_PROFILE))
        return Sitting(plan, sensor, self.output, cap_lufs=self.orders.wanted.cap_lufs)

    def _played(self, sitting: Sitting, stay: Stay) -> None:
        sitting.watchers.add(stay, at_once=True)
        with sitting:
            stay.begin()
            sitting.run()
        stay.over()
        self._frames_before += round(stay.t_s * self.output.rate_hz)
        self._sequence_before += stay.sequence

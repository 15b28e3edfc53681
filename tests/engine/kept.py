"""A sitting that is played once, offline, and can then be kept in as many journals as a test needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from dsp.native import Synth
from engine.desk import Act, Ask, Touch
from engine.guide.guide import Guide
from engine.guide.music_state import Hand
from engine.guide.target import Usual
from engine.journal.ending import now
from engine.journal.journal import Journal
from engine.journal.record import Figures, Head, TellingGuide
from engine.music.composer import Composer
from engine.player import OfflineOutput, Sink
from engine.session import Moment, Session
from engine.watch import Watcher, at_once
from profiles.load import load
from profiles.schema import Profile
from sensors.simulated import SimulatedHeart, SimulatedListener

RATE_HZ = 48_000
SEED = 7


@dataclass(frozen=True, slots=True)
class Played:
    """Every moment of a sitting and every sample of it, (frames, 2)."""

    moments: Sequence[Moment]
    sound: np.ndarray


def offline(
    profile: Profile, heart: SimulatedListener, duration_s: float, sink: Sink, watcher: Watcher
) -> Session:
    """A session on the offline clock."""
    return Session(
        profile,
        SimulatedHeart(heart),
        Guide(profile, duration_s=duration_s),
        Composer(profile, SEED),
        Synth(RATE_HZ, SEED),
        OfflineOutput(RATE_HZ, "Rendering.", sink),
        at_once(watcher),
    )


@cache
def played(duration_s: float, ends_at_s: float | None = None) -> Played:
    """A sitting with a strap that comes off, wishes of a hand and, where asked, a panic fade at its end."""
    profile = load("relax")
    moments: list[Moment] = []
    sound: list[np.ndarray] = []

    class Seen:
        def moment(self, moment: Moment) -> None:
            moments.append(moment)
            if len(moments) == 200:
                session.desk.put(Ask(Touch("brightness", 0.4), Hand.THERAPIST))
                session.desk.put(Ask(Act("less"), Hand.LISTENER))
            if ends_at_s is not None and len(moments) == round(10 * ends_at_s):
                session.end()
                session.end()

    listener = SimulatedListener(seed=5, drops=4.0, drop_s=5.0, missed=0.02)
    session = offline(profile, listener, duration_s, sound.append, Seen())
    session.run()
    return Played(moments, np.concatenate(sound))


def head(session_id: str, **changed: object) -> Head:
    """A head as `calando play` makes it."""
    profile = load("relax")
    values: dict = {
        "id": session_id, "began_at": now(), "ended_at": None, "ending": None, "client": "client-7f",
        "consent": True, "goals": "to sleep better", "profile": profile.name,
        "profile_table": asdict(profile), "feel": None, "sensor": "sim", "sensor_label": "SIMULATED heart",
        "simulated": True, "arm": "governed", "seed": SEED, "target_bpm": None, "duration_s": 60.0,
        "rate_hz": RATE_HZ, "output": "Rendering.", "file": None, "versions": {}, "usual": Usual(),
        "frames": 0, "figures": Figures(), "guide": TellingGuide("ground", "Five senses", 8),
    }  # fmt: skip
    return Head(**(values | changed))


def journal(folder: Path, head: Head, say: Callable[[str], None]) -> Journal:
    return Journal(folder, head, SimulatedHeart(SimulatedListener()), say)


def keep(folder: Path, head: Head, moments: Sequence[Moment]) -> list[str]:
    """Keep these moments at once; returns what the listener was told."""
    told: list[str] = []
    with journal(folder, head, told.append) as kept:
        for moment in moments:
            kept.moment(moment)
    return told

"""Orchestration: which instrument of the palette sings, which accompanies, where each sits."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from dsp.palette.instruments import playing
from engine.music.scenes import Scene
from profiles.schema import Instrument, Profile

FOREGROUND = playing("lead", "stroke")
"""Instruments whose onsets density counts, in the order in which they are fit to sing."""

MARKS = playing("stroke", "lead")
"""Instruments whose single stroke may mark a moment: a bowl, or failing that what is struck most like one."""

CHORDS = playing("chords")
"""Instruments that sound the harmony: the first of a palette all of it, another its upper voices."""

AIR = playing("air")
"""Instruments of noise that go on under everything, in long overlapping notes."""


@dataclass(frozen=True, slots=True)
class Orchestra:
    """One section's instruments; None where the palette has none for the part.

    lead_pan, arpeggio_pan   -1 to 1
    centre                 where in the lead's register the melody lies, 0 (low) to 1 (high)
    """

    lead: Instrument | None
    arpeggio: Instrument | None
    stroke: Instrument | None
    lead_pan: float
    arpeggio_pan: float
    centre: float


def cast(
    profile: Profile, section: int, scene: Scene, random: Random, before: Orchestra | None
) -> Orchestra:
    """The orchestra of section number `section`: the lead changes hands, and so does the side it sits on.

    The lead is cast in every scene, for it may have to sing the listener's own motif.
    """
    have: list[Instrument] = [name for name in FOREGROUND if name in profile.palette]
    singers: list[Instrument] = [name for name in have if name in playing("lead")] or have
    lead = singers[section % len(singers)] if singers else None
    partners: list[Instrument] = [name for name in singers if name != lead]
    arpeggio = random.choice(partners) if partners and not scene.single else lead
    strikes = [name for name in have if name in playing("stroke")] if "stroke" in scene.sounding else []
    side = -1.0 if before is not None and before.lead_pan > 0 else 1.0
    return Orchestra(
        lead=lead,
        arpeggio=arpeggio,
        stroke=next(iter(strikes), arpeggio),
        lead_pan=side * random.uniform(0.08, 0.2),
        arpeggio_pan=-side * random.uniform(0.25, 0.45),
        centre=random.uniform(0.35, 0.7),
    )

"""Scenes: the states of a sitting that one could name: who plays in each, on which bass, and how fast.

A section is one scene from its first phrase to its silence, so layers step back and forth where little is
heard. A profile lists its own scenes in the order in which they come; `afterglow` is for when the guide has
made the music soft, whatever the profile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dsp.palette.instruments import playing
from engine.guide.music_state import Decision, Hand
from profiles.schema import SceneName

DRAWN_BACK_DB: Mapping[str, float] = MappingProxyType({"chords": -3.0, "doubles": -12.0})
"""How far the bed's instruments are turned down that a scene leaves out: that which has the whole harmony,
and the one that sings upper voices with it. The first only steps back: what is heard over less of it rises by
more than the law of rises allows (own choice)."""

EVERYTHING = frozenset({*DRAWN_BACK_DB, "lead", "stroke", "kit"})
"""What a scene may leave out, by what it plays. Figures sound in all, and so do drone and air."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One state of the music.

    told      what it is called in view, journal and report
    sounding  which of EVERYTHING sounds
    fullness  onsets, as a share of what the guide wishes for; what a hand wishes for is kept to
    chords    part of the profile's range of chord lengths that is drawn from, 0 (shortest) to 1
    walks     whether the bass goes with the chords; else it stands on the home note
    away      whether the section has a home note of its own
    single    whether one instrument plays all that is struck
    height    which part of their register the chords lie in, 0 low to 1 high, and the air
    lead_height, figure_height   the same for what is struck
    mix       dB by which an instrument lies over or under its level in the profile
    """

    name: SceneName
    told: str
    why: str
    sounding: frozenset[str]
    fullness: float
    chords: tuple[float, float]
    walks: bool = False
    away: bool = False
    single: bool = False
    height: tuple[float, float] = (0.0, 1.0)
    lead_height: tuple[float, float] = (0.0, 1.0)
    figure_height: tuple[float, float] = (0.0, 1.0)
    mix: tuple[tuple[str, float], ...] = ()


SCENES: dict[SceneName, Scene] = {
    scene.name: scene
    for scene in (
        Scene(
            "song", "song", "a melody over chords that move",
            EVERYTHING - {"doubles"}, 1.0, (0.0, 0.8), walks=True,
            lead_height=(0.35, 1.0), figure_height=(0.0, 0.5),
        ),
        Scene(
            "still", "stillness", "long chords on one bass, and single strokes",
            EVERYTHING - {"lead", "kit"}, 0.6, (0.7, 1.0), away=True,
            height=(0.0, 0.75), figure_height=(0.0, 0.4),
            mix=(("drone", 1.5),),
        ),
        Scene(
            "light", "light", "high figures and high chords",
            EVERYTHING - {"doubles", "lead", "kit"}, 1.15, (0.0, 0.75), away=True,
            height=(0.4, 1.0), figure_height=(0.45, 1.0),
        ),
        Scene(
            "alone", "one voice", "one instrument over its bass, and little else",
            EVERYTHING - {"chords", "kit", "stroke"}, 0.9, (0.0, 0.8), walks=True, away=True, single=True,
            lead_height=(0.3, 1.0), figure_height=(0.0, 0.4),
            mix=(("drone", 1.5),),
        ),
        Scene(
            "deep", "depth", "low and dark, close to the ground",
            EVERYTHING - {"doubles", "kit"}, 0.7, (0.5, 1.0), away=True,
            height=(0.0, 0.5), lead_height=(0.0, 0.4), figure_height=(0.0, 0.3),
            mix=(("drone", 1.5),),
        ),
        Scene(
            "heat", "heat", "everything at once",
            EVERYTHING, 1.2, (0.0, 0.55), walks=True,
            lead_height=(0.4, 1.0), figure_height=(0.0, 0.6),
        ),
        Scene(
            "afterglow", "afterglow", "what is left once the music has grown soft",
            EVERYTHING - {"kit"}, 0.8, (0.5, 1.0),
            height=(0.0, 0.7), lead_height=(0.0, 0.5), figure_height=(0.0, 0.4),
        ),
    )
}  # fmt: skip


def mix_of(scene: Scene, palette: Collection[str]) -> Mapping[str, float]:
    """dB by which each instrument of a palette lies over or under its level there while a scene lasts."""
    chords = (name for name in playing("chords") if name in palette)
    back = {
        name: db for name, (part, db) in zip(chords, DRAWN_BACK_DB.items(), strict=False)
        if part not in scene.sounding
    }  # fmt: skip
    return back | dict(scene.mix)


def told(scene: Scene, t_s: float) -> Decision:
    """What view, journal and report say as a section begins to be heard at engine time `t_s`."""
    late = scene is SCENES["afterglow"]
    because = "the music has grown soft" if late else "it is next in this profile"
    return Decision(
        t_s, Hand.AUTO if late else Hand.PROFILE, "scene", scene.name,
        f"{scene.told}, for {because}: {scene.why}",
    )  # fmt: skip

"""Stages and events in words and colours: a row each, read by views, reports and pictures."""

from __future__ import annotations

from dataclasses import dataclass

from engine.guide.music_state import Event, Stage


@dataclass(frozen=True, slots=True)
class StageWords:
    """How a stage is told.

    called    while it lasts, in the present
    doing     in an account of the sitting: "meeting your heart for 2:10"
    short     one or two words for a narrow strip
    tint      background of its stretch in a chart, `#rrggbb`
    """

    called: str
    doing: str
    short: str
    tint: str


STAGES: dict[Stage, StageWords] = {
    Stage.MATCH: StageWords("meeting your heart", "meeting your heart", "meeting", "#e6edf5"),
    Stage.GUIDE: StageWords("leading gently", "leading it", "leading", "#e5f0e8"),
    Stage.STALL: StageWords("staying with you", "staying with you", "staying", "#f4efdd"),
    Stage.BACK_OFF: StageWords("giving you room", "giving you room", "room", "#f6e4dc"),
    Stage.ARRIVE: StageWords("arrived; let it be", "resting with you", "arrived", "#dceeee"),
    Stage.COAST: StageWords(
        "going on by itself until the heart is heard again", "going on by itself", "by itself", "#ececea"
    ),
    Stage.END: StageWords("coming to an end", "ending", "ending", "#ede8f1"),
}

EVENTS: dict[Event, str] = {
    Event.SETTLED: "settled",
    Event.FOUND: "breath found",
    Event.ARRIVED: "arrived",
}
"""What an event is called where there is room for a word or two."""

"""Words: what is said before a search for a pace, of each pace, and of what came of them all."""

from __future__ import annotations

from collections.abc import Sequence

from engine.guide.pacer import Paces
from engine.pace.estimate import HOLDS, Estimate
from engine.pace.swing import Swing

CAUTIONS = (
    "This leads your breath slowly, two minutes at each pace. Sit or lie down; never do it while you drive "
    "or are in water. Breathe softly, through the nose if you like, and not deeply: it should feel easy.",
    "If you grow dizzy, if your fingers tingle or it is not pleasant, breathe as you like and end it with "
    "Ctrl-C. What was learned until then is kept.",
    "Leave it if you have atrial fibrillation. Ask your doctor first if your heart often skips, if you have "
    "asthma or another illness of the lungs or heart, epilepsy, or expect a child; and whoever looks after "
    "you if you live with trauma, psychosis, or often feel far from yourself.",
    "With a pacemaker or a beta blocker a heart swings little, and a pace can hardly be told. That is no "
    "fault of yours. This is for relaxation, and tells nothing about health.",
)
"""SCIENCE.md C4, in plain words."""

UNTOLD = "Your own pace cannot be told"


def asked(paces: Paces) -> str:
    """How the search goes, before it begins."""
    count = len(paces.per_min)
    what = f"{count} paces, two minutes each, with rests between" if count > 1 else "One pace of two minutes"
    return (
        f"{what}: about {paces.usual_s / 60.0:.0f} minutes. Breathe in while the sound opens and out while "
        "it closes. Where it stands still, breathe as you like."
    )


def swing(found: Swing) -> str:
    """What one pace was like."""
    if not found.counts:
        return f"{found.per_min:g} a minute: {found.why}."
    smooth = f"{100.0 * found.smooth:.0f} % of it with the breath"
    return (
        f"{found.per_min:g} a minute: the heart swings by {found.width_bpm:.1f} beats "
        f"(± {found.error_bpm:.1f}), {smooth}, and is quickest {quickest(found.peak_at)}."
    )


def quickest(peak_at: float) -> str:
    """Where in a breath, in words; a breath is in for its first two fifths."""
    places = (
        "as the breath begins", "while you breathe in", "where the lungs are full", "early on the way out",
        "while you breathe out", "late on the way out",
    )  # fmt: skip
    edges = (0.06, 0.32, 0.48, 0.62, 0.8, 0.94)
    return next((place for place, edge in zip(places, edges, strict=True) if peak_at < edge), places[0])


def verdict(found: Estimate) -> str:
    """What came of it, in a few words: `5.5, or 5 as well`."""
    if found.best_per_min is None:
        return UNTOLD
    if not found.as_well:
        return f"{found.best_per_min:g}"
    *most, last = (f"{pace:g}" for pace in found.as_well)
    others = f"{', '.join(most)} or {last}" if most else last
    return f"{found.best_per_min:g}, or {others} as well"


def told(found: Estimate, *, simulated: bool, left: Sequence[float] = ()) -> str:
    """The same in sentences, and what it is worth."""
    whose = "This SIMULATED heart's" if simulated else "Your"
    if found.best_per_min is None:
        more = " Nothing is wrong with that: a plain pace of 6 serves most people well."
        goes_on = f" {_few(left)} {'is' if len(left) == 1 else 'are'} still to come." if left else ""
        return f"{whose} own pace cannot be told: {found.why}.{goes_on or more}"
    pace, _, others = verdict(found).partition(", ")
    also = f", {others}" if others else ""
    own = found.best_per_min if found.own_per_min is None else found.own_per_min
    of_tried = also if f"{own:g}" == pace else f"; of those that were tried {pace}{also}"
    return (
        f"{whose} own pace is about {own:g} breaths a minute{of_tried}. In {100.0 * HOLDS:.0f} of 100 such "
        "searches the heart swings the widest at one of those that are named."
    )


def use(found: Estimate, *, simulated: bool, kept: bool) -> str:
    """What becomes of it."""
    if found.best_per_min is None:
        return ""
    own = found.best_per_min if found.own_per_min is None else found.own_per_min
    if simulated or not kept:
        return f"A plain pacer leads at it: calando play --breath {own:g}"
    return (
        "The profile breathe leads to it from now on, and every profile whose way ends at a slow breath ends "
        f"there; a plain pacer: calando play --breath {own:g}"
    )


def compared(earlier: Sequence[Estimate], now: Estimate) -> str:
    """The newest beside the one before it, where both could tell."""
    before = next((each for each in reversed(earlier) if each.told), None)
    if before is None or before.best_per_min is None or now.best_per_min is None:
        return ""
    both = {now.best_per_min, *now.as_well} & {before.best_per_min, *before.as_well}
    if both:
        return f"It agrees with the search before, which said {verdict(before)}."
    return f"The search before said {verdict(before)}: a pace may wander, and another search tells more."


def _few(paces: Sequence[float]) -> str:
    *most, last = (f"{pace:g}" for pace in paces)
    return f"{', '.join(most)} and {last}" if most else last

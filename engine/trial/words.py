"""Words: what a trial says, in plain sentences. Nothing is claimed that the interval does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from engine.trial.estimate import PROBABILITY, Estimate, pairs_needed
from engine.trial.plan import OUTCOMES, RULES, UNITS, Outcome, Plan
from engine.trial.sat import Sat

ARMS = {
    "governed": "led by the heart and the breath",
    "open-loop": "led by the clock",
    "paced": "at one tempo, with six swells a minute",
    "follow": "at the tempo of the heart",
}
"""The ways, in words that follow "the music was"."""

MEASURED: dict[Outcome, str] = {
    "heart": "fall of the heart, beats a minute",
    "calm": "calmer by, points of ten",
}
"""What a figure of one sitting is; more is calmer."""

MEASURED_BY: dict[Outcome, str] = {"heart": "Fell by", "calm": "Calmer by"}
"""The same over a column."""

ALIKE: dict[Outcome, float] = {"heart": 1.0, "calm": 0.5}
"""A difference that is smaller than this is none that anybody would notice (own choice)."""

WORTH: dict[Outcome, tuple[float, float]] = {"heart": (1.0, 3.0), "calm": (0.5, 1.5)}
"""Differences for which it is told how many sittings would tell them."""

PREFERENCES = {
    "opens": "music that opens as one settles",
    "darkens": "music that darkens as one settles",
    "either": "either alike",
}
"""Answers to QUESTION (LOOP.md section 10: no study was found)."""

QUESTION = "As you settle, some music opens and some darkens. Which do you like better?"

_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


def signed(value: float) -> str:
    """With its sign, as it is printed."""
    return f"{value:+.1f}".replace("-", "−")


def counted(count: int) -> str:
    """`nine sittings`, `one sitting`, `20 sittings`."""
    return f"{_NUMBERS[count] if count < len(_NUMBERS) else count} sitting{'s' * (count != 1)}"


def verdict(plan: Plan, sittings: Sequence[Sat], found: Estimate | None) -> str:
    """What came of it, in a few words: `Nine sittings: cannot be told yet`."""
    count = counted(sum(each.counts for each in sittings)).capitalize()
    if found is None or not (found.told or found.alike(ALIKE[plan.outcome])):
        return f"{count}: cannot be told yet"
    if not found.told:
        return f"{count}: the two are alike"
    return f"{count}: {plan.arms[0] if found.middle > 0.0 else plan.arms[1]} did more"


def told(plan: Plan, found: Estimate | None, *, simulated: bool = False) -> str:
    """The difference and how sure it is, in a sentence or two."""
    first, second = plan.arms
    if found is None:
        return (
            "It takes at least four sittings that count, and some of either way, before anything can be told."
        )
    unit, whose = UNITS[plan.outcome], "the simulated" if simulated else "your"
    went = f"{whose} heart fell" if plan.outcome == "heart" else "you grew calmer by"
    low, high = sorted((abs(found.low), abs(found.high)))
    odds = f"with a probability of {PROBABILITY:.0%}".replace("%", " %")
    if found.told:
        more, less = (first, second) if found.middle > 0.0 else (second, first)
        return (
            f"When the music was {ARMS[more]}, {went} {abs(found.middle):.1f} {unit} more than when it was "
            f"{ARMS[less]}; {odds} the difference lies between {low:.1f} and {high:.1f}."
        )
    ends = f"{signed(found.low)} and {signed(found.high)} {unit}"
    between = f"{odds} the difference, {first} less {second}, lies between {ends}"
    if found.alike(ALIKE[plan.outcome]):
        return f"The two ways do the same: {between}."
    what = "lets the heart fall further" if plan.outcome == "heart" else "makes calmer"
    return f"Which way {what} cannot be told yet: {between}."


def patience(plan: Plan, found: Estimate) -> str:
    """How many sittings would tell how large a difference."""
    unit = UNITS[plan.outcome]
    small, large = WORTH[plan.outcome]
    few, many = pairs_needed(found.spread, large), pairs_needed(found.spread, small)
    return (
        f"One sitting differs from the next by about {found.spread:.1f} {unit}, all else alike. So it takes "
        f"about {many} pairs of sittings to tell a difference of {small:g}, and {few} for one of {large:g}."
    )


def rules(plan: Plan) -> list[str]:
    """What was laid down before the first sitting."""
    hours = plan.washout_s / 3600.0
    rest = f"{hours / 24:g} days" if hours >= 48.0 else f"{hours:g} hours"
    return [
        f"{plan.sittings} sittings with {plan.profile}, half of them {plan.arms[0]} (the music is "
        f"{ARMS[plan.arms[0]]}) and half {plan.arms[1]} ({ARMS[plan.arms[1]]}), in an order drawn by lot in "
        f"blocks of {plan.block}.",
        f"At least {rest} from the end of one to the next." if hours else "No time need lie between two.",
        f"What is compared: {OUTCOMES[plan.outcome]}.",
        f"{RULES[plan.cut_short]} One of which nothing was measured is told with the reason.",
        "Nobody sees before the end how a sitting was led, and in neither way does the heart pulse sound.",
    ]


def cut_short(plan: Plan, sittings: Sequence[Sat], order: Sequence[str]) -> str:
    """How many were cut short, or do not count, by the way they were led."""
    parts: list[str] = []
    for arm in plan.arms:
        own = [each for each in sittings if order[each.number - 1] == arm]
        parts.append(
            f"{arm}: {len(own)} begun, {sum(each.cut_short for each in own)} cut short, "
            f"{sum(each.counts for each in own)} count"
        )
    return f"{'; '.join(parts)}."

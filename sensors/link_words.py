"""What the listener is told of a strap and its link: one sentence for what is, and one for what helps."""

from __future__ import annotations

from sensors.connection import StrapInfo

PATIENCE_S = 20.0
"""After so long without a strap the words tell what else may hold it."""
LOW_BATTERY_PERCENT = 10

WEAR = "put it on snugly and wet the electrodes"


def searching(who: str, for_s: float) -> str:
    """`who` has been looked for since `for_s` seconds."""
    if for_s < PATIENCE_S:
        return f"Looking for {who}. Put it on and wet the electrodes."
    return (
        f"Still looking for {who}. Put it on, wet the electrodes, come nearer, "
        "and close other apps or watches that may hold it."
    )


def connecting(label: str) -> str:
    return f"Connecting to {label}."


def waiting(label: str) -> str:
    return f"Connected to {label}; waiting for the first beats. Wear the strap snugly and wet the electrodes."


def hearing(label: str, info: StrapInfo) -> str:
    battery = info.battery_percent
    if battery is not None and battery <= LOW_BATTERY_PERCENT:
        return f"Hearing {label}. Its battery is at {battery} %: change it soon."
    return f"Hearing {label}."


def no_skin(label: str) -> str:
    return f"{label} does not feel your skin: {WEAR}."


def no_heartbeat(label: str) -> str:
    return f"{label} sends no heartbeat: {WEAR}."


def let_go_at_once(label: str) -> str:
    return f"{label} let go of the connection at once."


def out_of_reach(label: str) -> str:
    return f"{label} is out of reach or was taken off."


def silent(label: str) -> str:
    return f"{label} has fallen silent."


def trying_again(what: str) -> str:
    return f"{what} Trying again; keep the strap on and stay near."

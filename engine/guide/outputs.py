"""Outputs: everything the guide moves but the tempo, each with its own pace for the law and for a hand."""

from __future__ import annotations

from engine.guide.energy import Energy
from engine.guide.glide import Glide, Layered
from engine.guide.hands import parameter_ranges
from profiles.schema import Profile

FASTEST_RISE_DB_PER_S, FASTEST_FALL_DB_PER_S = 0.85, 8.0
"""No rise after the first fade is faster (SCIENCE.md A6); no fall but the last fade's (own choice). The rest
up to 1 LU/s is left to the breath, which a long rise meets more than once."""

BACK_DB_PER_S = 0.45
"""The same on the long way back from a silence that a hand asked for. The bed, which is nearly all that is
loud, comes back beside it by 0.2 dB/s (engine.music.controls), and a breath swells by up to 0.4 LU/s: hardly
more in all than the governor (dsp.rise) lets pass. By measurement (benchmarks/hands.py): in the sitting that
rose fastest, at 0.5 by 1.004 LU in a second, at 0.45 by 0.987 to 0.998, as the governor is tuned."""

AT_HAND_S = 2.5
"""A hand moves anything but tempo, density and a rise of loudness through its whole range in this time, and
has it back in this time: soon enough to be known for one's own doing (own choice)."""

THINNED_S = 0.3
"""The same for density. It is looked at bar by bar, so no step of it is heard as one; and the very next bar
shall be as full as a hand wants it (own choice)."""


def outputs(profile: Profile, begin: Energy, mood: float, breath_per_min: float) -> dict[str, Layered]:
    """Every output at its beginning, by its name.

    begin           where density, brightness and loudness stand
    mood            valence, -1 to 1
    breath_per_min  rate of the swell
    """
    ranges, limits, shallow_db = profile.ranges, profile.limits, profile.breath.depth_db[0]
    low, high = ranges.density
    # Quick to thin, slow to fill (SCIENCE.md A7); the speed limits make the largest step known.
    density = Glide(
        within(ranges.density, begin.density), tau_up_s=90.0, tau_down_s=20.0,
        rise_per_s=0.04 * (high - low), fall_per_s=0.08 * (high - low),
    )  # fmt: skip
    low, high = ranges.brightness
    brightness = Glide(
        within(ranges.brightness, begin.brightness), tau_up_s=45.0, tau_down_s=30.0,
        rise_per_s=0.04 * (high - low), fall_per_s=0.06 * (high - low),
    )  # fmt: skip
    loudness = Glide(
        within(ranges.loudness_db, begin.loudness), tau_up_s=45.0, tau_down_s=30.0,
        rise_per_s=limits.loudness_db_per_s, fall_per_s=3.0,
    )  # fmt: skip
    breath = Glide(breath_per_min, tau_up_s=20.0, tau_down_s=20.0, rise_per_s=2 / 60, fall_per_s=2 / 60)
    glides = {
        "density": density,
        "brightness": brightness,
        "breath_guide_per_min": breath,
        "breath_depth_db": Glide(shallow_db, tau_up_s=20.0, tau_down_s=10.0, rise_per_s=0.1, fall_per_s=0.2),
        "pulse_level": Glide(0.0, tau_up_s=8.0, tau_down_s=4.0, rise_per_s=0.1, fall_per_s=0.2),
        "mood": Glide(mood, tau_up_s=60.0, tau_down_s=60.0, rise_per_s=0.05, fall_per_s=0.05),
    }
    found: dict[str, Layered] = {}
    for name, glide in glides.items():
        low, high = parameter_ranges(profile)[name]
        most = (high - low) / (THINNED_S if name == "density" else AT_HAND_S)
        found[name] = Layered(glide, rise_per_s=most, fall_per_s=most)
    found["loudness_db"] = Layered(
        loudness, rise_per_s=FASTEST_RISE_DB_PER_S, fall_per_s=FASTEST_FALL_DB_PER_S
    )
    return found


def within(span: tuple[float, float], position: float) -> float:
    """The value at `position` (0 low, 1 high, clamped) of a range."""
    low, high = span
    if position <= 0.0:
        return low
    return high if position >= 1.0 else low + (high - low) * position

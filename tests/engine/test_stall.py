"""An interpreter that is held for ten seconds: the bed goes on without a hole, and the melody rests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dsp.native import Synth
from dsp.score import INSTRUMENTS
from dsp.telemetry import Missed
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.music.controls import FRONT
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from profiles.schema import Profile
from sensors.spec import open_sensor

RATE_HZ = 48_000
HELD_S, FOR_S, AFTER_S = 60.0, 10.0, 16.0


class HeldOutput(OfflineOutput):
    """As a sound device whose callback goes on while the control thread is held once: `advance` comes back
    so much later, with all that was rendered meanwhile."""

    def __init__(self, held_s: float, for_s: float, sink: list[np.ndarray]) -> None:
        super().__init__(RATE_HZ, "Held.", sink.append)
        self._from, self._more = round(held_s * RATE_HZ), round(for_s * RATE_HZ)

    def advance(self, until_frame: int) -> None:
        if until_frame > self._from and self._more:
            until_frame, self._more = until_frame + self._more, 0
        if until_frame > self._given:
            super().advance(until_frame)


class Played:
    """One sitting, perhaps held, up to some seconds after."""

    def __init__(self, profile: Profile, seed: int, for_s: float) -> None:
        self.onsets: list[float] = []
        self.missed = 0
        sound: list[np.ndarray] = []
        synth = Synth(RATE_HZ, seed)
        output = HeldOutput(HELD_S, for_s, sink=sound)
        self._lives = synth._sound["lives"]  # pyright: ignore[reportPrivateUsage]
        session = Session(
            profile, open_sensor("sim:seed=5"), Guide(profile, duration_s=HELD_S + FOR_S + AFTER_S),
            Composer(profile, seed), synth, output, at_once(self),
        )  # fmt: skip
        session.run()
        self.sound = np.concatenate(sound)

    def moment(self, moment: Moment) -> None:
        self.missed += sum(isinstance(report, Missed) for report in moment.news)
        for number, name in enumerate(INSTRUMENTS):
            if name in FRONT:
                self.onsets += [at / RATE_HZ for at in self._lives[number]["began"] if at]
        self.onsets = sorted(set(self.onsets))

    def level_db(self, at_s: float) -> float:
        """Of the second that begins there."""
        second = self.sound[round(at_s * RATE_HZ) : round((at_s + 1.0) * RATE_HZ)]
        return 10.0 * float(np.log10(np.mean(second**2) + 1e-12))


def bed_of(profile: Profile) -> Profile:
    palette = {
        name: replace(channel, level_db=-60.0) if name in (*FRONT, "heart") else channel
        for name, channel in profile.palette.items()
    }
    return replace(profile, palette=palette)


@pytest.mark.parametrize("name", ["relax", "energise"])
def test_ten_seconds_without_python_leave_no_hole_in_the_bed_and_the_melody_rests(name: str) -> None:
    profile = load(name)
    held, twin = Played(bed_of(profile), 3, FOR_S), Played(bed_of(profile), 3, 0.0)
    second_by_second = np.arange(HELD_S, HELD_S + FOR_S + 4.0)
    assert max(twin.level_db(at_s) for at_s in second_by_second) > -45.0
    for at_s in second_by_second:
        assert held.level_db(at_s) >= twin.level_db(at_s) - 3.0, f"a hole at {at_s} s"
    whole = Played(profile, 3, FOR_S)
    bar_s = (profile.form.beats_per_bar + 1) * 60.0 / profile.ranges.tempo_bpm[0]
    sung, rests, again = (
        [at for at in whole.onsets if first <= at < last]
        for first, last in (
            (HELD_S - 10.0, HELD_S), (HELD_S + bar_s, HELD_S + FOR_S),
            (HELD_S + FOR_S, HELD_S + FOR_S + 8.0),
        )
    )  # fmt: skip
    assert sung
    assert not rests
    assert again
    assert whole.missed == 0

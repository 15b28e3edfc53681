"""A sitting on the offline clock: the same music always, commands ahead of time, and endings that end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dsp.command import NOTE_AT_BEAT, NOTE_AT_FRAME
from dsp.native import Synth
from dsp.telemetry import Applied, Dropped
from engine.clock import HORIZON_S, TICK_S
from engine.desk import Act, Ask, Desk, Mark
from engine.guide.guide import Guide
from engine.guide.music_state import Hand, Stage
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import AHEAD_S, Moment, Session
from engine.watch import Watcher, at_once
from profiles.load import load
from sensors.spec import open_sensor

RATE_HZ = 48_000


class Sitting:
    """One session with everything it rendered and every moment of it."""

    def __init__(
        self, seed: int = 1, duration_s: float = 60.0, listeners: Sequence[Watcher] = (),
        desk: Desk | None = None,
    ) -> None:  # fmt: skip
        profile = load("relax")
        self.moments: list[Moment] = []
        self._sound: list[np.ndarray] = []
        self.session = Session(
            profile,
            open_sensor("sim:seed=5"),
            Guide(profile, duration_s=duration_s),
            Composer(profile, seed),
            Synth(RATE_HZ, seed),
            OfflineOutput(RATE_HZ, "Rendering.", self._sound.append),
            at_once(self, *listeners),
            desk,
        )

    def moment(self, moment: Moment) -> None:
        self.moments.append(moment)

    def run(self) -> Sitting:
        self.session.run()
        return self

    @property
    def sound(self) -> np.ndarray:
        return np.concatenate(self._sound)


class EndsAt:
    """Ends a sitting once, or as often as asked, at an engine time."""

    def __init__(self, at_s: float, times: int = 1) -> None:
        self.at_s, self.times = at_s, times
        self.sitting: Sitting | None = None

    def moment(self, moment: Moment) -> None:
        assert self.sitting is not None
        if moment.t_s == pytest.approx(self.at_s):
            for _ in range(self.times):
                self.sitting.session.end()


@pytest.fixture(scope="module")
def whole() -> Sitting:
    return Sitting().run()


def ended(at_s: float, times: int) -> Sitting:
    ends = EndsAt(at_s, times)
    ends.sitting = Sitting(listeners=[ends])
    return ends.sitting.run()


def test_the_same_seed_gives_the_same_samples(whole: Sitting) -> None:
    assert np.array_equal(Sitting().run().sound, whole.sound)


def test_another_seed_gives_other_music(whole: Sitting) -> None:
    other = Sitting(seed=2).run().sound
    shared = min(len(other), len(whole.sound))
    assert not np.array_equal(other[:shared], whole.sound[:shared])


def test_a_sitting_rises_out_of_silence_at_once_and_falls_back_into_it(whole: Sitting) -> None:
    sound = whole.sound
    assert np.max(np.abs(sound[: RATE_HZ // 2])) > 0.0
    assert np.max(np.abs(sound[: 6 * RATE_HZ])) > 1e-3
    assert np.max(np.abs(sound)) < 1.0
    assert np.max(np.abs(sound[-RATE_HZ // 10 :])) < 1e-4
    assert len(sound) == pytest.approx(60.0 * RATE_HZ, rel=0.1)


def test_every_command_is_sent_a_horizon_ahead_and_takes_effect_then(whole: Sitting) -> None:
    due: dict[int, int] = {}
    for moment in whole.moments:
        for command in moment.commands:
            due[len(due)] = command.frame
            ahead_s = command.frame / RATE_HZ - moment.t_s
            assert ahead_s == pytest.approx(HORIZON_S if moment.t_s else 0.0, abs=1e-9)
    reports = [report for moment in whole.moments for report in moment.news]
    applied = {report.sequence: report.frame for report in reports if isinstance(report, Applied)}
    assert len(applied) > 0.9 * len(due)
    # The synth takes a bounded number of commands a quantum, so a burst lasts a few milliseconds.
    assert all(0 <= frame - due[sequence] < 0.01 * RATE_HZ for sequence, frame in applied.items())
    assert not any(isinstance(report, Dropped) for report in reports)


def test_notes_are_written_ahead(whole: Sitting) -> None:
    for moment in whole.moments[1:]:
        for command in moment.commands:
            if command.kind == NOTE_AT_BEAT:
                assert command.beat >= moment.beat
                assert command.beat <= moment.beat + AHEAD_S * moment.tempo_bpm / 60.0 + 4.0


def test_the_pulse_goes_with_the_heart(whole: Sitting) -> None:
    strokes = [c.beat for m in whole.moments for c in m.commands if c.kind == NOTE_AT_FRAME]
    gaps_s = [(later - earlier) / RATE_HZ for earlier, later in pairwise(strokes)]
    rates = [m.heart.hr_bpm for m in whole.moments if m.heart.hr_bpm]
    slower = load("relax").pulse.slower
    assert len(strokes) > 20
    assert np.median(gaps_s) == pytest.approx(60.0 / np.median(rates) / (1.0 - slower), rel=0.05)
    assert min(gaps_s) >= 0.3


def test_the_tempo_is_where_the_native_transport_is(whole: Sitting) -> None:
    meters = [m.meter for m in whole.moments if m.meter is not None]
    assert meters
    last = whole.moments[-1]
    assert last.meter is not None
    behind_s = last.t_s - last.meter.frame / RATE_HZ
    assert last.beat - last.meter.beat == pytest.approx(behind_s * last.tempo_bpm / 60.0, abs=0.02)


def test_the_listener_ends_it_with_a_fade_of_ten_seconds() -> None:
    sitting = ended(20.0, times=1)
    assert sitting.moments[-1].music.stage is Stage.END
    assert 30.0 <= sitting.moments[-1].t_s <= 34.0
    seconds = np.array_split(sitting.sound, len(sitting.moments) // 10)
    by_second = [np.sqrt(np.mean(part**2)) for part in seconds]
    assert by_second[-1] < 1e-3 * max(by_second)


def test_asked_twice_it_ends_at_once_and_without_a_click() -> None:
    sitting = ended(20.0, times=2)
    assert sitting.moments[-1].t_s <= 20.0 + TICK_S + HORIZON_S + 0.3
    last = sitting.sound[-RATE_HZ // 25 :]
    assert np.max(np.abs(last)) < 1e-4
    steps = np.abs(np.diff(sitting.sound[19 * RATE_HZ :], axis=0))
    assert np.max(steps) <= np.max(np.abs(np.diff(sitting.sound[10 * RATE_HZ : 19 * RATE_HZ], axis=0))) * 1.5


def test_a_replayed_recording_is_followed(tmp_path) -> None:
    recording = tmp_path / "rr.txt"
    recording.write_text("\n".join(["800"] * 120))
    profile = load("relax")
    seen: list[Moment] = []

    class Seen:
        def moment(self, moment: Moment) -> None:
            seen.append(moment)

    Session(
        profile,
        open_sensor(f"replay:{recording}"),
        Guide(profile, duration_s=60.0),
        Composer(profile, 1),
        Synth(RATE_HZ, 1),
        OfflineOutput(RATE_HZ, "Rendering."),
        at_once(Seen()),
    ).run()
    assert seen[300].heart.hr_bpm == pytest.approx(75.0, abs=0.5)
    assert not seen[300].heart.simulated


class LateOutput(OfflineOutput):
    """A device that is heard 0.3 s after it is given its frames."""

    latency_s = 0.3


def test_what_a_late_device_plays_meets_the_beat_when_it_is_heard(tmp_path: Path) -> None:
    """The pulse is rendered earlier by just the device's latency, never later."""
    recording = tmp_path / "rr.txt"
    recording.write_text("\n".join(["800"] * 100))
    profile = load("relax")
    profile = replace(profile, pulse=replace(profile.pulse, mode="on the beat"))

    def beats(output: OfflineOutput) -> np.ndarray:
        """When the strokes are heard, within the 0.8 s of a beat."""
        seen: list[Moment] = []

        class Seen:
            def moment(self, moment: Moment) -> None:
                seen.append(moment)

        sensor = open_sensor(f"replay:{recording}")
        guide, composer = Guide(profile, duration_s=60.0), Composer(profile, 1)
        Session(profile, sensor, guide, composer, Synth(RATE_HZ, 1), output, at_once(Seen())).run()
        strokes = [c.beat for m in seen for c in m.commands if c.kind == NOTE_AT_FRAME]
        assert len(strokes) > 30
        return np.array(strokes) / RATE_HZ + output.latency_s

    prompt = beats(OfflineOutput(RATE_HZ, "Rendering."))
    late = beats(LateOutput(RATE_HZ, "Rendering."))
    apart = (late[:, None] - prompt[None, :] + 0.4) % 0.8 - 0.4
    assert np.max(np.abs(apart[10:, 10:])) < 0.02


def test_what_a_hand_asks_takes_effect_a_tick_after_it_was_taken_and_a_mark_moves_nothing() -> None:
    desk = Desk()
    desk.put(Ask(Act("soften"), Hand.THERAPIST, due_s=5.0))
    desk.put(Ask(Mark("a sigh"), Hand.THERAPIST, due_s=8.0))
    moments = Sitting(duration_s=20.0, desk=desk).run().moments
    asked = {ask.wish: moment for moment in moments for ask in moment.asks}
    softened, marked = asked[Act("soften")], asked[Mark("a sigh")]
    (answer,) = softened.answers
    assert answer.frame == round((softened.t_s + TICK_S) * RATE_HZ)
    assert {command.frame for command in softened.commands} == {answer.frame}
    assert {command.frame for command in marked.commands} == {round((marked.t_s + HORIZON_S) * RATE_HZ)}

"""Times of recordings: whatever clock a file has, what was lost stays a hole of its length."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sensors.artefacts import Label
from sensors.monitor import HeartMonitor
from sensors.recording import Recording, read_recording
from sensors.replay import Replay
from tests.sensors.recorded_beats import BEATS, CLOCKS, LOST, Rows, rows, table


def read(tmp_path: Path, text: str, name: str = "r.csv") -> Recording:
    path = tmp_path / name
    path.write_text(text)
    return read_recording(path)


def heard(recording: Recording) -> tuple[int, int, float]:
    """Beats, gaps, and RMSSD that looks across none of them."""
    monitor = HeartMonitor()
    replay = Replay(recording)
    for event in replay.poll(replay.end_s):
        monitor.feed(event)
    labels = [beat.label for beat in monitor.take_labelled()]
    return len(labels), labels.count(Label.GAP), monitor.whole().rmssd_ms or 0.0


KEPT = rows()
STEPS = [b[1] - a[1] for a, b in pairwise(KEPT) if b[0] - a[0] < 1.5]
TRUTH = (
    BEATS - sum(count for _, count in LOST),
    len(LOST),
    pytest.approx(np.sqrt(np.mean(np.square(STEPS))), rel=0.02),
)


@pytest.mark.parametrize("name", CLOCKS)
def test_holes_stay_holes_under_every_clock_and_its_unit_is_said(tmp_path: Path, name: str) -> None:
    recording = read(tmp_path, table(KEPT, name))
    assert heard(recording) == TRUTH
    assert recording.beats[-1].t_s == pytest.approx(KEPT[-1][0], abs=0.05)
    assert recording.beats[0].t_s == pytest.approx(KEPT[0][0], abs=0.02), "begins at once"
    assert recording.said == f"RR in milliseconds; times in {CLOCKS[name][0]}"


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_units_of_rr_and_separators_change_nothing(tmp_path: Path, separator: str, unit: float) -> None:
    assert heard(read(tmp_path, table(KEPT, "timestamp", separator, unit))) == TRUTH


def swapped(kept: Rows) -> Rows:
    return [*kept[:60], kept[61], kept[60], *kept[62:]]


def far_off(kept: Rows) -> Rows:
    return [*kept[:60], *kept[61:100], kept[60], *kept[100:]]


def times_swapped(kept: Rows) -> Rows:
    (a, rr_a), (b, rr_b) = kept[60:62]
    return [*kept[:60], (b, rr_a), (a, rr_b), *kept[62:]]


def one_twice(kept: Rows) -> Rows:
    return [*kept[:61], kept[60], *kept[61:]]


def all_twice(kept: Rows) -> Rows:
    return [row for row in kept for _ in range(2)]


def pasted_twice(kept: Rows) -> Rows:
    return [*kept, *kept]


def set_back(by_s: float):
    def change(kept: Rows) -> Rows:
        # Two beats with nothing lost between them: only the clock knows of it.
        return [*kept[:60], *((t - by_s, rr) for t, rr in kept[60:])]

    return change


def begins(kept: Rows) -> Rows:
    return [(t - rr / 1000, rr) for t, rr in kept]


@pytest.mark.parametrize(
    "change",
    [swapped, far_off, times_swapped, one_twice, all_twice, pasted_twice, begins]
    + [set_back(by_s) for by_s in (1.5, 90.0, 3600.0, 86_400.0)],
)
@pytest.mark.parametrize("name", ["time_s", "timestamp", "iso"])
def test_rows_out_of_order_or_twice_and_a_clock_set_back_lose_nothing(tmp_path, name, change) -> None:
    recording = read(tmp_path, table(change(KEPT), name))
    assert heard(recording) == TRUTH
    assert [beat.rr_ms for beat in recording.beats] == [rr for _, rr in KEPT]


@pytest.mark.parametrize("hole", range(len(LOST)))
def test_a_clock_that_begins_anew_inside_a_hole_makes_no_day_of_it(tmp_path: Path, hole: int) -> None:
    """Sorted by the clock there are as many holes: only their length tells."""
    after = [k for k, (a, b) in enumerate(pairwise(KEPT), 1) if b[0] - a[0] > 3.0][hole]
    anew = [*KEPT[:after], *((t - 86_400.0, rr) for t, rr in KEPT[after:])]
    recording = read(tmp_path, table(anew, "time_s"))
    assert heard(recording) == TRUTH
    assert recording.beats[-1].t_s == pytest.approx(KEPT[-1][0], abs=0.05)


def test_single_lost_beats_stay_lost(tmp_path: Path) -> None:
    kept = rows(tuple((k, 1) for k in range(5, BEATS - 3, 7)))
    beats, gaps, _ = heard(read(tmp_path, table(kept, "iso")))
    assert (beats, gaps) == (len(kept), BEATS - len(kept))


@pytest.mark.parametrize("header", ["time,rr", "# no header"])
def test_times_of_reception_leave_the_sum_of_rr_as_the_ruler(tmp_path: Path, header: str) -> None:
    """One packet a second, so that several beats share a time, and none is the beat's own."""
    lines = [f"{int(t) + 1},{rr:g}" for t, rr in KEPT]
    recording = read(tmp_path, "\n".join([header, *lines]))
    steps = [(b.t_s - a.t_s, b.rr_ms) for a, b in pairwise(recording.beats) if b.rr_ms is not None]
    assert len(KEPT) - len(steps) - 1 == len(LOST)
    assert np.mean([abs(1000 * step - rr) < 30 for step, rr in steps]) > 0.9


def test_a_column_that_counts_rows_is_no_clock(tmp_path: Path) -> None:
    text = "\n".join(["n,rr", *(f"{k},{rr:g}" for k, (_, rr) in enumerate(rows(())))])
    recording = read(tmp_path, text)
    assert heard(recording)[:2] == (BEATS, 0)
    assert "times" not in recording.said.partition("no times")[0]


def test_several_columns_of_times_are_tried_and_the_best_is_taken(tmp_path: Path) -> None:
    text = "\n".join(["date,time,rr", *(f"2026-03-14,{t:.3f},{rr:g}" for t, rr in KEPT)])
    assert heard(read(tmp_path, text)) == TRUTH


def signal(seconds: float, rate_hz: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moments and values of an ECG that beats every 0.86 s, and its beats."""
    t = np.arange(0.0, seconds, 1.0 / rate_hz)
    beats = np.arange(0.5, seconds - 0.3, 0.86)
    x = sum(np.exp(-0.5 * ((t - beat) / 0.012) ** 2) for beat in beats)
    return t, x + np.random.default_rng(5).normal(0, 0.02, t.size), beats


@pytest.mark.parametrize(
    "name", ["time_s", "t", "timestamp", "epoch_us", "Phone timestamp", "Zeit [h]", "iso", "clock time"]
)
@pytest.mark.parametrize("rate_hz", [130.0, 250.0])
def test_lost_samples_stay_a_hole_and_the_rate_is_that_of_the_samples(tmp_path, name, rate_hz) -> None:
    t, x, beats = signal(60.0, rate_hz)
    there = (t < 20.0) | (t >= 30.0)
    write = CLOCKS[name][1]
    body = [f"{write(float(a))},{b:.4f}" for a, b in zip(t[there], x[there], strict=True)]
    recording = read(tmp_path, "\n".join([f"{name},ecg", *body]))
    left = beats[(beats < 20.0) | (beats >= 30.0)]
    assert len(recording.beats) == pytest.approx(left.size, abs=1)
    holes = [beat for beat in recording.beats[1:] if beat.rr_ms is None]
    assert len(holes) == 1
    assert np.mean([b.rr_ms for b in recording.beats if b.rr_ms]) == pytest.approx(860.0, rel=0.01)
    assert recording.beats[-1].t_s == pytest.approx(float(beats[-1]), abs=0.1)
    assert "1 hole" in recording.said


def test_a_signal_stamped_a_packet_at_a_time_keeps_its_hole(tmp_path: Path) -> None:
    """73 samples a packet, stamped as they came, late by up to 0.3 s (Polar H10 over a phone)."""
    t, x, beats = signal(60.0, 130.0)
    rng = np.random.default_rng(1)
    came = np.repeat(t[72::73] + rng.uniform(0, 0.3, t[72::73].size), 73)
    there = (t[: came.size] < 20.0) | (t[: came.size] >= 30.0)
    body = [f"{a:.3f},{b:.4f}" for a, b in zip(came[there], x[: came.size][there], strict=True)]
    recording = read(tmp_path, "\n".join(["Phone timestamp,ecg [uV]", *body]))
    assert sum(beat.rr_ms is None for beat in recording.beats[1:]) == 1
    assert recording.beats[-1].t_s == pytest.approx(float(beats[-1]), abs=1.0)


def test_a_short_hole_is_bridged_but_no_interval_is_taken_across_it(tmp_path: Path) -> None:
    t, x, beats = signal(60.0, 130.0)
    there = (t < 30.7) | (t >= 31.5)  # one beat lies in it
    body = [f"{a:.4f},{b:.4f}" for a, b in zip(t[there], x[there], strict=True)]
    recording = read(tmp_path, "\n".join(["time,ecg", *body]))
    inside = np.count_nonzero((beats >= 30.7) & (beats < 31.5))
    assert inside == 1
    assert len(recording.beats) == beats.size - inside
    assert max(beat.rr_ms or 0.0 for beat in recording.beats) < 1000.0


def test_sample_numbers_tell_their_hole_where_the_rate_is_given(tmp_path: Path) -> None:
    t, x, _ = signal(60.0, 130.0)
    there = (t < 20.0) | (t >= 30.0)
    body = [f"{k},{b:.4f}" for k, b in zip(np.flatnonzero(there), x[there], strict=True)]
    (tmp_path / "r.csv").write_text("\n".join(["sample,ecg", *body]))
    recording = read_recording(tmp_path / "r.csv", 130.0)
    assert sum(beat.rr_ms is None for beat in recording.beats[1:]) == 1
    assert "sample numbers; 1 hole" in recording.said


def test_samples_out_of_order_are_sorted(tmp_path: Path) -> None:
    t, x, beats = signal(40.0, 130.0)
    order = np.arange(t.size)
    order[1000:1004] = [1002, 1000, 1003, 1001]
    body = [f"{a:.4f},{b:.4f}" for a, b in zip(t[order], x[order], strict=True)]
    recording = read(tmp_path, "\n".join(["time,ecg", *body]))
    assert len(recording.beats) == beats.size
    assert "hole" not in recording.said

"""`calando heart`: the live heart analysis over a recording, a strap or a simulated heart."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from engine.cli.duration import Seconds
from engine.cli.interrupt import interruptible
from engine.cli.waiting import Waiting

if TYPE_CHECKING:
    from engine.listening import Heard
    from sensors.artefacts import LabelledBeat
    from sensors.heart_state import HeartState
    from sensors.sensor import Sensor

_ENCODE = json.JSONEncoder(allow_nan=False).encode
SIM_SECONDS = 300.0
"""Length of `sim:` with --json and no --seconds, on the offline clock."""


@click.command()
@click.argument("source", metavar="FILE|SENSOR")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line and nothing else.")
@click.option(
    "--seconds",
    type=Seconds(1.0, 7 * 86_400.0),
    default=None,
    help="Stop after so long; a recording stops at its end, a strap at Ctrl-C.",
)
def heart(source: str, as_json: bool, seconds: float | None) -> None:
    """Read a heart: FILE is a recording (RR, ECG, PPG), SENSOR is ble, polar:ADDRESS, sim or replay:FILE."""
    from engine.listening import at_full_speed, in_real_time, spec_of
    from sensors.replay import Replay
    from sensors.spec import SensorSpecError, open_sensor

    try:
        sensor = open_sensor(spec_of(source))
    except SensorSpecError as error:
        raise click.UsageError(str(error)) from error
    except RuntimeError as error:
        raise click.ClickException(str(error)) from error
    interruptible()
    waiting: Waiting | None = None
    try:
        sensor.open()
        if isinstance(sensor, Replay):
            moments = at_full_speed(sensor, min(sensor.end_s, seconds or math.inf))
        elif sensor.simulated and as_json:
            moments = at_full_speed(sensor, seconds or SIM_SECONDS)
        else:
            waiting = Waiting(seen=sys.stdout.isatty() and not as_json)
            moments = _until_interrupted(in_real_time(sensor, seconds, waiting.worth))
        if as_json:
            _print_json(moments, sensor)
        else:
            from engine.cli.heart_view import show

            show(moments, sensor, paced=not isinstance(sensor, Replay))
    finally:
        sensor.close()
    if waiting is not None:
        waiting.end()


def _until_interrupted(moments: Iterator[Heard]) -> Iterator[Heard]:
    """Ctrl-C ends the listening, and what was heard is shown."""
    with suppress(KeyboardInterrupt):
        yield from moments


def _print_json(moments: Iterator[Heard], sensor: Sensor) -> None:
    from sensors.monitor import HeartMonitor
    from sensors.replay import Replay

    labels: Counter[str] = Counter()
    end_s, monitor = 0.0, HeartMonitor()
    for state, beats, monitor in moments:  # noqa: B007 — the last monitor tells the summary
        lines = [_beat_line(beat) for beat in beats]
        labels.update(beat.label.value for beat in beats)
        end_s = beats[-1].t_s if beats else end_s
        click.echo("\n".join(map(_ENCODE, [*lines, _state_line(state)])))
    whole = monitor.whole()
    summary = {
        "type": "summary",
        "source": sensor.label,
        "simulated": sensor.simulated,
        "read_as": sensor.recording.said if isinstance(sensor, Replay) else None,
        "skipped": monitor.bad_packets,
        "duration_s": _rounded(end_s, 3),
        "beats": sum(labels.values()),
        "labels": dict(sorted(labels.items())),
        "marked_share": _rounded(whole.marked_share, 5),
        "mean_rr_ms": _rounded(whole.mean_rr_ms, 3),
        "rmssd_ms": _rounded(whole.rmssd_ms, 3) if whole.trusted else None,
        "sdnn_ms": _rounded(whole.sdnn_ms, 3) if whole.trusted else None,
    }
    click.echo(_ENCODE(summary))


def _beat_line(beat: LabelledBeat) -> dict[str, object]:
    rr_ms = _rounded(beat.rr_ms, 3)
    return {"type": "beat", "t": _rounded(beat.t_s, 4), "rr_ms": rr_ms, "label": beat.label.value}


def _state_line(state: HeartState) -> dict[str, object]:
    return {
        "type": "state",
        "t": _rounded(state.t_s, 3),
        "hr_bpm": _rounded(state.hr_bpm, 2),
        "rmssd_ms": _rounded(state.rmssd_ms, 3),
        "sdnn_ms": _rounded(state.sdnn_ms, 3),
        "breath_per_min": _rounded(state.breath_per_min, 2),
        "breath_confidence": _rounded(state.breath_confidence, 3),
        "breath_phase": _rounded(state.breath_phase, 3),
        "clock_drift_ppm": _rounded(state.clock_drift_ppm, 1),
        "regularity": _rounded(state.regularity, 3),
        "quality": _rounded(state.quality, 3),
        "irregular": state.irregular,
        "simulated": state.simulated,
        "link": state.link.value,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)

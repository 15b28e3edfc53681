"""Take-home piece: a new piece from what helped in one sitting, which needs no heart to follow.

It keeps the sitting's palette, seed (and so its home note and modes), mood and anchor motif, and walks
once more the path of tempo, breath, density and brightness along which the heart came to rest. What a voice
said in the sitting it says again, where the piece has room for all of it (engine.journal.told_again).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log10
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.native import Synth
from dsp.telemetry import Meter
from engine.guide.arms import Arm, PathPoint
from engine.guide.guide import Guide
from engine.guide.music_state import Stage
from engine.guide.target import Usual
from engine.journal.figures import GOOD_QUALITY
from engine.journal.record import Record, State
from engine.journal.told_again import told_again
from engine.journal.words_told import guide_title
from engine.music.composer import Composer
from engine.player import OfflineOutput, Sink
from engine.render import SoundFile
from engine.session import Moment, Session
from engine.watch import Watcher, at_once
from profiles.load import build
from profiles.schema import Profile
from sensors.beat import SensorEvent

LOUDNESS_LUFS = -23.0
"""Integrated loudness of the piece (EBU R 128)."""

HIGHEST_DBTP = -1.0
"""True peak that no gain may pass (EBU R 128)."""

CALM_S = 60.0
"""Span whose median heart rate says where the heart was calmest (own choice)."""

LEAST_PATH_S = 120.0
"""A shorter way to the calmest minute is no path: the whole lead is taken (own choice)."""

PATH_SHARE = 0.7
"""Share of the piece that the path is given; the rest stays where it led (own choice)."""

_LED = (Stage.GUIDE, Stage.STALL, Stage.ARRIVE)


class TakeHomeError(ValueError):
    """A sitting from which no piece can be made; the message is one sentence."""


class NoHeart:
    """A sensor that has nothing to tell."""

    label = "no heart"
    simulated = False
    latency_s = 0.0

    def open(self) -> None: ...

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        del now_s
        return ()

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS and true peak in dBTP, -inf for silence."""

    integrated_lufs: float
    true_peak_dbtp: float

    @property
    def reached_lufs(self) -> float:
        """The piece's loudness once `gain` is applied."""
        return self.integrated_lufs + 20.0 * log10(self.gain)

    @property
    def gain(self) -> float:
        """Factor that brings the piece to LOUDNESS_LUFS, or as near as its peaks allow."""
        if self.integrated_lufs == -inf:
            return 1.0
        wanted_db = LOUDNESS_LUFS - self.integrated_lufs
        return 10.0 ** (min(wanted_db, HIGHEST_DBTP - self.true_peak_dbtp) / 20.0)


class LoudnessMeter:
    """Watcher that takes the integrated loudness of a session from the synth's own meters."""

    def __init__(self) -> None:
        self._momentary: list[float] = []
        self._peak_dbtp = -inf

    def moment(self, moment: Moment) -> None:
        for news in moment.news:
            if isinstance(news, Meter):
                self._momentary.append(news.lufs_momentary)
                self._peak_dbtp = max(self._peak_dbtp, news.true_peak_dbtp)

    def loudness(self) -> Loudness:
        """Twice gated mean (ITU-R BS.1770-4): blocks over -70 LUFS, then those within 10 LU of their mean."""
        loud = [block for block in self._momentary if block > -70.0]
        if not loud:
            return Loudness(-inf, self._peak_dbtp)
        gate = _mean_lufs(loud) - 10.0
        return Loudness(_mean_lufs([block for block in loud if block > gate]), self._peak_dbtp)


def settled_path(record: Record, duration_s: float) -> list[PathPoint]:
    """The way the sitting led its heart to its calmest minute, over the first part of a new piece.

    Raises TakeHomeError where the sitting never led.
    """
    led = [state for state in record.states if state.music.stage in _LED]
    if len(led) < 2:
        raise TakeHomeError("The sitting ended before the music began to lead, so nothing can be taken home.")
    calm_s = _calmest_s(led)
    way = [state for state in led if state.t_s <= calm_s] if calm_s - led[0].t_s >= LEAST_PATH_S else led
    scale = PATH_SHARE * duration_s / max(way[-1].t_s - way[0].t_s, 1.0)
    return [
        PathPoint(
            (state.t_s - way[0].t_s) * scale, state.tempo_bpm, state.music.density, state.music.brightness,
            state.music.loudness_db, state.music.breath_guide_per_min, state.music.breath_depth_db,
        )
        for state in way
    ]  # fmt: skip


def play(
    record: Record,
    duration_s: float,
    sink: Sink | None,
    watchers: Sequence[Watcher] = (),
    progress: Callable[[str], None] | None = None,
) -> Loudness:
    """Render the piece of `duration_s` seconds at its own level into `sink`, and measure it.

    The same sitting and length give the same samples every time. Raises TakeHomeError, and DurationError
    for a length that cannot be played.
    """
    head = record.head
    path = settled_path(record, duration_s)
    profile = _profile(record)
    told = told_again(record)
    words = told.words() if told is not None and told.has_room(profile, duration_s) else None
    guide = Guide(
        profile,
        Arm.YOKED,
        duration_s=duration_s,
        usual=Usual(resting_bpm=path[0].tempo_bpm),
        path=path,
        mood=median(state.music.mood for state in record.states),
    )
    meter = LoudnessMeter()
    Session(
        profile,
        NoHeart(),
        guide,
        Composer(profile, head.seed, head.client),
        Synth(head.rate_hz, head.seed, progress),
        OfflineOutput(head.rate_hz, "Rendering a piece to take home.", sink),
        at_once(meter, *watchers),
        words=words,
    ).run()
    return meter.loudness()


def words_remark(record: Record, duration_s: float) -> str:
    """That a piece of that length says what was said in its sitting, or why it does not; empty where nothing
    was said."""
    told = told_again(record)
    if told is None:
        return ""
    return told.no_room(_profile(record), duration_s) or f"The words of {guide_title(record)} are in it."


def _profile(record: Record) -> Profile:
    try:
        return build(_plain(record.head.profile_table))
    except (TypeError, AttributeError):
        raise TakeHomeError(
            f"The profile {record.head.profile} of that sitting is not one this Calando can play, so nothing "
            "can be taken home."
        ) from None


def write(
    record: Record, duration_s: float, output: Path, *, force: bool = False, with_code: bool = False,
    progress: Callable[[str], None] | None = None, moved: Callable[[float], None] | None = None,
) -> Loudness:  # fmt: skip
    """Render the piece twice, once to learn its loudness and once into `output` at LOUDNESS_LUFS, tagged.

    with_code  whether a tag names the listener's code
    moved      told how far this is, 0 to 1

    Raises TakeHomeError, DurationError, PlaceError, WriteError.
    """
    head, remark = record.head, words_remark(record, duration_s)
    tags = {
        "title": f"Calando: {head.profile_table.get('title', head.profile)}",
        "date": head.began_at[:10],
        "comment": f"Made from a sitting, to listen to at home. {remark}".strip(),
    }
    if with_code and head.client is not None:
        tags["artist"] = head.client
    with SoundFile(output, head.rate_hz, force=force, tags=tags) as file:
        first, second = (
            [] if moved is None else [_Way(moved, half, 2.0 * duration_s)] for half in (0.0, 0.5)
        )
        measured = play(record, duration_s, None, first, progress)
        play(record, duration_s, louder(file.write, measured.gain), second, progress)
    return measured


class _Way:
    """Watcher that tells how far a piece is that is rendered in halves."""

    def __init__(self, moved: Callable[[float], None], before: float, whole_s: float) -> None:
        self._moved, self._before, self._whole_s = moved, before, whole_s

    def moment(self, moment: Moment) -> None:
        self._moved(min(self._before + moment.t_s / self._whole_s, 1.0))


def louder(sink: Sink, gain: float) -> Sink:
    """A sink that takes the sound `gain` times as loud."""

    def take(sound: NDArray[np.float32]) -> None:
        sink(sound * np.float32(gain))

    return take


def _calmest_s(states: Sequence[State]) -> float:
    """When the median rate of the last minute was lowest; the end where it was never known."""
    calmest_s, lowest = states[-1].t_s, inf
    good = [(s.t_s, s.heart.hr_bpm) for s in states if s.heart.quality >= GOOD_QUALITY]
    rates = [(t_s, bpm) for t_s, bpm in good if bpm is not None]
    first = 0
    for last, (t_s, _) in enumerate(rates):
        while t_s - rates[first][0] > CALM_S:
            first += 1
        if t_s - rates[0][0] < CALM_S:
            continue
        middle = median(bpm for _, bpm in rates[first : last + 1])
        if middle < lowest:
            calmest_s, lowest = t_s, middle
    return calmest_s


def _mean_lufs(blocks: Sequence[float]) -> float:
    return 10.0 * log10(sum(10.0 ** (block / 10.0) for block in blocks) / len(blocks))


def _plain(table: Any) -> dict[str, Any]:
    """The table as a TOML file would give it: keys that are None there are left out."""
    return {
        key: _plain(value) if isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType]
        for key, value in table.items()
        if value is not None
    }

"""Picture: one figure of a sitting, heart and music and sound over one time axis."""

from __future__ import annotations

import io
from array import array
from importlib.util import find_spec
from itertools import groupby
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.telemetry import Meter, Played
from dsp.touch import CONTROL
from engine.clock import TICK_S
from engine.guide.music_state import Stage
from engine.journal.beside import Beside
from engine.journal.record import GuestSound, SentCommand
from engine.journal.rendition import Rendition
from engine.session import Moment
from engine.stages import STAGES
from engine.written import PlaceError, check_place, put
from sensors.beat import RR_TICKS_PER_S, Link, LinkChange, Measurement, SensorEvent, TimedBeat

Panel = Any
"""Axes of matplotlib, whose keyword arguments have no types."""

TRUSTED_BREATH = 0.5
"""Confidence from which a breathing rate is shown (HeartState.breath_confidence)."""

WIDTH_IN, HEIGHT_IN, DOTS_PER_IN = 11.0, 8.6, 100
MOST_COLUMNS = 800
"""Of the spectrogram: about the dots there are for it."""

COLOURS = 256
"""In the file's palette: a third of the bytes, and nothing that the eye misses."""

SOFTEST_LUFS = -60.0
SHADES_DB = 62.0
"""From the faintest shade of the spectrogram to its darkest, which a two-hundredth of the sound passes."""

_PAPER, _INK, _QUIET = "#fcfbf8", "#2f3437", "#8b8f92"
_HEART, _TEMPO, _BREATH, _OWN_BREATH = "#b5524d", "#2f6690", "#3f7a4c", "#9cc3a4"
_DENSITY, _LOUDNESS = "#7d649c", "#5f6b73"
_NIGHT = (_PAPER, "#b9cfd8", "#5b87a3", "#24415f", "#101c33")

def check_picture(path: Path, *, force: bool, kinds: tuple[str, ...] = (".png",)) -> None:
    """Raise PlaceError where none can be drawn, or `path` is no name for one that may be written now."""
    if find_spec("matplotlib") is None:
        raise PlaceError("a picture needs the package matplotlib: pip install 'calando[pictures]'.")
    check_place(path, force=force, what="picture", kinds=kinds)


class SittingPicture:
    """Follows a session as a watcher, then draws it.

    `title`       what stands above the picture
    `rate_hz`     frames a second of the session
    `seed`        the session's, so that its sound can be made again for the spectrogram
    """

    def __init__(self, title: str, rate_hz: int, seed: int) -> None:
        self._title, self._rate_hz, self._seed = title, rate_hz, seed
        self._sent: list[SentCommand] = []
        self._beside, self._guest = Beside(rate_hz), list[GuestSound]()
        self._played: list[Played] = []
        self._frames = 0
        self._stages: list[Stage] = []
        self._curves = {name: array("d") for name in (
            "t", "heart", "target", "tempo", "density", "brightness", "guide", "breath",
        )}  # fmt: skip
        self._beats: list[tuple[float, float]] = []
        self._loudness: list[tuple[float, float, float]] = []
        self._markers: list[tuple[float, str]] = []
        self._late_periods = 0
        self._link = Link.SEARCHING

    def moment(self, moment: Moment) -> None:
        heart, music = moment.heart, moment.music
        breath = heart.breath_per_min if heart.breath_confidence >= TRUSTED_BREATH else None
        values = (
            moment.t_s, heart.hr_bpm, moment.target_bpm, moment.tempo_bpm, music.density, music.brightness,
            music.breath_guide_per_min, breath,
        )  # fmt: skip
        for curve, value in zip(self._curves.values(), values, strict=True):
            curve.append(nan if value is None else value)
        # None of them came too late, where engine time waits for every tick.
        self._sent += [
            SentCommand(number, sent, None) for number, sent in enumerate(moment.commands, len(self._sent))
        ]
        self._guest += self._beside.take(moment)
        self._frames = round(moment.t_s * self._rate_hz)
        self._stages.append(music.stage)
        self._late_periods = moment.late_periods
        for event in moment.events:
            self._beats.extend(_rates(event))
            if isinstance(event, LinkChange) and event.link is not self._link:
                if self._link is Link.LIVE and event.link is not Link.ENDED:
                    self._markers.append((moment.t_s, event.link.value))
                self._link = event.link
        self._markers.extend((moment.t_s, intent.parameter.replace("_", " ")) for intent in moment.intents)
        for news in moment.news:
            if isinstance(news, Played) and news.touch.kind != CONTROL:
                self._played.append(news)
            if isinstance(news, Meter):
                self._loudness.append(
                    (news.frame / self._rate_hz, news.lufs_momentary, news.lufs_short_term)
                )

    def save(self, path: Path, *, force: bool = False) -> None:
        """Draw into `path`, a PNG. Raises PlaceError, WriteError."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from PIL import Image

        figure: Any = Figure((WIDTH_IN, HEIGHT_IN), DOTS_PER_IN, facecolor=_PAPER)
        grid = figure.subplots(
            6, 1, sharex=True, height_ratios=(0.28, 4.2, 1.9, 1.5, 1.5, 3.0),
            gridspec_kw={"left": 0.075, "right": 0.865, "top": 0.925, "bottom": 0.06, "hspace": 0.14},
        )  # fmt: skip
        band, heart, breath, density, loudness, sound = grid
        for axes in grid:
            self._ground(axes)
        self._draw_stages(band)
        self._draw_heart(heart)
        self._draw_breath(breath)
        self._draw_density(density)
        self._draw_loudness(loudness)
        self._draw_sound(sound)
        for axes in (heart, breath, density, loudness):
            self._draw_markers(axes, named=axes is heart)
        figure.text(0.075, 0.955, self._title, size=13, color=_INK)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").quantize(COLOURS)
        image = io.BytesIO()
        drawn.save(image, "PNG", optimize=True)
        put(path, image.getvalue(), force=force)

    def _curve(self, name: str) -> NDArray[np.float64]:
        return np.frombuffer(self._curves[name], np.float64)

    def _ground(self, axes: Panel) -> None:
        """What all panels share: paper, stage tints, minutes."""
        axes.set_facecolor(_PAPER)
        for side in ("top", "right", "left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.tick_params(colors=_QUIET, labelsize=8, length=0)
        axes.grid(axis="y", color=_QUIET, alpha=0.18, linewidth=0.6)
        t_s = self._curve("t")
        end_s = max(float(t_s[-1]), 1.0)
        axes.set_xlim(0.0, end_s)
        step_s = next((step for step in (10, 30, 60, 120, 300, 600, 1800) if end_s / step <= 12), 3600)
        seconds = np.arange(0, end_s + 1e-6, step_s)
        axes.set_xticks(seconds, [f"{int(s) // 60}:{int(s) % 60:02}" for s in seconds])
        for from_s, until_s, stage in self._stretches():
            axes.axvspan(from_s, until_s, color=STAGES[stage].tint, linewidth=0, zorder=0)

    def _stretches(self) -> list[tuple[float, float, Stage]]:
        """(from, until, stage), in order and without holes."""
        t_s, found, first = self._curve("t"), list[tuple[float, float, Stage]](), 0
        for stage, group in groupby(self._stages):
            last = first + len(list(group))
            found.append((float(t_s[first]), float(t_s[min(last, len(t_s) - 1)]), stage))
            first = last
        return found

    def _draw_stages(self, axes: Panel) -> None:
        axes.set_yticks([])
        whole_s = float(self._curve("t")[-1])
        for from_s, until_s, stage in self._stretches():
            if until_s - from_s > 0.055 * whole_s:
                axes.text(
                    (from_s + until_s) / 2, 0.5, stage, size=8.5, color=_INK, ha="center", va="center",
                    transform=axes.get_xaxis_transform(),
                )  # fmt: skip

    def _draw_heart(self, axes: Panel) -> None:
        t_s, heart, tempo, target = (self._curve(name) for name in ("t", "heart", "tempo", "target"))
        shown = np.concatenate([heart, tempo, target])
        shown = shown[np.isfinite(shown)]
        low, high = float(shown.min()) - 5.0, float(shown.max()) + 5.0
        if self._beats:
            beats = np.array(self._beats)
            least, most = np.percentile(beats[:, 1], [2, 98])
            low, high = min(low, float(least)), max(high, float(most))
            axes.plot(beats[:, 0], beats[:, 1], ".", color=_HEART, alpha=0.3, markersize=3.2, mew=0)
        axes.plot(t_s, target, "--", color=_QUIET, linewidth=1.0)
        axes.plot(t_s, tempo, color=_TEMPO, linewidth=1.8)
        axes.plot(t_s, heart, color=_HEART, linewidth=1.8)
        axes.set_ylim(low, high)
        _unit(axes, "beats a minute")
        _names(axes, {"target": (target, _QUIET), "tempo": (tempo, _TEMPO), "heart": (heart, _HEART)})

    def _draw_breath(self, axes: Panel) -> None:
        t_s, guide, breath = (self._curve(name) for name in ("t", "guide", "breath"))
        axes.plot(t_s, breath, color=_OWN_BREATH, linewidth=4.0)
        axes.plot(t_s, guide, color=_BREATH, linewidth=1.6)
        axes.margins(y=0.15)
        _unit(axes, "breaths a minute")
        _names(axes, {"your breath": (breath, _OWN_BREATH), "breath guide": (guide, _BREATH)})

    def _draw_density(self, axes: Panel) -> None:
        t_s, density = self._curve("t"), self._curve("density")
        axes.fill_between(t_s, density, color=_DENSITY, alpha=0.25, linewidth=0)
        axes.plot(t_s, density, color=_DENSITY, linewidth=1.4)
        axes.set_ylim(0.0, max(1.0, 1.15 * float(density.max())))
        _unit(axes, "notes a second")
        _names(axes, {"density": (density, _DENSITY)})

    def _draw_loudness(self, axes: Panel) -> None:
        if not self._loudness:
            return
        t_s, momentary, short_term = np.array(self._loudness).T
        momentary, short_term = (np.maximum(curve, SOFTEST_LUFS) for curve in (momentary, short_term))
        axes.plot(t_s, momentary, color=_LOUDNESS, alpha=0.35, linewidth=0.7)
        axes.plot(t_s, short_term, color=_LOUDNESS, linewidth=1.4)
        axes.set_ylim(SOFTEST_LUFS - 2.0, max(-20.0, float(momentary.max()) + 3.0))
        _unit(axes, "LUFS")
        heard = short_term[short_term > SOFTEST_LUFS]
        _names(axes, {"loudness": (np.median(heard, keepdims=True) if len(heard) else short_term, _LOUDNESS)})

    def again(self) -> Rendition:
        """The sitting's sound, to be rendered once more."""
        return Rendition(
            self._sent, self._frames, self._rate_hz, self._seed, guest=self._guest, played=self._played
        )

    def _draw_sound(self, axes: Panel) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        from engine.spectrogram import LOWEST_HZ, OCTAVES, Spectrogram

        spectrogram = Spectrogram(self._rate_hz)
        columns = [spectrogram.column(sound) for sound in self.again().portions(TICK_S)]
        if not columns:
            return
        joined = -(-len(columns) // MOST_COLUMNS)
        starts = np.arange(0, len(columns), joined)
        image = np.maximum.reduceat(np.array(columns), starts, axis=0)
        loudest = float(np.percentile(image, 99.5))
        shades = LinearSegmentedColormap.from_list("night", _NIGHT)
        axes.imshow(
            image.T, aspect="auto", origin="lower", cmap=shades, vmin=loudest - SHADES_DB, vmax=loudest,
            extent=(0.0, float(self._curve("t")[-1]), 0.0, OCTAVES), interpolation="nearest", zorder=1,
        )  # fmt: skip
        axes.grid(visible=False)
        shown_hz = (50, 100, 200, 500, 1000, 2000, 5000)
        axes.set_yticks(np.log2(np.array(shown_hz) / LOWEST_HZ), [f"{hz}" for hz in shown_hz])
        _unit(axes, "Hz")
        axes.text(1.012, 0.5, "sound", transform=axes.transAxes, size=9, color=_INK, va="center")

    def _draw_markers(self, axes: Panel, *, named: bool) -> None:
        for t_s, words in self._markers:
            axes.axvline(t_s, color=_INK, linewidth=0.8, linestyle=":")
            if named:
                axes.text(
                    t_s, 0.98, f" {words}", size=8, color=_INK, va="top", rotation=90,
                    transform=axes.get_xaxis_transform(),
                )  # fmt: skip


def _rates(event: SensorEvent) -> list[tuple[float, float]]:
    """(time, rate in beats a minute) of each beat that an event tells of."""
    if isinstance(event, TimedBeat):
        return [] if event.rr_ms is None else [(event.t_s, 60_000.0 / event.rr_ms)]
    if not isinstance(event, Measurement):
        return []
    rates, t_s = list[tuple[float, float]](), event.arrival_s
    for ticks in reversed(event.rr_ticks):
        if ticks:
            rates.append((t_s, 60.0 * RR_TICKS_PER_S / ticks))
            t_s -= ticks / RR_TICKS_PER_S
    return rates[::-1]


def _unit(axes: Panel, words: str) -> None:
    axes.set_ylabel(words, size=8, color=_QUIET)
    axes.yaxis.set_label_coords(-0.052, 0.5)


def _names(axes: Panel, curves: dict[str, tuple[NDArray[np.float64], str]]) -> None:
    """Name each curve at its right end, moved apart where two end together."""
    low, high = axes.get_ylim()
    inches = axes.get_position().height * HEIGHT_IN
    gap = 0.17 / inches
    ends = [
        ((float(values[np.isfinite(values)][-1]) - low) / (high - low), name, colour)
        for name, (values, colour) in curves.items()
        if np.isfinite(values).any()
    ]
    floor = -1.0
    for place, name, colour in sorted(ends):
        floor = max(min(max(place, 0.0), 1.0), floor + gap)
        axes.text(1.012, floor, name, transform=axes.transAxes, size=9, color=colour, va="center")

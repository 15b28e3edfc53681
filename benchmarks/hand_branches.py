"""Branches of one sitting: the same music up to a moment, and from there once for every hand, and untouched.

At the moment the sitting's process forks; each child lets its hand ask and plays on for a while, and the
parent puts the sound back as it was before it goes on. So a twin differs from a branch by its hand alone.
The foreground is heard alone, too: a second synth hears the same commands and plays nothing else.
"""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from mmap import mmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import scipy.signal
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent))

from rendering import RATE_HZ, UNGOVERNED_DB, Stems

from dsp.command import Command
from dsp.native import Synth
from dsp.score import INSTRUMENTS
from engine.desk import Ask, Wish
from engine.guide.guide import Guide
from engine.guide.music_state import Hand, MusicState, Stage
from engine.music.composer import Composer
from engine.music.controls import FRONT
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from profiles.schema import Profile
from sensors.beat import SensorEvent
from sensors.simulated import SimulatedHeart
from sensors.spec import listener_of

BEFORE_S = 4.0
"""Sound that a branch keeps from before its hand: a short-term window and a second."""

SITTING_S = 1200.0
STAGED_S = 600.0
"""A sitting that is to come to a stage: half as long, so that what is measured there takes half the time."""

SETTLED_S = 10.0
"""So long a stage has lasted when the sitting branches in it (own choice)."""

SOLID, IRREGULAR = "seed=5,coupling=0.5", "seed=5,ectopic=0.3,extra=0.2,missed=0.2"
UNMOVED, THERE = "seed=5,drift=0", "seed=5,drift=0,rest={target:g}"
"""Simulated hearts: a steady one, one whose beats nobody can make out, one that follows nobody, and one that
is where it is to go."""

STAGES = {"stall": Stage.STALL, "arrive": Stage.ARRIVE, "end": Stage.END}
"""Kinds of heart that lead a sitting to a stage; the end comes by itself."""

Script = Sequence[tuple[float, Wish]]
"""What a hand asks for, each so many seconds after the branch."""


Told = tuple[float, MusicState, float]

K_WEIGHTING = np.array([
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
])  # fmt: skip
"""Of ITU-R BS.1770-4, at 48 kHz: second-order sections."""

SILENT_LUFS = -100.0

STEP = RATE_HZ // 20
"""Frames of a twentieth of a second: loudness is looked at in whole numbers of them."""


@dataclass
class Heard:
    """Sound from BEFORE_S before the branch on, and how loud it is; seconds count from the branch."""

    sound: NDArray[np.float32]

    @cached_property
    def _powers(self) -> NDArray[np.float64]:
        """K-weighted power, both ears together, of each STEP."""
        weighted = scipy.signal.sosfilt(K_WEIGHTING, self.sound.astype(np.float64), axis=0)
        whole = len(weighted) // STEP
        return np.mean(np.sum(weighted[: whole * STEP] ** 2, axis=1).reshape(whole, STEP), axis=1)

    def loudness(self, from_s: float, to_s: float) -> float:
        """LUFS of a stretch, ungated."""
        first, last = (round((BEFORE_S + at) * RATE_HZ / STEP) for at in (from_s, to_s))
        power = float(np.mean(self._powers[first:last]))
        return max(SILENT_LUFS, -0.691 + 10.0 * np.log10(power + 1e-12))

    def short_term(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(s after the branch, LUFS of the 3 s before), ten a second."""
        tenths = self._powers[: len(self._powers) // 2 * 2].reshape(-1, 2).mean(axis=1)
        sums = np.convolve(tenths, np.ones(30) / 30.0, "valid")
        times = (np.arange(len(sums)) + 30) / 10.0 - BEFORE_S
        return times, -0.691 + 10.0 * np.log10(sums + 1e-12)


@dataclass
class Branch:
    """What was heard and said from BEFORE_S before the branch on."""

    whole: Heard
    front: Heard
    """The foreground alone, ungoverned; empty where it was not asked for."""
    began: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    """Onsets of the foreground: seconds after the branch, and the instrument."""
    music: list[Told] = field(default_factory=list[Told])
    """Each tick: seconds after the branch, what the guide asked for, and the tempo played."""
    bar_beats: int = 4

    def onsets(self, from_s: float, to_s: float) -> int:
        return sum(from_s <= at < to_s for at, _ in self.began)


NOTHING = Heard(np.empty((0, 2), np.float32))


class WithFront(Synth):
    """The synth as it is played, and beside it one whose foreground alone is heard, and no governor."""

    def __init__(self, seed: int) -> None:
        super().__init__(RATE_HZ, seed)
        self.alone = Stems(seed, FRONT)
        self.alone.leave_ungoverned()
        self.plays_alone = True
        self.heard_alone: list[NDArray[np.float32]] = []

    def push(self, commands: Sequence[Command]) -> int:
        taken = super().push(commands)
        if self.plays_alone and self.alone.push(commands[:taken]) < taken:
            raise RuntimeError("the foreground's synth has no room for what the other has taken.")
        return taken

    def render(self, out: NDArray[np.float32]) -> None:
        super().render(out)
        if self.plays_alone:
            alone = np.empty_like(out)
            self.alone.render(alone)
            self.alone.poll()
            self.heard_alone.append(alone)

    def memories(self) -> list[mmap]:
        """The whole state of both."""
        return [self._memory.view, self.alone._memory.view]


class ChangingHeart(SimulatedHeart):
    """Simulated beats; `kind`: heart, none (never heard), lost (from `at_s` on), irregular, or of STAGES."""

    def __init__(self, kind: str, at_s: float, target_bpm: float) -> None:
        hearts = {"irregular": IRREGULAR, "stall": UNMOVED, "arrive": THERE.format(target=target_bpm)}
        super().__init__(listener_of(hearts.get(kind, SOLID)))
        self._silent_s = {"none": 0.0, "lost": at_s}.get(kind, inf)

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        events = super().poll(now_s)
        return events if now_s < self._silent_s else ()


def branches(
    name: str,
    seed: int,
    moments: Mapping[float, Mapping[str, tuple[Script, float]]],
    *,
    fronts: Collection[str] = (),
    kind: str = "heart",
) -> dict[tuple[float, str], Branch]:
    """Every branch of one sitting, by its moment (s, a whole number) and its name.

    moments   what branches when: the hand's script, and for how many seconds it is followed. With a kind of
              STAGES it is one moment, and the sitting branches SETTLED_S into that stage, not before it
    fronts    names of branches of which the foreground is heard alone, too
    kind      of heart; see ChangingHeart, which changes 30 s before the first moment
    """
    profile = load(name)
    with TemporaryDirectory() as folder:
        sitting = _Sitting(profile, seed, kind, moments, Path(folder), fronts)
        sitting.run()
        return {
            (at_s, hand): pickle.loads((Path(folder) / f"{at_s:g} {hand}").read_bytes())
            for at_s, hands in moments.items()
            for hand in hands
        }


class _EnoughHeard(BaseException):
    """The last branch has ended; no mere Exception, for a watcher's does not end a sitting."""


class _BrokenError(BaseException):
    """Something here failed; a watcher's own failure would only leave it out."""


class _Sitting:
    def __init__(
        self,
        profile: Profile,
        seed: int,
        kind: str,
        moments: Mapping[float, Mapping[str, tuple[Script, float]]],
        folder: Path,
        fronts: Collection[str],
    ) -> None:
        self._moments, self._folder, self._fronts = moments, folder, fronts
        self._stage, self._staged_s = STAGES.get(kind), 0.0
        self._bar_beats = profile.form.beats_per_bar
        self._synth = WithFront(seed)
        self._synth.plays_alone = bool(fronts)
        self._sound: Any = self._synth._sound
        self._kept: list[NDArray[np.float32]] = []
        low, high = profile.limits.target_bpm
        target_bpm = min(max(70.0, low), high)
        self._session = Session(
            profile,
            ChangingHeart(kind, max(0.0, min(moments) - 30.0), target_bpm),
            Guide(
                profile,
                target_bpm=target_bpm if kind == "arrive" else None,
                duration_s=SITTING_S if self._stage is None else STAGED_S,
            ),
            Composer(profile, seed),
            self._synth,
            OfflineOutput(RATE_HZ, "Branching.", self._heard),
            at_once(self),
        )
        self._branch: Branch | None = None
        self._script: list[tuple[float, Wish]] = []
        self._file, self._at_s, self._span_s, self._began_before = Path(), 0.0, 0.0, 0

    def run(self) -> None:
        try:
            self._session.run()
        except _EnoughHeard:
            return
        except BaseException:
            if self._branch is None:
                raise
            traceback.print_exc()
            os._exit(1)  # a child must never go on as if it were its parent

    def _heard(self, sound: NDArray[np.float32]) -> None:
        self._kept.append(sound)
        if self._branch is None:
            for kept in (self._kept, self._synth.heard_alone):
                del kept[: -round(BEFORE_S * 10)]

    def moment(self, moment: Moment) -> None:
        try:
            self._moment(moment)
        except Exception as failure:
            raise _BrokenError from failure

    def _moment(self, moment: Moment) -> None:
        if self._branch is not None:
            self._follow(self._branch, moment)
        elif (at_s := self._due(moment)) is not None:
            for name, (script, span_s) in self._moments[at_s].items():
                if self._forked(at_s, name, round(moment.t_s, 3), script, span_s):
                    return
            if at_s == max(self._moments):
                raise _EnoughHeard

    def _due(self, moment: Moment) -> float | None:
        """Which of the moments has come, if any."""
        at_s = round(moment.t_s, 3)
        if self._stage is None:
            return at_s if at_s in self._moments else None
        if moment.music.stage is not self._stage:
            self._staged_s = at_s
        first_s = next(iter(self._moments))
        return first_s if at_s >= max(first_s, self._staged_s + SETTLED_S) else None

    def _forked(self, moment_s: float, hand: str, at_s: float, script: Script, span_s: float) -> bool:
        """True in the child, False in the parent once the child has played its branch."""
        memories = self._synth.memories()
        before = [memory[:] for memory in memories]
        file = Path(f"{moment_s:g} {hand}")
        child = os.fork()
        if child == 0:
            self._file, self._at_s, self._span_s = file, at_s, span_s
            self._script = list(script)
            self._branch = Branch(NOTHING, NOTHING, bar_beats=self._bar_beats)
            self._synth.plays_alone = self._synth.plays_alone and hand in self._fronts
            self._began_before = int(self._sound["frame"])
            self._ask(0.0)
            return True
        _, status = os.waitpid(child, 0)
        for memory, stood in zip(memories, before, strict=True):
            memory[:] = stood
        if status:
            raise RuntimeError(f"the branch {file} failed, {at_s:g} s into the sitting.")
        return False

    def _ask(self, since_s: float) -> None:
        while self._script and self._script[0][0] <= since_s + 1e-6:
            _, wish = self._script.pop(0)
            self._session.desk.put(Ask(wish, Hand.THERAPIST))

    def _follow(self, branch: Branch, moment: Moment) -> None:
        since_s = moment.t_s - self._at_s
        frame = int(self._sound["frame"])
        for number, name in enumerate(INSTRUMENTS):
            if name in FRONT:
                began = self._sound["lives"][number]["began"]
                new = sorted(int(at) for at in began[(began >= self._began_before) & (began < frame)])
                branch.began += [(at / RATE_HZ - self._at_s, name) for at in new]
        self._began_before = frame
        branch.music.append((since_s, replace(moment.music, decisions=()), moment.tempo_bpm))
        self._ask(since_s)
        if since_s >= self._span_s:
            frames = round((BEFORE_S + self._span_s) * RATE_HZ)
            branch.whole = Heard(np.concatenate(self._kept)[-frames:])
            if self._synth.plays_alone:
                alone = np.concatenate(self._synth.heard_alone)[-frames:]
                branch.front = Heard(alone * np.float32(10.0 ** (-UNGOVERNED_DB / 20.0)))
            (self._folder / self._file).write_bytes(pickle.dumps(branch))
            os._exit(0)

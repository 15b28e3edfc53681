"""Patch player: keeps the process that plays a patch supplied, and streams its sound beside the music.

Ten times a second it tells the process (engine.patch.process) what the music is and which notes come, asks
for the frames that sound LEAD_S later, and hands on what has come. It never waits for it, unless the sitting
is rendered faster than time. A process that is late, stopped or killed leaves a gap in its own sound alone.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from math import cos, pi
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from dsp.command import FORGET, NOTE_AT_BEAT, RELEASE
from dsp.palette.instruments import TABLE
from dsp.palette.parameters import LAYERS
from dsp.quantum import QUANTUM
from dsp.telemetry import Stopped
from engine.desk import Ask, Mark
from engine.guest.clip import clip_of
from engine.guest.duck import ALONE, INSTEAD_OF_FOREGROUND, NOT
from engine.guide.music_state import Hand
from engine.patch.ended import LastWords, why_ended
from engine.patch.process import HEADER, MOST_NOTES, READY, SOUND, VALUES

if TYPE_CHECKING:
    from engine.session import Moment
    from engine.sitting.sitting import Sitting

LEAD_S = 0.6
"""So long before its frames sound the process is asked for them: notes are written a beat
ahead. Our own choice."""

BEGINS_S = 0.3
"""It begins so long after the music, which fades in from silence then. Our own choice."""

WAITS_S = 20.0
"""A patch that has not begun by then, or offline not answered, is given up. Our own choice."""

MOST_ASKED_S = 2.0
"""Of sound that was asked for and has not come: no more is asked for then. Our own choice."""

ROOM = 0.3
"""Share of the patch that the room of the music hears. Our own choice."""

INHALE = 0.4
"""Share of a breath that is inhaling, as in dsp.orchestra."""

FOREGROUND = frozenset(n for n, row in enumerate(TABLE) if LAYERS.get(row.part) == "foreground_db")


@dataclass(frozen=True, slots=True)
class _Coming:
    """A note of the music's that has not come yet."""

    beat: float
    beats: float
    target: int
    pitch: float
    velocity: float
    pan: float


class PatchPlayer:
    """Plays the patch in `file` instead of the foreground of a sitting, or `alone`. A context manager.

    hurry   the sitting is faster than time: every answer is waited for
    say     told, in the control thread, what is wrong; the music goes on without the patch
    """

    def __init__(
        self, file: Path, rate_hz: int, seed: int, *, alone: bool, hurry: bool, say: Callable[[str], None]
    ) -> None:
        self._file, self._rate_hz, self._seed = file, rate_hz, seed
        self._alone, self._hurry, self._say = alone, hurry, say
        self._process: subprocess.Popen[bytes] | None = None
        self._sitting: Sitting | None = None
        self._came = bytearray()
        self._open: deque[tuple[int, int]] = deque()
        self._late = False
        self._asked = round(BEGINS_S * rate_hz / QUANTUM) * QUANTUM
        self._coming: list[_Coming] = []

    def __enter__(self) -> PatchPlayer:
        """Begin the process, and wait until its patch is ready or has said why it is not."""
        self._last = LastWords()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.patch.process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._last.fileno(), bufsize=0,
            start_new_session=True,
        )  # fmt: skip
        for end in (self._process.stdin, self._process.stdout):
            assert end is not None
            os.set_blocking(end.fileno(), False)
        begin = {"file": str(self._file.absolute()), "rate_hz": self._rate_hz, "seed": self._seed}
        self._send(begin)
        until_s = time.monotonic() + WAITS_S
        while self.process_id is not None:
            answer = self._next()
            if answer is not None:
                if answer[0] != READY:
                    self._give_up(f"{answer[1].decode()} The music plays without it.")
                break
            if time.monotonic() > until_s:
                self._give_up(f"The patch {self._file.name} does not begin; the music plays without it.")
            self._wait(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._last.close()

    @property
    def process_id(self) -> int | None:
        """None where it does not play."""
        return None if self._process is None else self._process.pid

    def join(self, sitting: Sitting) -> None:
        """Play in this sitting, which is entered and not yet run."""
        if self._process is None:
            return
        self._sitting = sitting
        sitting.guest.duck = ALONE if self._alone else INSTEAD_OF_FOREGROUND
        sitting.guest.reverb = ROOM
        digest = sha256(self._file.read_bytes()).hexdigest()[:16]
        sitting.desk.put(Ask(Mark(f"played with pyo: {self._file.name}, sha256 {digest}"), Hand.AUTO, "plan"))
        sitting.watchers.add(self, at_once=True)

    def moment(self, moment: Moment) -> None:
        """As a session's watcher, in its tick."""
        if self._process is None:
            return
        if moment.music.ended or any(isinstance(news, Stopped) for news in moment.news):
            self._end()  # all has faded; what was streamed is told to the record while there is a tick for it
            if self._sitting is not None:
                self._sitting.guest.end_stream()
            return
        self._last.shorten()
        self._listen(moment)
        now = round(moment.t_s * self._rate_hz)
        until = now + round(LEAD_S * self._rate_hz)
        until -= until % QUANTUM
        begin = max(self._asked, now - now % QUANTUM)
        waiting = sum(frames for _, frames in self._open)
        if until > begin and waiting < MOST_ASKED_S * self._rate_hz:
            asked = {
                "frames": until - begin, "values": self._values(moment),
                "notes": self._notes(moment, now, begin, until),
            }  # fmt: skip
            if self._send(asked):
                self._open.append((begin, until - begin))
        elif until > begin and not self._late:
            self._late = True  # told once: a patch that is too much for this computer is late for ever
            self._say(
                f"The patch {self._file.name} does not keep up; where it is late it is silent, "
                "and the music goes on."
            )
        self._asked = until
        self._hand_on(now)
        give_up_s = time.monotonic() + WAITS_S
        while self._hurry and self._open and self.process_id is not None:
            if time.monotonic() > give_up_s:
                self._give_up(f"The patch {self._file.name} does not answer; the music goes on without it.")
            self._wait(0.1)
            self._hand_on(now)

    def _values(self, moment: Moment) -> dict[str, float]:
        """What the patch follows, by the names of VALUES."""
        assert self._sitting is not None, "it has joined one"
        music, heart = moment.music, moment.heart
        phase = (moment.swell_phase + LEAD_S * music.breath_guide_per_min / 60.0) % 1.0
        turn = 0.5 * phase / INHALE if phase < INHALE else 0.5 + 0.5 * (phase - INHALE) / (1.0 - INHALE)
        away = music.silence or music.rests
        values = {
            "tempo": moment.tempo_bpm, "density": music.density, "brightness": music.brightness,
            "breath": 0.5 - 0.5 * cos(2.0 * pi * turn),
            "level": 0.0 if away else min(1.0, 10.0 ** (music.foreground_db / 20.0)),
            "heart": VALUES["heart"] if heart.hr_bpm is None else heart.hr_bpm,
            "home": self._sitting.plan.composer.home,
        }  # fmt: skip
        return {name: round(values[name], 5) for name in VALUES}

    def _listen(self, moment: Moment) -> None:
        """Keep the notes that are to come, as the synth does."""
        for command in moment.commands:
            if command.kind == NOTE_AT_BEAT and (self._alone or command.target in FOREGROUND):
                self._coming.append(
                    _Coming(command.beat, command.beats, command.target, command.a, command.b, command.d)
                )
            elif command.kind == FORGET:
                self._coming = [note for note in self._coming if note.target != command.target]
            elif command.kind == RELEASE:
                self._coming = []

    def _notes(self, moment: Moment, now: int, begin: int, until: int) -> list[list[Any]]:
        """Those that begin before `until`, with their frames counted from `begin`."""
        beat_s = 60.0 / moment.tempo_bpm
        due: list[list[Any]] = []
        later: list[_Coming] = []
        for note in self._coming:
            frame = now + round((note.beat - moment.beat) * beat_s * self._rate_hz)
            if frame >= until:
                later.append(note)
            else:
                name = TABLE[note.target].name
                row = [note.pitch, note.velocity, note.beats * beat_s, note.pan, name]
                due.append([max(0, frame - begin), *row])
        self._coming = later
        return due[:MOST_NOTES]

    def _hand_on(self, now: int) -> None:
        """Stream what has come; what has come too late is left out."""
        while self._process is not None and (answer := self._next()) is not None:
            kind, content = answer
            if kind != SOUND:
                self._say(f"{content.decode()} The patch plays on without.")
                continue
            begin, frames = self._open.popleft()
            sound = np.frombuffer(content, np.float32).reshape(frames, 2)
            late = max(0, now - begin)
            late += -late % QUANTUM
            if late < frames and self._sitting is not None:
                self._sitting.guest.stream(clip_of(sound[late:], self._rate_hz, self._rate_hz), begin + late)

    def _send(self, asked: dict[str, Any]) -> bool:
        """Ask; False where the process takes nothing at the moment."""
        assert self._process is not None
        assert self._process.stdin is not None
        line = (json.dumps(asked) + "\n").encode()
        try:
            return self._process.stdin.write(line) == len(line)  # shorter than what a pipe takes whole or not
        except OSError:
            self._gone()
            return False

    def _next(self) -> tuple[int, bytes] | None:
        """The next whole answer that has come; None while there is none."""
        assert self._process is not None
        assert self._process.stdout is not None
        while not self._whole():
            try:
                came = os.read(self._process.stdout.fileno(), 1 << 20)
            except BlockingIOError:
                return None
            if not came:
                self._gone()
                return None
            self._came += came
        kind, length = HEADER.unpack_from(self._came)
        content = bytes(self._came[HEADER.size : HEADER.size + length])
        del self._came[: HEADER.size + length]
        return kind, content

    def _whole(self) -> bool:
        if len(self._came) < HEADER.size:
            return False
        return len(self._came) >= HEADER.size + HEADER.unpack_from(self._came)[1]

    def _wait(self, seconds: float) -> None:
        self._last.shorten()
        if self._process is not None and self._process.stdout is not None:
            select.select([self._process.stdout], [], [], seconds)

    def _gone(self) -> None:
        """It answers no more: say by what, and what it wrote last."""
        assert self._process is not None
        why = why_ended(self._process, self._file.name, self._last.words)
        self._give_up(f"{why} The music goes on with Calando's own instruments.")

    def _give_up(self, sentence: str) -> None:
        self._end()
        self._say(sentence)
        if self._sitting is not None:
            self._sitting.guest.end_stream()
            self._sitting.guest.duck = NOT

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            for end in (process.stdin, process.stdout):
                with suppress(OSError):
                    if end is not None:
                        end.close()
            process.kill()
            process.wait()

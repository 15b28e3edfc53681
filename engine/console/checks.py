"""Checks: what is tried before a sitting begins: the strap's signal, the volume, how a profile sounds.

Each is a child of its own, as a sitting is, and goes before one begins: a strap speaks to one listener at a
time. A page that is gone asks no more, and what it began then ends by itself.
"""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi import Path as InPath

from engine.console.entrance import REFUSED, Therapist
from engine.console.messages import Done, HeartTried, Signal, Trimmed, Words

UNASKED_S = 10.0
"""So long after the last look at it a signal check ends (own choice)."""

GONE_S = 5.0
"""How long a child may take to go."""

PREVIEW_S, PREVIEW_FROM_S = 15.0, 90.0
"""Length of a preview, and where in a sitting it lies: past the opening."""

FADE_S = 1.0
"""At both ends of it."""

WORDS = {
    "searching": "Looking for the strap.",
    "connecting": "The strap is found; connecting.",
    "waiting for beats": "Connected; waiting for the first beats.",
    "no contact": "The strap feels no skin: wet its electrodes and draw it tighter.",
    "reconnecting": "The strap is out of reach for a moment; connecting again.",
    "unavailable": "No strap is heard.",
    "ended": "The recording is at its end.",
}
"""Of every link that is not live (sensors.beat.Link)."""

CLEAR, FAIR = 0.9, 0.7
"""Shares of clean beats that are called so; the live screen has the same (own choice)."""

router = APIRouter(prefix="/api", tags=["checks"])


@dataclass(slots=True)
class HeartCheck:
    """One `calando heart --json`, and its newest word."""

    child: subprocess.Popen[str]
    state: dict[str, Any] = field(default_factory=dict[str, Any])
    asked_s: float = field(default_factory=time.monotonic)
    failed: str | None = None
    """Why it ended; None while it goes on, or where it ended well."""

    def read(self) -> None:
        """Take in what it says, in a thread, until it ends or nobody has asked for long."""
        assert self.child.stdout is not None
        for line in self.child.stdout:
            with suppress(ValueError):
                told = json.loads(line)
                if told["type"] == "state":
                    self.state = told
            if time.monotonic() > self.asked_s + UNASKED_S:
                break
        _end(self.child)
        with self.child:  # lets go of its pipes
            self.failed = self._last_words()

    def signal(self) -> Signal:
        """What is heard, in words."""
        self.asked_s = time.monotonic()
        return Signal(**_signal(self.state, self.failed))

    def _last_words(self) -> str | None:
        if self.child.poll() in (None, 0) or self.child.stderr is None:
            return None
        lines = [line.strip() for line in self.child.stderr if line.strip()]
        return lines[-1][:500].removeprefix("Error: ") if lines else "Nothing is heard."


def _signal(state: dict[str, Any], failed: str | None) -> dict[str, Any]:
    hr, link = state.get("hr_bpm"), state.get("link", "searching")
    told = {"words": "", "live": link == "live", "simulated": bool(state.get("simulated")), "hr_bpm": hr}
    whose = "The SIMULATED heart" if told["simulated"] else "The heart"
    if failed is not None:
        words = failed
    elif link != "live":
        words = WORDS[link]
    elif hr is None:
        words = "Connected; the first beats are coming in."
    elif state["irregular"]:
        words = f"{whose} is heard, and beats irregularly: {hr:.0f} a minute."
    elif state["quality"] >= CLEAR:
        words = f"{whose} is heard clearly: {hr:.0f} a minute."
    elif state["quality"] >= FAIR:
        words = f"{whose} is heard fairly: {hr:.0f} a minute. Wet electrodes are heard better."
    else:
        words = f"{whose} is hardly heard: wet the electrodes, draw the strap tighter, sit still."
    return {**told, "words": words}


class Checks:
    """What is being tried at this console, one of each kind at a time.

    calando  the program, with its arguments before a command
    options  for every sitting that is begun here, of which the tone takes where it is heard
    """

    def __init__(self, calando: Sequence[str], options: Sequence[str]) -> None:
        self._calando = calando
        self._output = [option for option in options if option.startswith("--output=")]
        self._guard = threading.Lock()
        self._heart: HeartCheck | None = None
        self._tone: subprocess.Popen[str] | None = None
        self._previews: dict[str, bytes] = {}

    def hear(self, sensor: str) -> Signal:
        """Begin to listen, instead of to what was listened to before."""
        with self._guard:
            self._end_heart()
            child = self._child("heart", sensor, "--json")
            self._heart = HeartCheck(child)
            threading.Thread(target=self._heart.read, name="signal check", daemon=True).start()
            return self._heart.signal()

    def heard(self) -> Signal | None:
        """What is heard now; None where nothing is listened to."""
        return None if self._heart is None else self._heart.signal()

    def sound(self, trim_db: float) -> str | None:
        """Sound the tone, or move it; why it cannot be heard, in a sentence."""
        with self._guard:
            if self._tone is None:
                options = [*self._output, f"--trim={trim_db}", "--moved"]
                self._tone = self._child("tone", *options, moved=True)
            tone = self._tone
            try:
                assert tone.stdin is not None
                tone.stdin.write(f"{trim_db}\n")
                tone.stdin.flush()
            except OSError:
                self._tone = None
                words = _said(tone.stderr)
                with suppress(OSError), tone:
                    pass  # lets go of its pipes; what it did not take is of no use
                return words
            return None

    def end(self) -> None:
        """End all of it, and wait until strap and sound are free."""
        with self._guard:
            self._end_heart()
            self._end_tone()

    def end_heart(self) -> None:
        """Listen no more."""
        with self._guard:
            self._end_heart()

    def end_tone(self) -> None:
        """Let the tone fade."""
        with self._guard:
            self._end_tone()

    def preview(self, profile: str) -> bytes:
        """How a profile sounds, FLAC. Raises LookupError, with the sentence, where it cannot be rendered."""
        if profile not in self._previews:
            self._previews[profile] = self._rendered(profile)
        return self._previews[profile]

    def _rendered(self, profile: str) -> bytes:
        import soundfile  # pyright: ignore[reportMissingTypeStubs]

        with tempfile.TemporaryDirectory(prefix="calando-") as folder:
            path = Path(folder) / "preview.flac"
            length = f"{PREVIEW_FROM_S + 2 * PREVIEW_S:g}s"
            made = subprocess.run(
                [*self._calando, "render", profile, "-o", str(path), "--duration", length, "--seed", "1"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if made.returncode != 0:
                raise LookupError((made.stderr.strip().splitlines() or ["It cannot be rendered."])[-1])
            rate: int = soundfile.info(path).samplerate
            start = int(PREVIEW_FROM_S * rate)
            sound = soundfile.read(path, int(PREVIEW_S * rate), start, dtype="float32", always_2d=True)[0]
            fade = int(FADE_S * rate)
            for k in range(fade):
                sound[k] *= k / fade
                sound[-1 - k] *= k / fade
            kept = io.BytesIO()
            soundfile.write(kept, sound, rate, format="FLAC")
            return kept.getvalue()

    def _child(self, *words: str, moved: bool = False) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._calando, *words], text=True, errors="replace",
            stdin=subprocess.PIPE if moved else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if moved else subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def _end_heart(self) -> None:
        if self._heart is not None:
            _end(self._heart.child)
            self._heart = None

    def _end_tone(self) -> None:
        if self._tone is not None:
            with suppress(OSError):
                assert self._tone.stdin is not None
                self._tone.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._tone.wait(GONE_S)
            _end(self._tone)
            if self._tone.stderr is not None:
                self._tone.stderr.close()
            self._tone = None


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GONE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(GONE_S)


def _said(pipe: IO[str] | None) -> str:
    lines = [line.strip() for line in pipe or () if line.strip()]
    return lines[-1][:500].removeprefix("Error: ") if lines else "The tone ended without a word."


def checks_of(request: Request) -> Checks:
    """What is tried at this console."""
    checks: Checks = request.app.state.checks
    return checks


AllChecks = Annotated[Checks, Depends(checks_of)]

_SAID = {"model": Words}


@router.post("/checks/heart", responses=REFUSED)
def hear(tried: HeartTried, checks: AllChecks, _: Therapist) -> Signal:
    """Listen to a strap, or whatever heart a sitting would be begun with, until a sitting begins."""
    return checks.hear(tried.sensor)


@router.get("/checks/heart", responses={**REFUSED, 404: _SAID})
def heard(checks: AllChecks, _: Therapist) -> Signal:
    """How it is heard, in words. Not asked for ten seconds, the listening ends."""
    signal = checks.heard()
    if signal is None:
        raise HTTPException(404, "Nothing is listened to.")
    return signal


@router.delete("/checks/heart", responses=REFUSED)
def hear_no_more(checks: AllChecks, _: Therapist) -> Done:
    """Let the strap go."""
    checks.end_heart()
    return Done()


@router.post("/checks/tone", responses={**REFUSED, 409: _SAID})
def sound(trimmed: Trimmed, checks: AllChecks, _: Therapist) -> Done:
    """A calm chord where sittings are heard, or the same louder or softer. Not asked for 15 s, it fades."""
    failed = checks.sound(trimmed.trim_db)
    if failed is not None:
        raise HTTPException(409, failed)
    return Done()


@router.delete("/checks/tone", responses=REFUSED)
def silent(checks: AllChecks, _: Therapist) -> Done:
    """Let it fade."""
    checks.end_tone()
    return Done()


@router.get(
    "/profiles/{profile}/preview",
    response_class=Response,
    responses={200: {"content": {"audio/flac": {}}}, **REFUSED, 409: _SAID},
)
async def preview(
    profile: Annotated[str, InPath(pattern=r"^[a-z][a-z0-9_-]{0,40}$")], checks: AllChecks, _: Therapist
) -> Response:
    """Fifteen seconds of a profile, rendered; heard on the device that asks, never over a sitting."""
    try:
        sound = await asyncio.to_thread(checks.preview, profile)
    except LookupError as failed:
        raise HTTPException(409, str(failed.args[0]).removeprefix("Error: ")) from None
    return Response(sound, media_type="audio/flac")

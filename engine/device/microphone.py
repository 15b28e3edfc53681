"""Microphone: one input, listened to by a process of its own (engine.device.taking)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.device.child import Child, SilentError
from engine.device.errors import NAMES, DeviceError
from engine.device.patience import LEAVE_S

ANSWER_S = 15.0
"""Within so long the process answers: to list the devices may take a second, more on a busy machine."""


@dataclass(frozen=True, slots=True)
class Take:
    """What was recorded: its length, its loudest sample (0 to 1), and whether some of it was lost."""

    seconds: float
    peak: float
    lost: bool


class Microphone:
    """The default input (`name` None), or the one whose name is, or contains, `name`. A context manager.

    Every call raises DeviceError where the input, or the sound system, has gone.
    """

    def __init__(self, name: str | None = None) -> None:
        self._child = Child("engine.device.taking")
        try:
            self.name = str(self._ask("open", name=name)["opened"]["name"])
        except DeviceError:
            self._child.end()
            raise

    def __enter__(self) -> Microphone:
        return self

    def __exit__(self, *failure: object) -> None:
        self._child.leave(LEAVE_S)

    def begin(self) -> None:
        """Keep what is heard from now on."""
        self._ask("begin")

    def level(self) -> tuple[float, float]:
        """The loudest sample since the last time, and how many seconds were kept so far."""
        answer = self._ask("level")
        return float(answer["peak"]), float(answer["seconds"])

    def end(self, path: Path) -> Take:
        """Put what was kept into a file, WAV."""
        answer = self._ask("end", path=str(path))
        return Take(float(answer["seconds"]), float(answer["peak"]), bool(answer["lost"]))

    def hear(self, path: Path) -> None:
        """Play a file by the default output, and go on at once."""
        self._ask("hear", path=str(path))

    def _ask(self, deed: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._child.ask({"do": deed} | more, ANSWER_S)
        except SilentError:
            raise DeviceError(
                "The sound system does not answer; start its server again, then try once more."
            ) from None
        if "wrong" in answer:
            raise NAMES[answer["wrong"]](answer["said"])
        return answer

"""Liveness is sound: whether the process that plays still does what it is for, from what it has told.

Pure: shown every status with the moment at which it came, it says what is wrong. Brokers, networks and wall
clocks are no part of it, so none of them can ever restart anything.
"""

from __future__ import annotations

from engine.kiosk.orders import Status

STILL_S = 3.0
"""Frames or commands that stand still for so long: it hangs. The bed is written 14 s ahead (own choice, as
the next ones). A machine that is merely too busy stretches it (engine.kiosk.supervisor)."""

GETS_READY_S = 30.0
"""While it gets ready it tells that; nothing for so long, and it does not any more."""

WARM_S = 1800.0
"""To import, and to compile where there is no machine code yet: minutes on a small computer, more on a busy
one. It tells all the while that it gets ready, so one that hangs is seen sooner (own choice)."""

OPEN_S = 20.0
"""To open the sound card, once it is asked to: PortAudio may take eight seconds to list it."""

SILENT_S = 60.0
"""Silence where there should be music."""

SILENCE_LUFS = -70.0


class Liveness:
    """Of one process, from its start on. Times are of one monotonic clock, seconds."""

    def __init__(self, started_s: float) -> None:
        self._started_s = started_s
        self._asked_s: float | None = None
        self._frame = self._sequence = 0
        self._frame_s = self._sequence_s = self._heard_s = self._told_s = started_s
        self.status: Status | None = None

    def asked_to_sound(self, now_s: float) -> None:
        """From now on it is to open the sound card."""
        self._asked_s = self._told_s = now_s

    def look(self, status: Status, now_s: float) -> None:
        """It has told this."""
        self._told_s = now_s
        if status.frame > self._frame or not status.sound_ok:
            self._frame_s = now_s
        if status.sequence > self._sequence:
            self._sequence_s = now_s
        audible = status.lufs is not None and status.lufs > SILENCE_LUFS
        if audible or not status.sounding or not status.sound_ok:
            self._heard_s = now_s
        self._frame, self._sequence = status.frame, status.sequence
        self.status = status

    def proven(self, now_s: float) -> bool:
        """Whether it has told a moment ago that sound goes out, or why there is none."""
        status = self.status
        told = status is not None and status.warm and now_s - self._told_s <= STILL_S
        return told and not self.trouble(now_s)

    def trouble(self, now_s: float) -> str:
        """What is wrong, in a few words; empty where nothing is."""
        status = self.status
        if status is None or not status.warm:
            late = now_s - self._started_s > WARM_S or now_s - self._told_s > GETS_READY_S
            return "it does not get ready" if late else ""
        opens = self._asked_s is not None and status.frame == 0
        if now_s - self._told_s > (OPEN_S if opens else STILL_S):
            return "it tells nothing"
        if self._asked_s is None or status.frame == 0:
            if self._asked_s is not None and status.sound_ok and now_s - self._asked_s > OPEN_S:
                return "its sound does not begin"
            self._frame_s = self._sequence_s = self._heard_s = now_s
            return ""
        if now_s - self._frame_s > STILL_S:
            return "the sound card takes no frames of it"
        if now_s - self._sequence_s > STILL_S:
            return "it sends no commands to the sound"
        if now_s - self._heard_s > SILENT_S:
            return "it is silent where there should be music"
        return ""

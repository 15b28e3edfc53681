"""Supervisor: reads the file, keeps the hours, watches the process that plays, and replaces it.

The standard library alone, in one thread and little memory: what could hang or grow is in other processes. It
never waits for any of them, nor for a broker, a network or a disk that is full.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from engine.kiosk.command import COMMANDS, Command, CommandError
from engine.kiosk.config import ConfigError, Kiosk, read_config
from engine.kiosk.counters import read_counters, write_counters
from engine.kiosk.free_days import free_days
from engine.kiosk.loudness import cap_lufs, read_calibration
from engine.kiosk.notify import Notify
from engine.kiosk.orders import Wanted
from engine.kiosk.process import Process
from engine.kiosk.proof import Proof
from engine.kiosk.relief import Relief
from engine.kiosk.schedule import Asked, asked_after, opening_now, wanted
from engine.kiosk.screen.screen import Screen
from engine.kiosk.state import SOUNDING, Doing, State
from engine.kiosk.telling import Fleet, Telling

TURN_S = 0.1
"""Longest pause of the loop (own choice)."""

KEEP_S = 300.0
"""Between two writes of the counters, so that a memory card lasts; visits are written as they end."""

LEAVE_S = 4.0
"""For the last fade, at the end of the service."""


class Supervisor:
    """One kiosk from a file. `run` returns once a signal has ended it.

    folder   of counters and calibration
    start    makes the process that plays, for a sound card's name, at a moment
    fleet    makes who is told, if anybody is
    screen   makes the page for a screen in the room, if there is to be one
    wall     the clock on the wall, in UTC
    log      takes sentences
    """

    def __init__(
        self,
        path: Path,
        folder: Path,
        *,
        start: Callable[[str, float], Process] = Process,
        fleet: Callable[[Kiosk, Supervisor, Callable[[str], None]], Fleet] | None = None,
        screen: Callable[[Kiosk, Callable[[str], None]], Screen] | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._path, self._folder, self._wall = path, folder, wall
        self._log = log or _to_stderr
        self.kiosk = read_config(path)
        self._start = start
        self._notify = Notify()
        self._relief = Relief(self._started, self._resume, self._log)
        self._relief.mixing = self.kiosk.sound.mixing
        self._counters = read_counters(folder)
        self._kept_s = self._petted_s = -KEEP_S
        self._asked = Asked()
        self._holidays: frozenset[date] = frozenset()
        self._holidays_of: tuple[str, int] | None = None
        self._calibration = read_calibration(folder)
        self._wanted: Wanted | None = None
        self._visit_began_s = 0.0
        self._frames = 0
        self._day: date | None = None
        self._was_open = False
        self._commands: list[Command] = []
        self._guard = threading.Lock()
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._rope, False)
        self._ending = self._reloading = False
        self._watched_s, self._looked_s = 0.0, time.monotonic()
        self._began_s = time.monotonic()
        self._proof = Proof(self._watched_s)
        self.state = State()
        """As it stands, for any thread."""
        self._telling = Telling(
            self.kiosk, self._log, None if fleet is None else fleet(self.kiosk, self, self._log)
        )
        self._screen = None if screen is None else screen(self.kiosk, self._log)

    # Asked from outside, in any thread.

    def accept(self, command: Command) -> str:
        """As engine.kiosk.command.Accepts. Raises CommandError in safe mode, where few are taken."""
        if self.state.safe and not COMMANDS[command.name].safe:
            raise CommandError(
                f"It is in safe mode and takes no {command.name}; restart it, or wait for the next opening."
            )
        _, words = asked_after(self._asked, command, self._now(), time.monotonic())
        with self._guard:
            self._commands.append(command)
        self._ring()
        return _OTHERWISE.get(command.name, words)

    def end(self) -> None:
        """Fade out and return. Safe in a signal handler."""
        self._ending = True
        self._ring()

    def reload(self) -> None:
        """Read the file again. Safe in a signal handler."""
        self._reloading = True
        self._ring()

    def _ring(self) -> None:
        with suppress(OSError):
            os.write(self._rope, b".")

    # The loop.

    def run(self) -> None:
        """Until it is to end."""
        self._log(f"The kiosk {self.kiosk.name} begins.")
        self._notify.ready(self.state.words)  # a sound card that is off is no reason to be started again
        try:
            while not self._ending:
                self._turn()
            self._notify.stopping()
            self._leave()
        finally:
            self._relief.end()
            self._keep(time.monotonic())
            self._telling.close()
            if self._screen is not None:
                self._screen.close()
            self._notify.close()
            for end in (self._bell, self._rope):
                os.close(end)
            self._log(f"The kiosk {self.kiosk.name} has ended.")

    def _watch(self) -> float:
        """Time as far as this loop was awake in it, seconds: what processes are watched and relieved by.

        Where the machine is so busy that the supervisor itself gets no processor, nobody is blamed for it.
        """
        now_s = time.monotonic()
        self._watched_s += min(now_s - self._looked_s, 2.0 * TURN_S)
        self._looked_s = now_s
        return self._watched_s

    def _turn(self) -> None:
        self._hear(TURN_S)
        now_s, watched_s = time.monotonic(), self._watched_s
        if self._reloading:
            self._reload()
        with self._guard:
            commands, self._commands = self._commands, []
        for command in commands:
            self._obey(command, now_s)
        self._follow_the_day()
        self._want(now_s)
        now = self._relief.now
        if now is not None and not self._relief.under_way:
            trouble = "it has ended" if now.ended or now.gone() else now.liveness.trouble(watched_s)
            if trouble:
                self._counters = replace(self._counters, faults=self._counters.faults + 1)
                self._relief.want(trouble, watched_s, fault=True)
        self._relief.step(watched_s)
        self._tell(now_s)

    def _hear(self, timeout_s: float) -> None:
        """Wait for a status, a command or a signal, and read what has come."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._bell, selectors.EVENT_READ)
            for process in self._relief.processes:
                if not process.ended:
                    selector.register(process.output, selectors.EVENT_READ)
            selector.select(timeout_s)
        with suppress(OSError):
            os.read(self._bell, 4096)
        watched_s = self._watch()
        for process in self._relief.processes:
            process.read(watched_s)
        if self._relief.now is not None:
            self._count(self._relief.now, time.monotonic())

    def _count(self, process: Process, now_s: float) -> None:
        """Visits, minutes and frames, over all processes that there have been."""
        status, counted = process.status, process.counted
        process.counted = status
        self._frames += max(0, status.frame - counted.frame)
        visits, visit_s = status.visits - counted.visits, status.visit_s - counted.visit_s
        if visits > 0:
            self._visit_began_s = self._counters.visit_s
        if visits > 0 or visit_s > 0.0:
            self._counters = replace(
                self._counters,
                visits=self._counters.visits + max(0, visits),
                visit_s=self._counters.visit_s + max(0.0, visit_s),
            )
        if counted.doing is not status.doing and counted.doing is Doing.ENDING:
            self._keep(now_s)

    def _resume(self) -> tuple[str, float] | None:
        """What the next process shall go on with."""
        now = self._relief.now
        doing = self.state.doing if now is None else now.status.doing
        if doing not in SOUNDING:
            return None
        return doing.value, max(0.0, self._counters.visit_s - self._visit_began_s)

    def _started(self, now_s: float) -> Process:
        process = self._start(self.kiosk.sound.device, now_s)
        # A visit that goes on keeps its profile.
        process.first = self._counters.visits - (1 if self._resume() else 0)
        self._send_wanted(process)
        return process

    def _send_wanted(self, process: Process) -> None:
        if self._wanted is not None:
            process.want(replace(self._wanted, first=process.first))

    def _want(self, now_s: float) -> None:
        """Tell the process that plays how things are to be, where that has changed."""
        fresh = wanted(
            self.kiosk, self._asked, self._now(), now_s, self._holidays,
            cap_lufs(self._calibration, self.kiosk.sound.highest_dba),
            safe=self._relief.starts.safe, first=0,
        )  # fmt: skip
        if fresh != self._wanted:
            self._wanted = fresh
            for process in self._relief.processes:
                self._send_wanted(process)

    def _follow_the_day(self) -> None:
        """Holidays of the year, and the morning on which safe mode is left."""
        now = self._now()
        if self._holidays_of != (self.kiosk.hours.region, now.year):
            self._holidays_of = (self.kiosk.hours.region, now.year)
            threading.Thread(target=self._learn_holidays, args=self._holidays_of, daemon=True).start()
        is_open = opening_now(self.kiosk, self._asked, now, self._holidays).open
        new_day = self._day is not None and now.date() != self._day
        if is_open and (not self._was_open or new_day):
            if self._relief.starts.safe:
                self._log("A new day: safe mode is left.")
            self._relief.starts.opens()
        self._day, self._was_open = now.date(), is_open

    def _learn_holidays(self, region: str, year: int) -> None:
        try:
            self._holidays = free_days(region, year - 1, year, year + 1)
        except ConfigError as trouble:
            self._log(str(trouble))

    def _now(self) -> datetime:
        return self._wall().astimezone(self.kiosk.zone)

    def _obey(self, command: Command, now_s: float) -> None:
        self._asked, words = asked_after(self._asked, command, self._now(), now_s)
        self._log(f"Command {command.name}: {_OTHERWISE.get(command.name, words)}")
        if command.name == "restart":
            self._relief.starts.opens()
            self._relief.want("it was asked for", self._watched_s, fault=False)
        elif command.name == "identify" and self._relief.now is not None:
            self._relief.now.order("sign", name="identify")

    def _reload(self) -> None:
        """Another file, without a gap: only another sound card needs another process."""
        self._reloading = False
        self._notify.reloading()
        try:
            fresh = read_config(self._path)
        except ConfigError as wrong:
            self._log(f"The file stays as it was read before. {wrong}")
        else:
            before, self.kiosk = self.kiosk, fresh
            self._calibration = read_calibration(self._folder)
            self._relief.mixing = fresh.sound.mixing
            if before.sound.device != fresh.sound.device:
                self._relief.want("the sound card is another one", self._watched_s, fault=False)
            self._telling.configure(fresh)
            if self._screen is not None:
                self._screen.configure(fresh)
            self._log("The file was read again.")
        self._notify.ready(self.state.words)

    def _tell(self, now_s: float) -> None:
        """State, fleet, watchdog and counters."""
        now, relief = self._relief.now, self._relief
        status = None if now is None else now.status
        asked, until_s = self._asked, self._asked.muted_until_s
        counters = self._counters
        state = State(
            doing=Doing.STARTING if status is None else status.doing,
            sound_ok=status is not None and status.sound_ok,
            sound_words="" if status is None else status.sound_words,
            strap_seen=status is not None and status.strap,
            strap_words="" if status is None else status.strap_words,
            battery=None if status is None else status.battery,
            visits=counters.visits,
            minutes=counters.visit_s / 60.0,
            faults=counters.faults,
            safe=relief.starts.safe,
            quiet=opening_now(self.kiosk, asked, self._now(), self._holidays).quiet,
            trim_db=asked.trim_db,
            muted_until=None if until_s is None or until_s < now_s else time.time() + until_s - now_s,
            frame=self._frames,
            lufs=None if status is None else status.lufs,
            since_s=now_s - self._began_s,
        )
        if state.safe and not self.state.safe:
            self._log("Safe mode: five starts in a row did not last a minute.")
        self.state = state
        self._telling.tell(state)
        if self._screen is not None:
            self._screen.show(None if status is None else status.shown, now_s)
        self._proof.look(None if now is None else now.liveness, self._watched_s)
        every_s = self._notify.every_s
        due = every_s is not None and now_s - self._petted_s >= every_s / 2.0
        if due and self._proof.stands(self._watched_s):
            self._petted_s = now_s
            self._notify.alive(state.words)
        if now_s - self._kept_s >= KEEP_S:
            self._keep(now_s)

    def _keep(self, now_s: float) -> None:
        """Write the counters where they have changed, if any may be written."""
        self._kept_s = now_s
        gc.collect()  # for the freed tuples that CPython keeps, as after each reading of the file
        if self.kiosk.privacy.keep != "counters":
            return
        before = read_counters(self._folder)
        if replace(before, changed=0) != replace(self._counters, changed=0):
            self._counters = replace(self._counters, changed=before.changed + 1)
            write_counters(self._folder, self._counters)

    def _leave(self) -> None:
        """The last fade."""
        for process in self._relief.processes:
            process.order("leave")
        until_s = time.monotonic() + LEAVE_S
        while time.monotonic() < until_s and not all(process.gone() for process in self._relief.processes):
            time.sleep(0.05)


_OTHERWISE = {
    "restart": "Another process takes over.",
    "identify": "It sounds its sign.",
}
"""What is said of commands that change nothing in what is asked for."""


def _to_stderr(sentence: str) -> None:
    with suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)


def obey_signals(supervisor: Supervisor) -> None:
    """SIGTERM and SIGINT end it, SIGHUP has it read its file again."""

    def end(_number: int, _frame: object) -> None:
        supervisor.end()

    def reload(_number: int, _frame: object) -> None:
        supervisor.reload()

    for number, deed in ((signal.SIGTERM, end), (signal.SIGINT, end), (signal.SIGHUP, reload)):
        signal.signal(number, deed)

"""What the supervisor decides by: liveness, starts, counters, notify socket, schedule."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.kiosk.command import command_of
from engine.kiosk.config import Kiosk, config_of
from engine.kiosk.counters import FILE, Counters, read_counters, write_counters
from engine.kiosk.liveness import GETS_READY_S, OPEN_S, SILENT_S, STILL_S, WARM_S, Liveness
from engine.kiosk.notify import Notify
from engine.kiosk.orders import Status
from engine.kiosk.schedule import Asked, asked_after, wanted
from engine.kiosk.starts import BAD_STARTS, Starts
from engine.kiosk.state import Doing

PLAYING = Status(Doing.VISIT, 0, 0, -24.0, sounding=True, sound_ok=True, warm=True)


def watched(seconds: float, of) -> str:
    """Trouble of a process that tells `of(t)` four times a second for so long; it was asked to sound at 0."""
    liveness = Liveness(-1.0)
    liveness.look(Status(warm=True), -0.5)
    liveness.asked_to_sound(0.0)
    at_s = 0.0
    while at_s < seconds:
        at_s += 0.25
        status = of(at_s)
        if status is not None:
            liveness.look(status, at_s)
        trouble = liveness.trouble(at_s)
        if trouble:
            return trouble
    return ""


def advancing(at_s: float) -> Status:
    return replace(PLAYING, frame=round(at_s * 48_000), sequence=round(at_s * 10))


def test_a_process_that_plays_is_left_alone() -> None:
    assert watched(300.0, advancing) == ""


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (lambda t: replace(advancing(t), frame=min(round(t * 48_000), 480_000)), "no frames"),
        (lambda t: replace(advancing(t), sequence=min(round(t * 10), 100)), "no commands"),
        (lambda t: advancing(t) if t < 10.0 else None, "tells nothing"),
        (lambda t: replace(advancing(t), lufs=-24.0 if t < 10.0 else -80.0), "silent"),
        (lambda _t: replace(PLAYING, frame=0), "does not begin"),
    ],
)
def test_each_way_of_not_playing_is_seen(of, said: str) -> None:
    assert said in watched(10.0 + SILENT_S + OPEN_S + 5.0, of)


def test_a_sound_card_that_is_away_and_silence_that_is_meant_are_no_trouble() -> None:
    def away(t: float) -> Status:
        return replace(advancing(t), frame=min(round(t * 48_000), 480_000), lufs=None, sound_ok=t < 10.0)

    assert watched(300.0, away) == ""
    assert watched(300.0, lambda t: replace(advancing(t), lufs=None, sounding=False)) == ""
    off_at_boot = watched(300.0, lambda _t: Status(warm=True, sound_words="There is no sound device."))
    assert off_at_boot == ""


def test_one_that_never_gets_ready_is_seen_too() -> None:
    liveness = Liveness(0.0)
    for at_s in range(0, int(WARM_S), 10):
        liveness.look(Status(), float(at_s))
        assert liveness.trouble(at_s + 1.0) == ""
    assert "get ready" in liveness.trouble(WARM_S - 1.0 + GETS_READY_S)
    assert "get ready" in liveness.trouble(WARM_S + 1.0)
    assert STILL_S < 14.0  # the bed is written so far ahead


def test_five_starts_that_did_not_last_make_safe_mode_and_an_opening_ends_it() -> None:
    starts, now_s = Starts(), 0.0
    for _ in range(BAD_STARTS - 1):
        starts.began(now_s)
        now_s += 10.0
        starts.ended(now_s)
        assert not starts.safe
    starts.began(now_s)
    starts.lasts(now_s + 61.0)  # a minute: all is forgotten
    starts.ended(now_s + 61.0)
    assert (starts.bad, starts.safe) == (0, False)
    for _ in range(BAD_STARTS):
        starts.ended(now_s)
    assert starts.safe
    assert starts.pause_s == 10.0
    starts.opens()
    assert (starts.safe, starts.pause_s) == (False, 0.0)


def test_counters_are_kept_whole_and_a_damaged_file_counts_from_nothing(tmp_path: Path) -> None:
    counters = Counters(3, 1900.5, 1, 2)
    assert write_counters(tmp_path / "state", counters)
    assert read_counters(tmp_path / "state") == counters
    assert (tmp_path / "state" / FILE).stat().st_mode & 0o777 == 0o600
    for damage in (b"", b"{", b"[]", b'{"visits": "many"}', b"\xff" * 100, b'{"visits": 1e999}'):
        (tmp_path / "state" / FILE).write_bytes(damage)
        assert read_counters(tmp_path / "state") == Counters()
    (tmp_path / "file").write_text("")
    assert not write_counters(tmp_path / "file" / "state", counters)


def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_file(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.kiosk.counters import *\n"
        "folder, n = Path(sys.argv[1]), 0\n"
        "write_counters(folder, Counters(1, 1.0, 1, 1)); print('ready', flush=True)\n"
        "while True:\n"
        "    n += 1; write_counters(folder, Counters(n, n * 1.0, n, n))\n"
    )
    for trial in range(6):
        writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.003 * trial)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        read = read_counters(tmp_path)
        assert read.visits == read.faults == read.changed >= 1


def test_systemd_is_told_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "s"))
        systemd.settimeout(5.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        monkeypatch.setenv("WATCHDOG_USEC", "30000000")
        notify = Notify()
        assert "NOTIFY_SOCKET" not in os.environ  # no child may speak in its name
        notify.ready("ready for a visitor")
        assert systemd.recv(100) == b"READY=1\nSTATUS=ready for a visitor"
        notify.alive("playing")
        assert systemd.recv(100).startswith(b"WATCHDOG=1")
        notify.reloading()
        assert b"MONOTONIC_USEC=" in systemd.recv(100)
        assert notify.every_s == 15.0
    notify.alive("nobody listens any more")
    notify.close()
    Notify().ready("without systemd")


BERLIN = config_of({
    "timezone": "Europe/Berlin", "hours": {"every_day": "10:00-18:00", "quiet": "12:00-13:00"},
    "sound": {"trim_db": -3}, "visit": {"without_strap": "programme"},
})  # fmt: skip


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 27, hour, minute, tzinfo=UTC).astimezone(BERLIN.zone)


def wanted_at(now: datetime, asked: Asked, now_s: float = 0.0):
    return wanted(BERLIN, asked, now, now_s, frozenset(), -20.0, safe=False, first=0)


def test_the_schedule_puts_file_hours_and_commands_together() -> None:
    asked = Asked()
    assert wanted_at(at(9, 30), asked).open  # 10:30 in Berlin
    assert not wanted_at(at(18), asked).open
    quiet = wanted_at(at(11, 30), asked)
    assert (quiet.trim_db, quiet.invitation_s) == (-9.0, 0.0)
    assert wanted_at(at(9, 30), asked).programme
    commands = {"volume": -6, "softer": None, "mute": 5, "programme": "stop", "today": "closed"}
    for name, value in commands.items():
        asked, words = asked_after(asked, command_of(name, value), at(9), 100.0)
        assert words.endswith(".")
    after = wanted_at(at(9, 30), asked, 200.0)
    assert (after.trim_db, after.muted, after.programme, after.open) == (-12.0, True, False, False)
    assert not wanted_at(at(9, 30), asked, 401.0).muted
    assert wanted_at(at(9, 30) + timedelta(days=1), asked).open  # "today" is over with the day


def test_a_clock_that_is_set_back_a_year_neither_unmutes_nor_breaks_anything() -> None:
    asked, _ = asked_after(Asked(), command_of("mute", 5), at(9), 100.0)
    assert wanted_at(at(9, 30) - timedelta(days=365), asked, 150.0).muted
    assert wanted_at(at(9, 30) - timedelta(days=365), Asked()).open
    assert Kiosk().zone is None

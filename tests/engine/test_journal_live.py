"""Sittings of the installed command: recorded off a sound device and rendered again; killed at any moment."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from benchmarks import jack_dummy, recording
from benchmarks.jack_dummy import JackServer
from dsp import command
from dsp.native import Synth
from engine.guide.music_state import Hand
from engine.journal.rendition import Rendition
from engine.journal.store import FILE, Store
from engine.session import BY
from sensors.beat import Link, LinkChange
from tests.calando import calando, start

pytestmark = pytest.mark.live

PORTS = ("PortAudio.*:out_0", "PortAudio.*:out_1")
HEARD_S = 20.0


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> None:
    Synth()


@pytest.mark.skipif(bool(jack_dummy.missing()), reason=f"not installed: {', '.join(jack_dummy.missing())}")
@pytest.mark.parametrize("period", [64, 256, 1024])
def test_what_was_heard_is_what_is_rendered(tmp_path: Path, period: int) -> None:
    """With notes, ramps, a lost strap, a turn to another profile, and the panic fade at the end.

    Compared by position: a cycle that JACK itself left out is not in the recording, and every frame that is
    there must be the one of its place.
    """
    with JackServer(period) as server:
        recorder = subprocess.Popen(
            [str(jack_dummy.compiled("recorder")), *PORTS, "60", str(tmp_path / "live")],
            env=server.environment, stdout=subprocess.PIPE, preexec_fn=jack_dummy.end_with_parent,
        )  # fmt: skip
        play = start(
            "play", "--sensor", "sim:drops=120,drop_s=11,seed=3", "--seed", "9", "--then", "sleep@10s",
            "--json", "--data", "data", cwd=tmp_path, also=server.environment,
        )  # fmt: skip
        assert play.stdout is not None
        for line in play.stdout:
            if json.loads(line)["t"] >= HEARD_S:
                break
        for _ in range(2):
            play.send_signal(signal.SIGINT)
            time.sleep(0.2)
        said, _ = play.communicate(timeout=120.0)
        recorder.communicate(timeout=120.0)
    last = json.loads(said.splitlines()[-1])
    with Store(tmp_path / "data") as store:
        record = store.read(last["id"])
    links = [event.link for event in record.events if isinstance(event, LinkChange)]
    assert [link for link in links if link in (Link.LIVE, Link.RECONNECTING)][:3] == [
        Link.LIVE, Link.RECONNECTING, Link.LIVE,
    ]  # fmt: skip
    assert [each.value for each in record.decisions if each.parameter == "profile"] == ["sleep"]
    kinds = {sent.command.kind for sent in record.commands}
    assert {command.RAMP, command.TEMPO, command.NOTE_AT_BEAT, command.NOTE_AT_FRAME} <= kinds
    (stop,) = record.stops
    assert stop.asked_by == BY[Hand.LISTENER]
    replay = Rendition.of(record)
    # After the last fade there is silence until the device is let go.
    silence = np.zeros((5 * replay.rate_hz, 2), np.float32)
    rendered = np.concatenate([*replay.portions(), silence])
    found = recording.compare(*recording.read(tmp_path / "live"), rendered, period)
    assert replay.inexact == 0
    assert found.differing == 0
    assert found.compared + found.skipped > HEARD_S * replay.rate_hz
    assert found.skipped < 0.1 * found.compared
    assert record.head.output.startswith("Playing on")


def killed(folder: Path, after_s: float) -> tuple[float, float]:
    """Play, kill -9 after so many seconds; engine time that was shown to be reached, and what was kept."""
    arguments = ("--sensor", "sim", "--output", "null", "--json", "--data", str(folder))
    play = start("play", *arguments, cwd=folder.parent)
    assert play.stdout is not None
    assert play.stderr is not None
    play.stdout.readline()
    time.sleep(after_s)
    play.kill()
    rest, _ = play.communicate()
    whole = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    reached_s = json.loads(whole[-1])["t"] if whole else 0.0
    connection = sqlite3.connect(folder / FILE)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        (frames,) = connection.execute("SELECT frames FROM session").fetchone() or (0,)
    except sqlite3.OperationalError:
        assert after_s < 1.0  # so early that there was no table yet
        frames = 0
    finally:
        connection.close()
    return reached_s, frames / 48_000


def test_a_sitting_killed_at_any_moment_loses_at_most_a_second(tmp_path: Path) -> None:
    rng = random.Random(11)
    folders = [tmp_path / f"{k}" for k in range(10)]
    for folder in folders:
        folder.mkdir(mode=0o700)
    moments_s = [rng.uniform(0.05, 5.0) for _ in folders]
    with ThreadPoolExecutor(3) as pool:
        for reached_s, kept_s in pool.map(killed, folders, moments_s):
            assert reached_s - kept_s <= 1.0
    longest = folders[int(np.argmax(moments_s))]
    done = calando(
        "play", "--sensor", "sim", "--fast", "--duration", "10s", "--output", "null", "--data", str(longest),
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0
    assert "broke off" in done.stderr
    assert f"--data {longest}` shows what was kept" in " ".join(done.stderr.split())
    with Store(longest) as store:
        assert [head.ending for head in store.heads()] == ["complete", "interrupted"]
        broken = store.read(store.heads()[1].id)
    replay = Rendition.of(broken)
    assert sum(len(portion) for portion in replay.portions()) == broken.head.frames
    assert replay.inexact == 0


def test_the_commands_say_what_is_kept(tmp_path: Path) -> None:
    data = ("--data", "data")

    def sessions(*words: str) -> subprocess.CompletedProcess[str]:
        return calando("sessions", *words, *data, cwd=tmp_path)

    assert sessions("list").stdout.startswith("No sitting")
    arguments = ("--sensor", "sim", "--fast", "--duration", "15s", "--output", "file:a.wav", *data)
    played = calando("play", *arguments, "--client", "k-12", "--json", cwd=tmp_path)
    session_id = json.loads(played.stdout.splitlines()[-1])["id"]
    listed = sessions("list").stdout
    assert session_id in listed
    assert "k-12" in listed
    assert json.loads(sessions("list", "--json").stdout)["id"] == session_id
    shown = sessions("show", session_id[:-2]).stdout
    assert "a.wav" in shown
    assert "meeting the heart" in shown
    rendered = calando("render", "last", "-o", "b.wav", *data, cwd=tmp_path)
    assert rendered.returncode == 0
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert sessions("export", "last", "--format", "json", "-o", "s.json").returncode == 0
    assert sessions("export", "last", "-o", "s.json").returncode == 2  # never over a file
    assert sessions("reassign", "last", "m-3").returncode == 0
    assert "given to m-3, from k-12" in sessions("show", "last").stdout
    assert sessions("delete", "last").returncode == 2  # nobody there to say yes
    assert sessions("delete", "last", "--yes").returncode == 0
    assert sessions("show", session_id).returncode == 2
    assert sessions("import", "s.json").returncode == 0
    assert sessions("show", session_id).stdout.count("k-12") == 1
    wrong = calando("render", "last", "-o", "c.wav", "--seed", "3", *data, cwd=tmp_path)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)

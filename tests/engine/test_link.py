"""Ableton Link: a peer in the same network is led by a sitting, whatever it sets itself."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from engine.player import OfflineOutput
from engine.session import Moment
from tests.calando import calando, start
from tests.roomed import IN_ROOMS, PATIENCE_S, RATE_HZ, playing

link = pytest.importorskip("link")

pytestmark = [*IN_ROOMS]


class Compared:
    """At each tick: the sitting's tempo and beat, and what a peer has."""

    def __init__(self, peer) -> None:
        self._peer = peer
        self.tempi: list[tuple[float, float]] = []
        self.off_beats: list[float] = []

    def moment(self, moment: Moment) -> None:
        state, now_us = self._peer.captureSessionState(), self._peer.clock().micros()
        self.tempi.append((moment.tempo_bpm, state.tempo()))
        self.off_beats.append((state.beatAtTime(now_us, 4.0) - moment.beat + 2.0) % 4.0 - 2.0)


def until(so) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < end_s
        time.sleep(0.05)


@pytest.mark.live
def test_a_peer_has_the_sittings_tempo_and_beat_and_what_it_sets_is_set_back(tmp_path: Path) -> None:
    peer = link.Link(120.0)
    peer.startStopSyncEnabled = True
    peer.enabled = True
    compared = Compared(peer)
    output = OfflineOutput(RATE_HZ, "Nowhere.", in_step=True)
    with playing("band", output) as sitting, start("link", "band", cwd=tmp_path) as process:
        sitting.watchers.add(compared, at_once=True)
        until(lambda: peer.numPeers() == 1)
        until(lambda: compared.tempi and abs(compared.tempi[-1][1] / compared.tempi[-1][0] - 1.0) < 1e-4)
        until(lambda: peer.captureSessionState().isPlaying())
        before = len(compared.off_beats)
        until(lambda: len(compared.off_beats) > before + 60)
        off_s = np.array(compared.off_beats[before:]) * 60.0 / compared.tempi[-1][0]
        assert np.median(np.abs(off_s)) < 0.03  # of the control thread's own lateness too
        state = peer.captureSessionState()
        state.setTempo(150.0, peer.clock().micros())
        peer.commitSessionState(state)
        before = len(compared.tempi)
        until(lambda: len(compared.tempi) > before + 20)
        assert abs(compared.tempi[-1][1] / compared.tempi[-1][0] - 1.0) < 1e-4
        assert all(tempo < 120.0 for tempo, _ in compared.tempi)  # the sitting never followed
        sitting.stop()
        sitting.end()
        sitting.end()
        assert process.wait(PATIENCE_S) == 0
        until(lambda: peer.numPeers() == 0 and not peer.captureSessionState().isPlaying())
    peer.enabled = False
    nobody = calando("link", "nobody", cwd=tmp_path)
    assert nobody.returncode == 1
    assert "Nobody plays in the room nobody" in nobody.stderr

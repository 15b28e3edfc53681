"""The whole service on a real sound server: plays, is relieved when its process is killed, ends."""

from __future__ import annotations

import os
import signal

import pytest

from tests.program import program

jack = program("jack_dummy")
rig = program("kiosk_rig")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(bool(jack.missing(watched=False)), reason="no JACK server here"),
]

FILE = '[visit]\nwithout_strap = "programme"\nstraps = ["sim:seed=3,off=120,off_s=3600"]\n'


def test_a_service_plays_is_relieved_reads_its_file_again_and_ends() -> None:
    with jack.JackServer() as server, rig.Service(server, FILE) as service:
        supervisor = service.process.pid
        rig.until(lambda: "The music plays." in service.log)
        rig.until(lambda: server.players() > 0)
        assert rig.rss_mb(supervisor) < 20.0
        (player,) = service.players
        os.kill(player, signal.SIGKILL)
        rig.until(lambda: "Another process plays now." in service.log)
        rig.until(lambda: player not in service.players and len(service.players) == 1)
        relieved = service.players
        service.file.write_text(service.file.read_text() + "[sound]\ntrim_db = 5\n")
        service.process.send_signal(signal.SIGHUP)
        rig.until(lambda: "sound.trim_db must lie between -24 and 0 dB" in service.log)
        service.file.write_text(service.file.read_text().replace("trim_db = 5", "trim_db = -5"))
        service.process.send_signal(signal.SIGHUP)
        rig.until(lambda: "The file was read again." in service.log)
        assert service.players == relieved
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(30) == 0
        assert service.players == []
        assert '"faults": 1' in (service.state / "counters.json").read_text()

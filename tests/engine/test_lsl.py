"""LSL: a sitting's outlets as another program finds and reads them."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from engine.bridge.lsl import STREAMS
from engine.desk import Ask, Mark
from engine.guide.music_state import Hand
from engine.player import OfflineOutput
from tests.calando import calando, start
from tests.roomed import IN_ROOMS, PATIENCE_S, RATE_HZ, playing

pylsl = pytest.importorskip("pylsl")

pytestmark = [*IN_ROOMS]


@pytest.fixture(autouse=True)
def _own_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Streams are looked for on this computer alone, so no machine of the network is seen, or sees these.
    (tmp_path / "lsl.cfg").write_text("[multicast]\nResolveScope = machine\n[log]\nlevel = -3\n")
    monkeypatch.setenv("LSLAPICFG", str(tmp_path / "lsl.cfg"))


@pytest.mark.live
def test_every_stream_is_found_described_and_carries_what_the_sitting_says(tmp_path: Path) -> None:
    output = OfflineOutput(RATE_HZ, "Nowhere.", in_step=True)
    with playing("lab", output, heart="sim:seed=5") as sitting, start("lsl", "lab", cwd=tmp_path) as process:
        inlets = {}
        for stream in STREAMS:
            (info,) = pylsl.resolve_byprop("source_id", f"calando-lab-{stream.kind}", timeout=60.0)
            inlet = pylsl.StreamInlet(info)
            described = inlet.info(60.0)
            labels = described.get_channel_labels()
            assert described.name() == stream.name
            assert labels == [channel.label for channel in stream.channels]
            assert described.get_channel_units() == [channel.unit for channel in stream.channels]
            assert described.desc().child_value("sitting") == sitting.id
            inlet.open_stream(60.0)
            inlets[stream.kind] = inlet
        sitting.desk.put(Ask(Mark("she smiled"), Hand.THERAPIST, "test"))
        samples = {kind: ([], []) for kind in inlets}
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            for kind, inlet in inlets.items():
                came, stamps = inlet.pull_chunk(timeout=0.2)
                samples[kind][0].extend(came)
                samples[kind][1].extend(stamps)
            marks = [text for (text,) in samples["Markers"][0]]
            if len(samples["RR"][0]) >= 10 and len(samples["Music"][0]) >= 100 and marks:
                break
        assert any("she smiled" in text for text in marks)
        rr = np.array(samples["RR"][0])
        stamps = np.array(samples["RR"][1])
        normal = rr[1:, 1] == 1.0
        # An interval is what lies between two stamps, both of the beats themselves.
        assert np.median(np.abs(np.diff(stamps)[normal] * 1000.0 - rr[1:, 0][normal])) < 5.0
        assert 40.0 < np.nanmedian(np.array(samples["Music"][0])[:, 0]) < 110.0
        assert np.all(np.diff(samples["Music"][1]) > 0.0)
        for inlet in inlets.values():
            inlet.close_stream()
        sitting.stop()
        sitting.end()
        sitting.end()
        assert process.wait(PATIENCE_S) == 0
    nobody = calando("lsl", "nobody", cwd=tmp_path)
    assert nobody.returncode == 1
    assert "Nobody plays in the room nobody" in nobody.stderr

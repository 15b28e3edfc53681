"""Whatever is sent to a real kiosk's command topic through a real broker, it plays the same samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("paho", reason="paho-mqtt is not installed: pip install 'calando[kiosk]'")

from tests.kiosk.broker import LACKING, MOSQUITTO

BENCHMARK = Path(__file__).parents[2] / "benchmarks/kiosk_payloads.py"


@pytest.mark.skipif(MOSQUITTO is None, reason=LACKING)
def test_damaged_and_invented_payloads_change_no_sample(tmp_path: Path) -> None:
    """benchmarks/kiosk_payloads.py on a small scale."""
    small = "--payloads", "1500", "--sent", "600"
    command = [sys.executable, str(BENCHMARK), *small]
    environment = os.environ | {"CALANDO_BENCHMARK_RESULTS": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "kiosk_payloads.json").read_text())["figures"]
    assert found["wrong"] == []
    assert sum(found["refused"].values()) + found["commands"] == 1500
    broker = found["broker"]
    assert (broker["sent"], broker["canaries"], broker["done"], broker["others"]) == (600, 1, 1, 0)
    assert broker["samples"] > 0
    assert broker["differing"] == 0
    assert broker["after_softer"] > 0

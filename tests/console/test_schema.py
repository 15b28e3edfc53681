"""The API as its document has it: schemathesis makes up what may be asked, and what may not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install 'calando[test]'")

import uvicorn

from engine.console.app import console
from engine.console.devices import Devices
from engine.console.prompt import Prompt
from tests.console.served import until
from tests.roomed import Slowly, playing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets")

NOTHING = (sys.executable, "-c", "import sys; sys.exit('Nothing begins here.')")
"""In place of `calando play`: a made-up beginning is refused, and starts no hundred sittings."""

EXAMPLES = os.environ.get("CALANDO_TEST_EXAMPLES", "1")
"""Of each operation in each phase; 3 in the long form, by hand."""

HOOKS = Path(__file__).with_name("schema_hooks.py")


class Lasting(Devices):
    """Devices of which the one that asks cannot show itself out: all that came after would be a 401."""

    own = ""

    def revoke(self, device_id: str) -> bool:
        return device_id != self.own and super().revoke(device_id)


@contextmanager
def serving(devices: Devices, data: Path) -> Iterator[int]:
    """The console in a thread of this process; its port."""
    config = uvicorn.Config(
        console(devices, data, NOTHING), port=0, http=Prompt, ws="none", log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, "the console listens")
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def test_no_answer_is_a_fault_or_undocumented_and_every_path_is_asked(tmp_path: Path) -> None:
    devices, data, heard = Lasting(tmp_path / "console.json"), tmp_path / "data", tmp_path / "heard"
    device, token = devices.pair(devices.invite("therapist").whole, "schemathesis")
    devices.own = device.id
    slowly = Slowly(4.0)  # all that is asked of this sitting is that it is there
    with playing("schema", slowly, data, "K-1") as sitting, serving(devices, data) as port:
        (tmp_path / "schemathesis.toml").write_text(
            f'[parameters]\n"path.room" = "schema"\n'
            # Deleted it would be nobody's any more, so that is tried on one that is not there.
            f'[[operations]]\nexclude-name = "DELETE /api/sittings/{{sitting}}"\n'
            f'parameters = {{ "path.sitting" = "{sitting.id}" }}\n'
        )
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/api/openapi.json",
             "--header", f"Authorization: Bearer {token}", "--exclude-path-regex", "/events$",  # has no end
             "--max-examples", EXAMPLES, "--generation-deterministic", "--suppress-health-check", "all"],
            cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
            env=os.environ | {
                "SCHEMATHESIS_HOOKS": str(HOOKS), "CALANDO_TEST_SITTING": sitting.id or "",
                "CALANDO_TEST_HEARD": str(heard),
                "NO_COLOR": "1",
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Stateful" in done.stdout
        answers = [json.loads(line) for line in heard.read_text().splitlines()]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/openapi.json") as document:
            paths = json.load(document)["paths"]
        operations = {f"{method.upper()} {path}" for path, ways in paths.items() for method in ways}
        assert {label for label, _ in answers} == operations - {"GET /api/rooms/{room}/events"}
        assert ["POST /api/rooms/{room}/touches", 200] in answers

"""The process that speaks for a kiosk: figures for Prometheus, what it does without its libraries."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.kiosk.alerts import Alert
from engine.kiosk.config import config_of
from engine.kiosk.fleet.companion import Companion
from engine.kiosk.fleet.pipe import setup_of
from engine.kiosk.fleet.readiness import lacking
from engine.kiosk.pipe import NOT_INSTALLED
from engine.kiosk.state import Doing, State
from tests.kiosk.broker import free_port, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the pipe is a Unix one")

PLAYS = State(
    Doing.VISIT, sound_ok=True, visits=4, minutes=50.0, faults=2, battery=15, lufs=-23.5, frame=480_000
)


def test_prometheus_is_told_on_request_and_in_a_file(tmp_path: Path) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    port, file, words = free_port(), tmp_path / "calando.prom", list[str]()
    metrics = {"port": port, "textfile": str(file)}
    companion = Companion(config_of({"metrics": metrics}), None, words.append)  # type: ignore[arg-type]
    try:

        def figures() -> str:
            companion.tell(PLAYS, (Alert("strap_battery", "It is low.", "Change it.", 3.0),))
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                    return answer.read().decode()
            except OSError:
                return ""

        until(lambda: "visits_total" in figures(), "no figures")
        for text in (figures(), file.read_text()):
            families = {each.name: each for each in parser.text_string_to_metric_families(text)}
            told = {
                (sample.name, *sample.labels.values()): sample.value
                for family in families.values() for sample in family.samples
            }  # fmt: skip
            assert told["calando_kiosk_visits_total",] == 4
            assert told["calando_kiosk_frames_total",] == 480_000
            assert told["calando_kiosk_loudness_lufs",] == -23.5
            assert told["calando_kiosk_doing", "visit"] == 1
            assert told["calando_kiosk_doing", "closed"] == 0
            assert told["calando_kiosk_alert", "strap_battery"] == 1
            assert families["calando_kiosk_visits"].type == "counter"
    finally:
        companion.close()
    assert words == []


def test_a_file_that_cannot_be_written_is_told_once_and_holds_up_nothing(tmp_path: Path) -> None:
    pytest.importorskip("prometheus_client")
    words: list[str] = []
    told = config_of({"metrics": {"textfile": str(tmp_path / "none" / "calando.prom")}})
    companion = Companion(told, None, words.append)  # type: ignore[arg-type]
    visits = iter(range(10_000))
    until(lambda: companion.tell(replace(PLAYS, faults=next(visits))) or bool(words), "it says nothing")
    for _ in range(5):
        companion.tell(replace(PLAYS, faults=next(visits)))
    companion.close()
    assert words == [f"{tmp_path}/none/calando.prom cannot be written (No such file or directory)."]


WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from engine.kiosk.fleet.process import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("library", "section"),
    [("paho", {"mqtt": {"host": "broker"}}), ("prometheus_client", {"metrics": {"port": 1}})],
)
def test_without_its_library_it_says_which_is_missing(library: str, section: dict[str, Any]) -> None:
    setup = json.dumps(setup_of(config_of(section)).line())
    command = [sys.executable, "-c", WITHOUT, library]
    done = subprocess.run(command, input=f"{setup}\n", capture_output=True, text=True)
    assert done.returncode == NOT_INSTALLED
    assert f"{library} is not installed: pip install 'calando[kiosk]'" in done.stdout
    assert done.stderr == ""


def test_what_a_file_lacks_is_found_before_anybody_relies_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("paho")
    pytest.importorskip("prometheus_client")
    assert lacking(config_of({"mqtt": {"password_file": "/nowhere"}})) == []  # and no broker
    secret = tmp_path / "secret"
    mqtt = {"host": "broker", "password_file": str(secret), "tls": True, "ca": str(secret)}
    asked = config_of({"mqtt": mqtt, "metrics": {"port": 9101}})
    unread, no_authority = lacking(asked)
    assert "secret cannot be read (No such file or directory)" in unread
    assert "no certificate of an authority" in no_authority
    secret.write_text("\n")
    assert "no password in its first line" in lacking(asked)[0]
    for module in ("paho", "prometheus_client"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("engine.kiosk.fleet.readiness.find_spec", lambda name: sys.modules.get(name))
    assert [words.split()[0] for words in lacking(asked)[:2]] == ["paho-mqtt", "prometheus-client"]


def test_a_kiosk_that_asks_for_neither_has_no_such_process() -> None:
    companion = Companion(config_of({}), None, print)  # type: ignore[arg-type]
    companion.tell(PLAYS)
    assert companion.pid is None
    companion.close()


def test_the_file_read_again_begins_it_anew_where_it_has_changed() -> None:
    words: list[str] = []
    before = config_of({"name": "foyer", "mqtt": {"host": "127.0.0.1", "port": 1}})
    companion = Companion(before, None, words.append)  # type: ignore[arg-type]
    until(lambda: companion.pid is not None, "it is not there")
    first = companion.pid
    companion.configure(config_of({"name": "foyer", "mqtt": {"host": "127.0.0.1", "port": 1}, "privacy": {}}))
    assert companion.pid == first
    companion.configure(config_of({"name": "foyer", "mqtt": {"host": "127.0.0.1", "port": 2}}))
    until(lambda: companion.pid not in (None, first), "it is not another one")
    companion.configure(config_of({"name": "foyer"}))
    until(lambda: companion.pid is None, "it is still there")
    companion.close()


def test_the_supervisors_end_is_of_the_standard_library_and_light() -> None:
    loaded = "import sys; {}; print(*{{k.split('.')[0] for k, m in sys.modules.items() if {}}})"
    installed = "'site-packages' in str(getattr(m, '__file__', ''))"

    def said(first: str, condition: str) -> set[str]:
        command = [sys.executable, "-c", loaded.format(first, condition)]
        return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())

    companion = "import engine.kiosk.fleet.companion"
    assert said(companion, installed) == said("0", installed)
    assert not said(companion, "True") & {"ssl", "asyncio", "multiprocessing", "email", "http"}

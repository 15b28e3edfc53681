"""Sensors of other packages: three methods suffice, a broken one is one sentence, and no other is harmed."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

from sensors.beat import BadPacket, Link, LinkChange, TimedBeat
from sensors.foreign import Adapted
from sensors.sensor import KeepsTime
from sensors.spec import SensorSpecError, is_sensor, kinds, open_sensor, waits
from tests.calando import calando

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tests" / "packages" / "metronome_heart"


class Three:
    """As few methods as may be; `does` is what they do, by their names."""

    def __init__(self, **does: object) -> None:
        self._does = does

    def open(self) -> None:
        self._do("open")

    def poll(self, _now_s: float) -> object:
        return self._do("poll")

    def close(self) -> None:
        self._do("close")

    def _do(self, name: str) -> object:
        deed = self._does.get(name, ())
        if isinstance(deed, Exception):
            raise deed
        return deed


def test_three_methods_are_a_whole_sensor() -> None:
    beat = TimedBeat(0.5, 0.5, None)
    sensor = Adapted(Three(poll=[beat]), "three")
    assert isinstance(sensor, KeepsTime)
    sensor.keep_time(lambda: 0.0)
    sensor.open()
    assert sensor.poll(1.0) == [beat]
    sensor.hear(1.0, 60.0, None)
    sensor.close()
    assert (sensor.label, sensor.simulated, sensor.latency_s, sensor.waits) == ("three", False, 0.0, True)


def test_what_a_sensor_says_of_itself_is_taken() -> None:
    class Says(Three):
        label, simulated, latency_s, waits = "A\x1b[31m thing", True, 0.4, False

    sensor = Adapted(Says(), "says")
    assert (sensor.simulated, sensor.latency_s, sensor.waits) == (True, 0.4, False)
    assert "\x1b" not in sensor.label
    assert "thing" in sensor.label


@pytest.mark.parametrize("method", ["open", "poll"])
def test_one_that_fails_is_told_once_in_a_sentence_and_asked_no_more(method: str) -> None:
    sensor = Adapted(Three(**{method: ZeroDivisionError("oops\nand more")}), "torn")
    sensor.open()
    (told,) = sensor.poll(3.0)
    assert isinstance(told, LinkChange)
    assert (told.link, told.arrival_s) == (Link.UNAVAILABLE, 3.0)
    assert "torn has failed (ZeroDivisionError: oops" in told.words
    assert "\n" not in told.words
    assert sensor.poll(4.0) == []
    sensor.close()


def test_one_that_cannot_be_closed_is_left() -> None:
    sensor = Adapted(Three(close=OSError("stuck")), "stuck")
    sensor.open()
    sensor.close()


NAN = float("nan")


@pytest.mark.parametrize("came", [
    "beats", [None], [NAN], [TimedBeat(NAN, 1.0, None)], [TimedBeat(1.0, NAN, None)],
    [TimedBeat(1.0, 1.0, NAN)], [LinkChange(float("inf"), Link.LIVE, "")],
])  # fmt: skip
def test_what_is_no_event_is_kept_as_bad_and_nothing_breaks(came: object) -> None:
    events = Adapted(Three(poll=came), "odd").poll(2.0)
    assert events
    assert all(isinstance(event, BadPacket) and event.arrival_s == 2.0 for event in events)


def test_what_is_no_list_is_a_failure_in_words() -> None:
    (told,) = Adapted(Three(poll=7), "odd").poll(2.0)
    assert isinstance(told, LinkChange)
    assert told.link is Link.UNAVAILABLE


def test_nothing_arrives_before_it_is_asked_for() -> None:
    (event,) = Adapted(Three(poll=[TimedBeat(9.0, 1.0, None)]), "early").poll(2.0)
    assert event == TimedBeat(2.0, 1.0, None)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a package on the path as pip leaves it there: its module, and what it says of itself."""

    def install(package: str, points: dict[str, str], module: str = "") -> None:
        folder = tmp_path / package
        named = package.replace("-", "_")
        about = folder / f"{named}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{word} = {value}" for word, value in points.items()]
        (about / "entry_points.txt").write_text("\n".join(["[calando.sensors]", *lines]))
        (folder / f"{named}.py").write_text(module)
        monkeypatch.syspath_prepend(str(folder))

    return install


def test_its_word_is_looked_up_where_it_is_none_of_ours(installed) -> None:
    installed("metro", {"metro": "metro:Metronome"}, (PACKAGE / "metronome_heart.py").read_text())
    sensor = open_sensor("metro:120")
    sensor.open()
    beats = [event.t_s for event in sensor.poll(1.1) if isinstance(event, TimedBeat)]
    assert beats == [0.0, 0.5, 1.0]
    assert not waits("metro:120")
    assert kinds().endswith("replay:FILE and metro")
    with pytest.raises(SensorSpecError, match=r"^Sensor 'metro': 'quick' is no rate; write metro"):
        open_sensor("metro:quick")
    with pytest.raises(SensorSpecError, match=r"'banana' is not known: use one of auto.* and metro"):
        open_sensor("banana")


@pytest.mark.parametrize(("module", "reason"), [
    ("import no_such_module_here", "ModuleNotFoundError"), ("Metronome = 5", "nothing that can be called"),
    ("1 / 0", "ZeroDivisionError"), ("", "AttributeError"), ("def Metronome(): pass", "TypeError"),
    ("def Metronome(text): return object()", "no method open and no poll and no close"),
])  # fmt: skip
def test_a_broken_one_is_one_sentence_with_its_package(installed, module: str, reason: str) -> None:
    name = f"broken{abs(hash(module)) % 10**8}"  # modules are imported once
    installed(name, {"broken": f"{name}:Metronome"}, module)
    with pytest.raises(SensorSpecError) as refused:
        open_sensor("broken:60")
    words = str(refused.value)
    assert f"of the package {name} cannot be used" in words
    assert reason in words
    assert "\n" not in words
    assert is_sensor("broken")
    assert open_sensor("sim").label


def test_two_of_one_name_are_refused_and_ours_are_not_replaced(installed) -> None:
    for name in ("first", "second"):
        installed(name, {"pulse": f"{name}:Metronome", "sim": f"{name}:Metronome"}, "Metronome = 1 / 0")
    with pytest.raises(SensorSpecError, match=r"several packages \(first, second\); keep one"):
        open_sensor("pulse")
    assert open_sensor("sim").simulated
    assert "second" not in kinds()


def test_in_a_fresh_environment_an_installed_package_adds_its_word(tmp_path: Path) -> None:
    if find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds the package, is not installed")
    home = tmp_path / "env"
    venv.create(home, with_pip=False)
    library = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    if not library.is_dir():
        pytest.skip("environments lie elsewhere on this system")
    # A .pth lets the fresh environment see ours, so that nothing is downloaded.
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (library / "ours.pth").write_text("\n".join([str(ROOT), *ours]))
    python = str(home / "bin" / "python")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    pip = run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index",
              "--no-build-isolation", "--quiet", str(PACKAGE))  # fmt: skip
    assert pip.returncode == 0, pip.stderr

    def there(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(python, "-c", "from engine.cli.main import main; main()", *arguments)

    played = there("play", "--sensor", "metronome:75", "--fast", "--duration", "60s", "--output", "null",
                   "--data", "data", "--json", "--seed", "1")  # fmt: skip
    assert played.returncode == 0, played.stderr
    states = [line for line in map(json.loads, played.stdout.splitlines()) if "hr_bpm" in line]
    assert states[-1]["hr_bpm"] == pytest.approx(75.0, abs=0.2)
    assert states[-1]["sensor"] == "metronome"
    assert not states[-1]["simulated"]
    torn = there("play", "--sensor", "torn", "--data", "data")
    assert torn.returncode == 2
    assert "The sensor torn of the package metronome-heart cannot be used" in torn.stderr
    shown = " ".join(there("play", "--help").stdout.split())
    assert "Installed besides: metronome, torn." in shown
    doctor = " ".join(there("doctor", "--data", "data").stdout.split())
    assert "Sensor metronome: brought by the package metronome-heart." in doctor
    assert "Sensor torn: The sensor torn of the package metronome-heart cannot be used" in doctor


def test_without_such_packages_help_says_nothing_of_them(tmp_path: Path) -> None:
    assert "Installed besides" not in calando("play", "--help", cwd=tmp_path).stdout

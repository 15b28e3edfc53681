"""The systemd unit: what systemd itself says of it, and that it comes and goes without a trace."""

from __future__ import annotations

import grp
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.kiosk import unit
from engine.kiosk.unit import NAME, UnitError, unit_text
from tests.calando import calando


@pytest.mark.parametrize("system", [True, False])
def test_systemd_takes_the_unit(tmp_path: Path, system: bool) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd-analyze here")
    text = unit_text(tmp_path / "the museum's 100 % kiosk.toml", system=system, user="root")
    for wanted in ("Type=notify", "WatchdogSec=", "Restart=always", "KillMode=control-group"):
        assert wanted in text
    assert ("ProtectSystem=strict" in text) == system
    here = {group.gr_name for group in grp.getgrall()}  # systemd ends a unit with a group that is not: 216
    named = re.search(r"^SupplementaryGroups=(.*)$", text, re.M)
    assert (named is not None and set(named[1].split()) <= here) if system else named is None
    path = tmp_path / NAME
    path.write_text(text)
    told = subprocess.run(
        [program, "verify", "--man=no", str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert [line for line in told.stderr.splitlines() if NAME in line] == []


def test_who_is_not_there_is_not_installed_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit, "of_the_system", lambda: True)
    monkeypatch.setattr(unit, "unit_folder", lambda: tmp_path)
    with pytest.raises(UnitError, match="There is no user nobody-at-all: adduser"):
        unit.install(tmp_path / "kiosk.toml", "nobody-at-all")
    assert list(tmp_path.iterdir()) == []


def test_it_is_installed_and_uninstalled_for_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit, "of_the_system", lambda: False)
    monkeypatch.setattr(unit, "_handed_over", lambda *commands: [" ".join(each) for each in commands])
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    said = unit.install(tmp_path / "kiosk.toml")
    written = tmp_path / "systemd" / "user" / NAME
    assert str(tmp_path / "kiosk.toml") in written.read_text()
    assert f"enable --now {NAME}" in said
    assert f"disable --now {NAME}" in unit.uninstall()
    assert not written.exists()
    assert "nothing is installed" in unit.uninstall()[0]


def test_check_tells_what_is_wrong_and_what_stands(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(f'state = "{tmp_path}"\n[visit]\nstraps = ["sim", "ble"]\n[sound]\ncap_dba = 65\n')
    good = calando("kiosk", "--check", str(file), cwd=tmp_path)
    assert good.returncode == 0, good.stderr
    assert "is in order" in " ".join(good.stdout.split())
    assert "65 dB(A)" in " ".join(good.stdout.split())
    file.write_text('[visit]\nprofiles = ["loud"]\nstraps = ["wrist"]\n')
    bad = calando("kiosk", "--check", str(file), cwd=tmp_path)
    assert bad.returncode == 2
    assert "visit.profiles" in bad.stderr
    assert "visit.straps" in bad.stderr
    assert "Traceback" not in bad.stderr
    file.write_text('state = "/proc/none"\n[metrics]\ntextfile = "/none/x.prom"\n')
    nowhere = calando("kiosk", "--check", str(file), cwd=tmp_path)
    assert nowhere.returncode == 2
    assert "state: /proc/none cannot be written" in " ".join(nowhere.stderr.split())
    assert "there is no folder /none" in " ".join(nowhere.stderr.split())
    assert "--output" not in nowhere.stdout  # a kiosk has no such option
    assert calando("kiosk", cwd=tmp_path).returncode == 2

"""Devices: a code lets one device in, once; what is kept of it is worth nothing to whoever reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.console.devices import CODE_S, DEVICE_S, GUESSES_S, MOST_GUESSES, Devices, PairingError


class Clock:
    now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_code_is_good_once_and_for_ten_minutes(tmp_path: Path) -> None:
    clock = Clock()
    devices = Devices(tmp_path / "console.json", clock)
    code = devices.invite("client", "one").whole
    device, token = devices.pair(code, "a telephone\u202e")
    assert (device.role, device.room, device.name) == ("client", "one", "a telephone")
    assert devices.known(token) == device
    with pytest.raises(PairingError, match="used up"):
        devices.pair(code, "again")
    late = devices.invite("therapist").whole
    clock.now_s += CODE_S + 1.0
    with pytest.raises(PairingError, match="too old"):
        devices.pair(late, "late")


def test_after_ten_wrong_codes_even_the_right_one_waits_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    devices = Devices(tmp_path / "console.json", clock)
    code = devices.invite("therapist").whole
    for number in range(MOST_GUESSES):
        with pytest.raises(PairingError) as refused:
            devices.pair(f"guess{number}", "a stranger")
        assert not refused.value.locked
    for _ in range(1_000):
        with pytest.raises(PairingError) as refused:
            devices.pair(code, "a stranger")
        assert refused.value.locked
    clock.now_s += GUESSES_S + 1.0
    assert devices.pair(code, "the therapist")[0].role == "therapist"


def test_devices_outlast_the_console_and_can_be_shown_out(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "console.json"
    devices = Devices(path)
    device, token = devices.pair(devices.invite("therapist").whole, "tablet")
    assert path.stat().st_mode & 0o777 == 0o600
    assert token not in path.read_text()
    again = Devices(path)
    assert again.known(token) == device
    assert [each.digest for each in again.all()] == [""]
    assert again.revoke(device.id)
    assert not again.revoke(device.id)
    assert again.known(token) is None
    assert Devices(path).known(token) is None


def test_a_device_is_paired_anew_after_three_months(tmp_path: Path) -> None:
    clock = Clock()
    devices = Devices(tmp_path / "console.json", clock)
    _, token = devices.pair(devices.invite("display").whole, "screen")
    clock.now_s += DEVICE_S + 1.0
    assert devices.known(token) is None


def test_a_file_that_others_may_read_is_refused_and_a_damaged_one_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "console.json"
    path.write_text("{ half a")
    path.chmod(0o600)
    assert Devices(path).all() == []
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        Devices(path)

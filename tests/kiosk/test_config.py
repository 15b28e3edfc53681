"""The kiosk's file: what is read from it, and that every mistake is told at once, by name."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from engine.kiosk.command import COMMANDS, Command, CommandError, command_of
from engine.kiosk.config import ConfigError, Kiosk, config_of, read_config

WHOLE = """
name = "foyer"
timezone = "Europe/Berlin"
[hours]
monday = "closed"
every_day = "10:00-12:30, 14:00-18:00"
holidays = "DE-BY"
quiet = "12:00-13:00"
special.2026-12-24 = "10:00-14:00"
[sound]
device = "USB Audio"
cap_dba = 80
child = true
[visit]
straps = ["ble:AA:BB:CC:DD:EE:FF", "ble:Polar"]
profiles = ["relax", "breathe"]
length = "12m"
invitation = "off"
"""


def test_an_empty_file_is_a_kiosk_that_is_always_open():
    kiosk = config_of({})
    assert kiosk == Kiosk()
    assert kiosk.hours.week == (((0, 1440),),) * 7


def test_a_whole_file(tmp_path: Path):
    file = tmp_path / "kiosk.toml"
    file.write_text(WHOLE)
    kiosk = read_config(file)
    assert kiosk.hours.week[0] == ()
    assert kiosk.hours.week[3] == ((600, 750), (840, 1080))
    assert kiosk.hours.special == {date(2026, 12, 24): ((600, 840),)}
    assert kiosk.sound.highest_dba == 70.0
    assert kiosk.visit.length_s == 720.0
    assert kiosk.visit.invitation_s == 0.0


def test_every_mistake_is_told_in_a_line_that_names_the_key():
    with pytest.raises(ConfigError) as refused:
        config_of(tomllib.loads("""
            speed = 3
            timezone = "Mars/Base"
            hours.monday = "9-5"
            hours.special.someday = "closed"
            sound.cap_dba = 120
            sound.device = "USB Audio (hw:1,0)"
            visit.length = "2h"
            visit.straps = []
            mqtt.port = true
            mqtt.ca = "ca.pem"
        """))
    lines = str(refused.value).splitlines()
    for key in ("speed", "timezone", "hours.monday", "hours.special.someday", "sound.cap_dba", "sound.device",
                "visit.length", "visit.straps", "mqtt.port", "mqtt.ca"):  # fmt: skip
        assert [line for line in lines if line.startswith(f"{key} ") and line.endswith(".")], (key, lines)
    assert len(lines) == 10


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"name = ", b"x" * 100_000, None], ids=["bytes", "broken", "large", "missing"]
)
def test_a_file_that_is_none_is_told_by_its_name(tmp_path: Path, content: bytes | None):
    file = tmp_path / "kiosk.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"kiosk\.toml"):
        read_config(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('profiles = ["relax]\n', "quotes does not end (at line 1"),
        ("name: foyer\n", "KEY = VALUE"),
        ("child = yes\n", "true, false"),
        ('name = "a"\nname = "b"\n', "second time (at line 2"),
        ("[visit]\n[visit]\n", "second time (at line 2"),
        ("straps = [1, 2\n", "a list does not end"),
        ("[sound]\ndevice = 1\n", "in quotes; it is 1"),
        ('[mqtt]\nhost = "mqtt://broker:1883"\n', "name or address alone"),
    ],
)
def test_what_an_operator_writes_wrong_is_told_in_plain_words(tmp_path: Path, content: str, said: str):
    file = tmp_path / "kiosk.toml"
    file.write_text(content)
    with pytest.raises(ConfigError) as refused:
        read_config(file)
    assert said in str(refused.value)


def test_commands_are_checked_by_their_row():
    assert command_of("volume", -3) == Command("volume", -3.0)
    assert command_of("identify", "PRESS") == Command("identify")
    for name, value in (("volume", 1), ("volume", float("nan")), ("mute", "long"), ("today", "maybe"),
                        ("restart", 1), ("format", None), ("volume", True)):  # fmt: skip
        with pytest.raises(CommandError, match=name):
            command_of(name, value)
    assert all(row.meaning for row in COMMANDS.values())

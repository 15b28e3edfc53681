"""Exports of watches are read, whatever the source, or refused in one sentence.

No real export is in these tests: tests.engine.exports writes them by hand from the documented layouts.
"""

from __future__ import annotations

import io
import os
import random
import struct
import sys
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.past import parts
from engine.past.imported import found_in
from engine.past.month import Found, Month, guess_bpm
from engine.past.reading import NIGHT, Figure, PastError, Reading
from engine.past.words import month, remarks
from tests.engine.exports import (
    APPLE_HEAD,
    EXPORTS,
    LAST,
    OFF,
    RESTING_BPM,
    RMSSD_MS,
    SDNN_MS,
    TODAY,
    WATCH,
    apple_record,
    apple_xml,
    days,
    mutated,
    packed,
)


def read(folder: Path, name: str, content: bytes | str) -> Found:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return found_in(path, TODAY, lambda *_: None)


def refused(folder: Path, name: str, content: bytes | str) -> str:
    with pytest.raises(PastError) as failure:
        read(folder, name, content)
    said = str(failure.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


def apple(*records: str) -> str:
    return APPLE_HEAD + "".join(records) + "</HealthData>\n"


def resting(day: date, bpm: float, source: str = "", unit: str = "count/min") -> str:
    return apple_record("RestingHeartRate", bpm, unit, f"{day} 00:03:00 +0100", source=source)


@pytest.mark.parametrize("name", EXPORTS)
def test_each_source_tells_its_last_thirty_days(tmp_path: Path, name: str) -> None:
    file, make = EXPORTS[name]
    if name == "Garmin, FIT":
        pytest.importorskip("fitdecode")
    found = read(tmp_path, file, make())
    rate, varied = found.figures[Figure.RESTING], found.figures[Figure.RMSSD]
    near = 0.06 if name in ("Polar", "Elite HRV") else 0.0
    assert rate.value == pytest.approx(RESTING_BPM, abs=near)
    assert varied.value == pytest.approx(RMSSD_MS, abs=0.5 if name == "Elite HRV" else 0.0)
    assert rate.source == varied.source == name.partition(",")[0]
    for kept in (rate, varied):
        assert (kept.first, kept.last) == (str(LAST - timedelta(days=29)), str(LAST))
        assert kept.days == 30
    assert varied.when == ("in the morning" if name in ("Elite HRV", "HRV4Training") else "at night")
    assert found.absurd == found.future == 0
    assert str(LAST.year) in month(found.figures)


def test_a_file_taken_out_of_its_zip_and_renamed_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    for name, (_, make) in EXPORTS.items():
        content = make()
        if name == "Elite HRV" or content[:2] != b"PK":
            continue
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = max(archive.infolist(), key=lambda each: each.file_size)
            found = read(tmp_path, "download", archive.read(inside))
        assert found.figures, name


def test_the_owners_name_is_not_kept_and_the_watch_is(tmp_path: Path) -> None:
    found = read(tmp_path, "export.xml", apple_xml())
    assert found.figures[Figure.RESTING].device == "Apple Watch"
    assert found.figures[Figure.RMSSD].device == "Apple Watch (Watch7,5)"


def test_sdnn_is_told_as_such_and_never_stands_for_rmssd(tmp_path: Path) -> None:
    both = read(tmp_path, "export.xml", apple_xml())
    assert both.figures[Figure.RMSSD].value == RMSSD_MS
    assert both.figures[Figure.SDNN].value == SDNN_MS
    assert any("another figure than RMSSD" in said for said in remarks(both, TODAY))
    older = read(tmp_path, "export.xml", apple_xml().replace("VariabilityRMSSD", "VariabilityOther"))
    assert Figure.RMSSD not in older.figures
    alone = apple(*(apple_record("HeartRateVariabilitySDNN", 50, "ms", f"{day} 03:00:00 +0100")
                    for day, _ in days()))  # fmt: skip
    assert "SDNN alone" in refused(tmp_path, "export.xml", alone)


def test_units_are_brought_into_ours_and_others_are_none(tmp_path: Path) -> None:
    told = apple(*(resting(day, (RESTING_BPM + off) / 60.0, unit="count/s") for day, off in days()))
    assert read(tmp_path, "export.xml", told).figures[Figure.RESTING].value == pytest.approx(RESTING_BPM)
    seconds = [
        apple_record("HeartRateVariabilityRMSSD", 0.044, "s", f"{day} 03:00:00 +0100") for day, _ in days()
    ]
    assert read(tmp_path, "export.xml", apple(*seconds)).figures[Figure.RMSSD].value == pytest.approx(44.0)
    refused(tmp_path, "export.xml", told.replace("count/s", "furlong"))


def test_nights_come_before_days_and_a_day_alone_is_told_as_one(tmp_path: Path) -> None:
    by_day = apple_xml().replace("T0", "T1")
    assert read(tmp_path, "export.xml", by_day).figures[Figure.RMSSD].when == NIGHT
    awake = [
        apple_record("HeartRateVariabilityRMSSD", 30, "ms", f"{day} 15:00:00 +0100") for day, _ in days()
    ]
    assert read(tmp_path, "export.xml", apple(*awake)).figures[Figure.RMSSD].when == "by day"


def test_the_device_with_the_most_days_speaks_and_the_other_is_mentioned(tmp_path: Path) -> None:
    one = [resting(day, 58.0, "Anna's Apple Watch") for day, _ in days()]
    other = [resting(day, 80.0, "Otto's Ring") for day, _ in list(days())[-10:]]
    found = read(tmp_path, "export.xml", apple(*other, *one))
    assert found.figures[Figure.RESTING].value == 58.0
    assert found.devices[Figure.RESTING] == 2
    assert any("1 other device" in said for said in remarks(found, TODAY))


def test_the_same_reading_twice_counts_once(tmp_path: Path) -> None:
    night = [apple_record("HeartRateVariabilityRMSSD", ms, "ms", f"{day} {hour:02}:00:00 +0100", WATCH)
             for day, _ in days() for hour, ms in ((1, 40.0), (2, 41.0), (3, 60.0))]  # fmt: skip
    high = [each for each in night if 'value="60"' in each]
    assert read(tmp_path, "export.xml", apple(*night, *high, *high)).figures[Figure.RMSSD].value == 41.0


def test_absurd_values_and_days_to_come_are_left_out_and_counted(tmp_path: Path) -> None:
    good = [resting(day, 58.0) for day, _ in days()]
    bad = [resting(LAST, bpm) for bpm in (0.0, 24.0, 121.0, -5.0, float("nan"), float("inf"))]
    bad += [resting(TODAY + timedelta(days=ahead), 60.0) for ahead in (2, 400)] + [
        resting(date(1970, 1, 1), 60.0)
    ]
    found = read(tmp_path, "export.xml", apple(*bad, *good))
    assert found.figures[Figure.RESTING].value == 58.0
    assert found.figures[Figure.RESTING].last == str(LAST)
    assert (found.absurd, found.future) == (7, 2)
    said = remarks(found, TODAY)
    assert any("7 readings outside" in each for each in said)
    assert any("2 readings of a day that has not come" in each for each in said)
    refused(tmp_path, "export.xml", apple(*bad))


def test_tomorrow_is_a_day_elsewhere(tmp_path: Path) -> None:
    told = apple(*(resting(TODAY + timedelta(days=1 - ago), 58.0) for ago in range(5)))
    assert read(tmp_path, "export.xml", told).figures[Figure.RESTING].last == str(TODAY + timedelta(days=1))


def test_two_days_are_too_few(tmp_path: Path) -> None:
    said = refused(
        tmp_path, "export.xml", apple(resting(LAST, 58.0), resting(LAST - timedelta(days=1), 58.0))
    )
    assert "2 days" in said
    assert "3 are needed" in said


def test_what_is_older_than_a_year_is_no_guess(tmp_path: Path) -> None:
    found = read(tmp_path, "export.xml", apple_xml())
    assert guess_bpm(found.figures, TODAY) == RESTING_BPM
    later = LAST + timedelta(days=400)
    assert guess_bpm(found.figures, later) is None
    assert any("older than a year" in said for said in remarks(found, later))


def test_a_month_holds_no_more_than_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = Month("x", TODAY)
    for day in range(4000):
        gathered.add(Reading(Figure.RESTING, date(2015, 1, 1) + timedelta(days=day), 58.0))
    assert gathered.found().figures[Figure.RESTING].days == 30
    monkeypatch.setattr("engine.past.month.MOST_HELD", 500)
    with pytest.raises(PastError, match="more readings a day"):
        for n in range(600):
            gathered.add(Reading(Figure.RMSSD, LAST, 40.0, NIGHT, "", str(n)))


def test_entities_are_refused_and_never_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("58")
    for declared in (
        f'<!ENTITY x SYSTEM "{secret.as_uri()}">',
        '<!ENTITY x "58">',
        f'<!ENTITY % x SYSTEM "{secret.as_uri()}">',
        "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9)),
    ):
        assert "entities" in refused(tmp_path, "export.xml", apple_xml().replace("<!--", declared + "<!--"))
    refused(tmp_path, "export.xml", apple_xml().replace('value="58"', 'value="&x;"'))


def test_a_tag_without_an_end_is_not_held(tmp_path: Path) -> None:
    endless = APPLE_HEAD + ' <Record type="' + "a" * (2**22) + '"/></HealthData>'
    assert "without an end" in refused(tmp_path, "export.xml", endless)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SMALL_BYTES", 2**20)
    said = refused(tmp_path, "export.zip", packed({"export.xml": apple_xml().encode() + b" " * 2**24}))
    assert "200 times its size" in said
    lying = bytearray(packed({"export.xml": apple_xml()}))
    at = lying.rindex(b"PK\x01\x02") + 24
    lying[at : at + 4] = struct.pack("<I", 10)
    refused(tmp_path, "export.zip", bytes(lying))


def test_a_locked_zip_says_so(tmp_path: Path) -> None:
    locked = bytearray(packed({"export.xml": apple_xml()}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    assert "password" in refused(tmp_path, "export.zip", bytes(locked))


def test_what_is_cut_short_says_so(tmp_path: Path) -> None:
    for name, (file, make) in EXPORTS.items():
        content = make()
        if name == "Garmin, FIT" or file.endswith(".csv"):
            continue  # the one needs its library, the other may end anywhere
        assert "cut short" in refused(tmp_path, file, content[: int(0.8 * len(content))]), name


def test_what_is_no_export_says_what_is(tmp_path: Path) -> None:
    for name, content in (
        ("a.txt", b"hello"), ("a.zip", packed({"x/y.txt": "hello"})), ("a.zip", packed({})),
        ("a.json", b"[1, 2]"), ("a.csv", b"a,b\n1,2\n"), ("a", bytes(range(256))), ("a.xml", b"<a/>"),
    ):  # fmt: skip
        assert "Apple Health, Health Connect, Fitbit" in refused(tmp_path, name, content)
    assert "empty" in refused(tmp_path, "empty", b"")


def test_what_is_no_file_says_so(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in ((tmp_path, "folder"), (tmp_path / "none", "no such file"), (tmp_path / "pipe", "pipe"),
                       (Path("/dev/null"), "device"), (Path("a\0b"), "impossible")):  # fmt: skip
        with pytest.raises(PastError, match=said):
            found_in(path, TODAY, lambda *_: None)


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
def test_other_encodings_are_read(tmp_path: Path, coding: str) -> None:
    for name in ("Oura", "Oura, CSV", "HRV4Training", "Apple Health, unpacked"):
        file, make = EXPORTS[name]
        text = make().decode().replace('encoding="UTF-8"', "")
        assert read(tmp_path, file, text.encode(coding)).figures[Figure.RESTING].value == RESTING_BPM


def test_decimal_commas_and_semicolons_are_read(tmp_path: Path) -> None:
    text = EXPORTS["Oura, CSV"][1]().decode().replace(".", ",").replace(",80,", ";80;")
    lines = text.splitlines()
    lines = [lines[0].replace(",", ";")] + [
        ";".join((day, "80", "64,2", f"{RESTING_BPM + off:.1f}".replace(".", ","), "44,5"))
        for (day, off) in ((str(day), off) for day, off in days())
    ]
    found = read(tmp_path, "oura.csv", "\n".join(lines))
    assert (found.figures[Figure.RESTING].value, found.figures[Figure.RMSSD].value) == (RESTING_BPM, 44.5)


def test_health_connect_reads_no_view_in_place_of_a_table(tmp_path: Path) -> None:
    import sqlite3

    made = sqlite3.connect(tmp_path / "made.db")
    made.execute(
        "CREATE VIEW resting_heart_rate_record_table AS WITH RECURSIVE n(time) AS "
        "(SELECT 1 UNION ALL SELECT time + 1 FROM n) SELECT time, 58 AS beats_per_minute FROM n"
    )
    made.commit()
    made.close()
    assert "no resting heart rate" in refused(tmp_path, "a.db", (tmp_path / "made.db").read_bytes())


def test_fit_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fitdecode", None)
    assert "pip install 'calando[files]'" in refused(tmp_path, "a.fit", EXPORTS["Garmin, FIT"][1]())


def test_the_days_before_the_month_do_not_count(tmp_path: Path) -> None:
    found = read(tmp_path, "oura.json", EXPORTS["Oura"][1]())
    assert OFF > 10.0
    assert found.figures[Figure.RESTING].value == RESTING_BPM


def test_mutated_exports_give_figures_or_one_sentence(tmp_path: Path) -> None:
    """Some of them; `benchmarks/usual_fuzz.py` goes through ten thousand."""
    made = {name: (file, make()) for name, (file, make) in EXPORTS.items() if name != "Elite HRV"}
    said, told = list[str](), 0
    for seed in range(12 * len(made)):
        file, content = list(made.values())[seed % len(made)]
        try:
            found = read(tmp_path, file, mutated(content, random.Random(seed)))
        except PastError as wrong:
            said.append(str(wrong))
        else:
            for kept in found.figures.values():
                assert 2.0 <= kept.value <= 400.0
                assert kept.last <= str(TODAY + timedelta(days=1))
            told += 1
    assert all(each.endswith(".") and "\n" not in each for each in said)
    assert min(told, len(said)) > 25

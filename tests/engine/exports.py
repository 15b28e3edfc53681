"""Exports of every source, written by hand from their documented layouts: no person's file is among them.

Each has forty days up to LAST, of which the last thirty rest at RESTING_BPM in the middle, and vary by
RMSSD_MS where the source tells that; the ten before lie far off, so that whoever counts them is found out.
`mutated` spoils one in a way that is drawn from a seed.
"""

from __future__ import annotations

import io
import json
import math
import random
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

LAST = date(2026, 11, 20)
TODAY = date(2026, 11, 27)
RESTING_BPM, RMSSD_MS, SDNN_MS = 58.0, 44.0, 51.0
OFF = 17.0
"""By how much the days before the month lie off."""


def days() -> Iterator[tuple[date, float]]:
    """Forty days, and what is to be added to each day's figures."""
    for ago in reversed(range(40)):
        yield LAST - timedelta(days=ago), OFF if ago >= 30 else float((ago * 7) % 5 - 2)


def packed(files: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


APPLE_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 14 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout)*)>
<!ATTLIST HealthData locale CDATA #REQUIRED>
]>
<HealthData locale="en_GB">
 <ExportDate value="2026-11-27 09:00:00 +0100"/>
"""
WATCH = (
    'device="&lt;&lt;HKDevice: 0x283&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, '
    'hardware:Watch7,5, software:27.0&gt;" '
)


def apple_record(kind: str, value: float, unit: str, at: str, device: str = "", source: str = "") -> str:
    name = source or "Anna’s Apple Watch"
    return (
        f' <Record type="HKQuantityTypeIdentifier{kind}" sourceName="{name}" sourceVersion="27.0" {device}'
        f'unit="{unit}" creationDate="{at}" startDate="{at}" endDate="{at}" value="{value:g}"/>\n'
    )


def apple_xml() -> str:
    lines = [APPLE_HEAD]
    for day, off in days():
        lines.append(
            apple_record("RestingHeartRate", RESTING_BPM + off, "count/min", f"{day} 00:03:00 +0100")
        )
        lines.append(apple_record("HeartRate", 101, "count/min", f"{day} 15:03:00 +0100", WATCH))
        for hour, more in ((2, 0.0), (4, 1.0), (5, -1.0), (15, 120.0)):
            at = f"{day} {hour:02}:10:00 +0100"
            lines.append(apple_record("HeartRateVariabilityRMSSD", RMSSD_MS + off + more, "ms", at, WATCH))
            lines.append(apple_record("HeartRateVariabilitySDNN", SDNN_MS + off + more, "ms", at, WATCH))
    return "".join(lines) + "</HealthData>\n"


def apple() -> bytes:
    other = "<ClinicalDocument/>"
    return packed(
        {"apple_health_export/export_cda.xml": other, "apple_health_export/export.xml": apple_xml()}
    )


def fitbit() -> bytes:
    resting = [
        {
            "dateTime": f"{d:%m/%d/%y} 00:00:00",
            "value": {"date": f"{d:%m/%d/%y}", "value": RESTING_BPM + o, "error": 6.8},
        }
        for d, o in days()
    ]
    resting.append({"dateTime": "11/21/26 00:00:00", "value": {"date": None, "value": 0.0, "error": 0.0}})
    lines = ["timestamp,rmssd,nremhr,entropy"]
    lines += [f"{day}T00:00:00,{RMSSD_MS + off},52.1,2.7" for day, off in days()]
    folder = "Takeout/Fitbit"
    return packed({
        f"{folder}/Global Export Data/resting_heart_rate-2026-10-12.json": json.dumps(resting),
        f"{folder}/Global Export Data/heart_rate-2026-10-12.json": '[{"dateTime": "x", "value": {}}]',
        f"{folder}/Heart Rate Variability/Daily Heart Rate Variability Summary - 2026-11-(1).csv":
            "\n".join(lines),
    })  # fmt: skip


def google() -> bytes:
    resting = ["timestamp,beats per minute,data source"]
    resting += [f"{day}T00:00:00Z,{RESTING_BPM + off},Pixel Watch 3" for day, off in days()]
    varied = ["timestamp,average heart rate variability milliseconds,entropy,data source"]
    varied += [f"{day}T00:00:00Z,{RMSSD_MS + off},2.7,Pixel Watch 3" for day, off in days()]
    folder = "Takeout/Fitbit/Physical Activity_GoogleData"
    return packed({
        f"{folder}/daily_resting_heart_rate.csv": "\n".join(resting),
        f"{folder}/daily_heart_rate_variability.csv": "\n".join(varied),
    })  # fmt: skip


def garmin() -> bytes:
    uds = [
        {
            "userProfilePK": 1,
            "calendarDate": str(d),
            "minHeartRate": 41,
            "maxHeartRate": 150,
            "restingHeartRate": RESTING_BPM + o,
        }
        for d, o in days()
    ]
    older: dict[str, object] = {"calendarDate": {"date": "Nov 1, 2026 12:00:00 AM"}, "restingHeartRate": 0}
    health = [
        {
            "calendarDate": str(d),
            "metrics": [
                {"type": "HRV", "value": RMSSD_MS + o, "status": "IN_RANGE"},
                {"type": "SPO2", "value": 96},
            ],
        }
        for d, o in days()
    ]
    return packed({
        "DI_CONNECT/DI-Connect-Aggregator/UDSFile_2026-10-12_2026-11-20.json": json.dumps([*uds, older]),
        "DI_CONNECT/DI-Connect-Wellness/2026-10-12_2026-11-20_1_healthStatusData.json": json.dumps(health),
        "DI_CONNECT/DI-Connect-Wellness/1_sleepData.json": '[{"calendarDate": "2026-11-20"}]',
    })  # fmt: skip


def fit() -> bytes:
    """Both messages of each day as a watch's wellness files hold them, all in one (FIT SDK, Profile)."""
    zero = datetime(1989, 12, 31)
    body = struct.pack("<BBBHB", 0x40, 0, 0, 211, 2) + bytes([253, 4, 0x86, 1, 1, 0x02])
    body += struct.pack("<BBBHB", 0x41, 0, 0, 370, 2) + bytes([253, 4, 0x86, 1, 2, 0x84])
    for day, off in days():
        at = int((datetime.combine(day, time(7)) - zero).total_seconds())
        body += struct.pack("<BIB", 0, at, round(RESTING_BPM + off))
        body += struct.pack("<BIH", 1, at, round(128 * (RMSSD_MS + off)))
    head = struct.pack("<BBHI4s", 14, 0x20, 2100, len(body), b".FIT")
    whole = head + struct.pack("<H", crc(head)) + body
    return whole + struct.pack("<H", crc(whole))


def crc(content: bytes) -> int:
    """FIT's checksum: CRC-16 with the polynomial 0xA001."""
    found = 0
    for byte in content:
        found ^= byte
        for _ in range(8):
            found = (found >> 1) ^ (0xA001 if found & 1 else 0)
    return found


def oura_json() -> bytes:
    nights = [
        {
            "day": str(d),
            "type": "long_sleep",
            "lowest_heart_rate": RESTING_BPM + o,
            "average_heart_rate": 64,
            "average_hrv": RMSSD_MS + o,
        }
        for d, o in days()
    ]
    naps = [
        {"day": str(d), "type": "late_nap", "lowest_heart_rate": 80, "average_hrv": 12} for d, _ in days()
    ]
    return json.dumps(
        {"sleep": [*nights, *naps], "daily_readiness": [{"day": str(LAST), "score": 80}]}
    ).encode()


def oura_csv() -> bytes:
    lines = ["date,Sleep Score,Average Resting Heart Rate,Lowest Resting Heart Rate,Average HRV"]
    lines += [f"{day},80,64.2,{RESTING_BPM + off:g},{RMSSD_MS + off:g}" for day, off in days()]
    return ("\n".join([*lines, "2026-11-21,,,,"])).encode()


def whoop() -> bytes:
    lines = [
        "Cycle start time,Cycle end time,Cycle timezone,Recovery score %,Resting heart rate (bpm),"
        "Heart rate variability (ms),Sleep onset,Wake onset"
    ]
    lines += [
        f"{day} 23:10:00,,UTC+01:00,71,{RESTING_BPM + off:g},{RMSSD_MS + off:g},{day} 23:10:00,{day} 07:01:00"
        for day, off in days()
    ]
    return packed({"physiological_cycles.csv": "\n".join(lines), "workouts.csv": "Workout start time\n"})


def polar() -> bytes:
    nights = [
        {
            "night": str(d),
            "ansStatus": 1.5,
            "meanNightlyRecoveryRri": round(60_000 / (RESTING_BPM + o), 3),
            "meanNightlyRecoveryRmssd": RMSSD_MS + o,
        }
        for d, o in days()
    ]
    return packed({
        "nightly_recovery_1-aa.json": json.dumps(nights), "nightly_recovery_blob_1-aa.json": "[]",
        "account-data-1-aa.json": '{"username": "anna"}',
    })  # fmt: skip


def hrv4training() -> bytes:
    lines = ["date, timestamp_measurement, HR, AVNN, SDNN, rMSSD, HRV4T_Recovery_Points, note"]
    lines += [
        f"{day}, {day} 07:00:00, {RESTING_BPM + off:g}, 1000, {SDNN_MS + off:g}, {RMSSD_MS + off:g}, 8, -"
        for day, off in days()
    ]
    return ("\n".join([*lines, "2026-11-21, -, -, -, -, -, -, -"])).encode()


def elite_hrv() -> bytes:
    """Readings of 80 beats that swing evenly with a breath; mean and RMSSD are the two above."""
    files: dict[str, bytes | str] = {}
    for day, off in list(days())[-32:]:
        mean_ms, step = 60_000.0 / (RESTING_BPM + off), 2.0 * math.pi / 8.0
        depth_ms = (RMSSD_MS + off) / (math.sqrt(2.0) * math.sin(step / 2.0))
        beats = [mean_ms + depth_ms * math.sin(step * n) for n in range(80)]
        files[f"Anna/{day} 07-32-11.txt"] = "\n".join(f"{beat:.0f}" for beat in beats)
    return packed(files)


def health_connect() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.db"
        made = sqlite3.connect(path)
        made.executescript("""
            CREATE TABLE application_info_table (row_id INTEGER PRIMARY KEY, package_name, app_name TEXT);
            CREATE TABLE device_info_table (row_id INTEGER PRIMARY KEY, manufacturer TEXT, model TEXT);
            CREATE TABLE resting_heart_rate_record_table (row_id INTEGER PRIMARY KEY, uuid BLOB, time INTEGER,
                zone_offset INTEGER, local_date INTEGER, app_info_id INTEGER, device_info_id INTEGER,
                beats_per_minute INTEGER);
            CREATE TABLE heart_rate_variability_rmssd_record_table (row_id INTEGER PRIMARY KEY, uuid BLOB,
                time INTEGER, zone_offset INTEGER, app_info_id INTEGER, device_info_id INTEGER,
                heart_rate_variability_millis REAL);
            INSERT INTO application_info_table VALUES (1, 'com.ring', 'Ring app');
            INSERT INTO device_info_table VALUES (1, 'Acme', 'Band 4'), (2, NULL, NULL);
        """)
        for day, off in days():
            for hour, more in ((3, 0.0), (14, 90.0)):  # by the listener's clock, an hour ahead of UTC
                ms = int(
                    (datetime.combine(day, time(hour - 1)) - datetime(1970, 1, 1)).total_seconds() * 1000
                )
                made.execute(
                    "INSERT INTO heart_rate_variability_rmssd_record_table "
                    "(time, zone_offset, app_info_id, device_info_id, heart_rate_variability_millis) "
                    "VALUES (?, 3600, 1, 1, ?)", (ms, RMSSD_MS + off + more),
                )  # fmt: skip
            made.execute(
                "INSERT INTO resting_heart_rate_record_table "
                "(time, zone_offset, app_info_id, device_info_id, beats_per_minute) "
                "VALUES (?, 3600, 1, 2, ?)",
                (ms, RESTING_BPM + off),
            )
        made.commit()
        made.close()
        return packed({"health_connect_export.db": path.read_bytes()})


EXPORTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "Apple Health": ("export.zip", apple),
    "Apple Health, unpacked": ("export.xml", lambda: apple_xml().encode()),
    "Health Connect": ("Health Connect.zip", health_connect),
    "Fitbit": ("takeout.zip", fitbit),
    "Fitbit, newer": ("takeout-2.zip", google),
    "Garmin": ("garmin.zip", garmin),
    "Garmin, FIT": ("wellness.fit", fit),
    "Polar": ("polar-user-data-export.zip", polar),
    "Oura": ("oura.json", oura_json),
    "Oura, CSV": ("oura_trends.csv", oura_csv),
    "Whoop": ("my_whoop_data.zip", whoop),
    "HRV4Training": ("MyMeasurements.csv", hrv4training),
    "Elite HRV": ("elite.zip", elite_hrv),
}
"""By source and layout the name of the file, and what makes it."""

_SIGNS = (
    b"NaN",
    b"-1",
    b"1e999",
    b"0",
    b"999999999999999999999",
    b"null",
    b'"',
    b"<",
    b"\x00",
    b"{",
    b",",
    b"\xff",
)
_WORDS = (
    (b"2026-", b"2126-"), (b"2026-", b"0000-"), (b"count/min", b"count/h"), (b"ms", b"km"), (b":", b""),
    (b'"', b"'"), (b"2026-11", b"11/2026"), (b"Record", b"Recrod"), (b"[", b"[[[["), (b"<", b"&"),
)  # fmt: skip


def mutated(content: bytes, rng: random.Random) -> bytes:
    """`content` spoilt: cut, flipped, filled, or with other words; a zip's files inside it, or itself."""
    if content[:2] == b"PK" and rng.random() < 0.7:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {each: archive.read(each) for each in archive.namelist()}
        name = rng.choice(list(files))
        files[name] = mutated(files[name], rng)
        if rng.random() < 0.1:
            del files[rng.choice(list(files))]
        return packed(files)
    spoilt = bytearray(content)
    way = rng.randrange(7)
    at = rng.randrange(len(spoilt) + 1)
    if way == 0:
        return bytes(spoilt[:at])
    if way == 1:
        for _ in range(rng.choice((1, 3, 30))):
            if spoilt:
                spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
    elif way == 2:
        spoilt[at:at] = rng.choice(_SIGNS) * rng.choice((1, 1, 40, 5000))
    elif way == 3:
        old, new = rng.choice(_WORDS)
        return bytes(spoilt).replace(old, new, rng.choice((1, -1)))
    elif way == 4:
        del spoilt[at : at + rng.choice((1, 9, 300))]
    elif way == 5:
        spoilt[at:at] = bytes(spoilt[at : at + rng.choice((20, 2000))]) * 2
    else:
        try:
            return content.decode().encode(
                rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "utf-32", "cp037"))
            )
        except UnicodeError:
            return bytes(reversed(spoilt))
    return bytes(spoilt)

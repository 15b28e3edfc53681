"""What a broker delivers is a command of the table, or refused in one sentence."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.bridge.home import ROWS as HOME
from engine.kiosk.command import COMMANDS, Command
from engine.kiosk.fleet.acceptance import BURST, PER_S, Rate, RefusedError, accepted


def asked(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("payload", "command", "called"),
    [
        (asked(command="softer"), Command("softer"), None),
        (asked(command="volume", value=-6, id="a.1:2-3_4"), Command("volume", -6.0), "a.1:2-3_4"),
        (b' {"value" : 10.5, "command" : "mute"}\n', Command("mute", 10.5), None),
        (asked(command="today", value="closed"), Command("today", "closed"), None),
    ],
)
def test_what_is_meant_is_taken(payload: bytes, command: Command, called: str | None) -> None:
    found = accepted(payload)
    assert (found.command, found.id) == (command, called)


REFUSED = {
    "has at most 256 bytes": asked(command="softer", id="a" * 300),
    "text in UTF-8": b'{"command":"softer\xff"}',
    "is JSON": b"softer",
    "this is not": b"[" * 256,
    "is an object": b'"softer"',
    "names one twice": b'{"command":"softer","command":"restart"}',
    "no field 'level'": asked(command="volume", level=-3),
    "called by a word": asked(command=["softer"]),
    "no command 'reboot'": asked(command="reboot"),
    "An id has": asked(command="softer", id="\u202e"),
    "takes no value": asked(command="softer", value=3),
    "between -24 and 0 dB": asked(command="volume", value=1),
    "must be a number in dB": asked(command="volume", value="-3"),
    "must be a number in min": asked(command="mute", value=True),
    "NaN is none": b'{"command":"volume","value":NaN}',
    "-Infinity is none": b'{"command":"volume","value":-Infinity}',
    "must be a number": b'{"command":"volume","value":-1e999}',
    "between": b'{"command":"volume","value":' + b"9" * 200 + b"}",
    "one of play, stop, file": asked(command="programme", value="loud"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_meant_is_refused_with_its_reason(words: str) -> None:
    with pytest.raises(RefusedError, match=words.replace("[", r"\[")) as refused:
        accepted(REFUSED[words])
    assert len(str(refused.value).splitlines()) == 1


def test_the_example_in_a_refusal_is_a_command_that_there_is() -> None:
    with pytest.raises(RefusedError) as refused:
        accepted(b"[]", rows=HOME)
    shown = re.search(r"\{.*?\}", str(refused.value))
    assert shown is not None
    assert accepted(shown[0].encode(), rows=HOME).command.name in HOME


def test_a_refusal_knows_its_asker() -> None:
    with pytest.raises(RefusedError) as refused:
        accepted(asked(command="volume", value=5, id="mine"))
    assert refused.value.id == "mine"


def test_what_the_broker_has_kept_is_not_done() -> None:
    with pytest.raises(RefusedError, match="without the retain flag"):
        accepted(asked(command="restart"), retained=True)


names = st.sampled_from([*COMMANDS, "command", "value", "id", "", "reboot"]) | st.text(max_size=8)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
written = st.fixed_dictionaries({"command": names}, optional={"value": plain, "id": plain}).map(
    lambda fields: json.dumps(fields).encode()
)


@given(st.binary(max_size=300) | plain.map(lambda value: json.dumps(value).encode()) | written)
@example(b"")
@example(b"\xef\xbb\xbf{}")
@example(b'{"command":"\\ud800"}')
@example(b'{"command":"softer","id":"\\u0000"}')
def test_any_bytes_are_a_command_within_its_range_or_one_sentence(payload: bytes) -> None:
    words = ""
    try:
        command = accepted(payload).command
    except RefusedError as refused:
        command, words = None, str(refused)
    if command is None:
        assert words.isprintable()
        assert words.endswith(".")
        assert len(words.encode()) < 400
        return
    row = COMMANDS[command.name]
    assert len(payload) <= 256
    if row.unit:
        assert row.low <= command.value <= row.high
    elif row.words:
        assert command.value in row.words
    else:
        assert command.value is None


def test_a_loop_gone_wrong_is_held_to_a_bounded_rate() -> None:
    now_s = 0.0
    rate = Rate(lambda: now_s)
    assert sum(rate.take() for _ in range(1000)) == BURST
    now_s = 10.0
    assert sum(rate.take() for _ in range(1000)) == BURST
    passed = 0
    for _ in range(1000):
        now_s += 0.1
        passed += rate.take()
    assert passed == pytest.approx(100.0 * PER_S, abs=1)

"""A heart rate strap over ANT+, by a stick on USB: `ant` for the first that is near, `ant:NUMBER` for one.

openant knows the sticks and the frame of their messages; the one channel that is needed is opened here, for
openant's own node waits without end where a stick is pulled out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sensors.ant_pages import AntPages
from sensors.attached import Attached, AwayError
from sensors.beat import Link
from sensors.plain_text import plain

DEVICE_TYPE, PERIOD, FREQUENCY = 120, 8070, 57
"""Of a heart rate strap: its kind, the time between its pages in 1/32768 s, and 2400 MHz and so many more
(ANT+ Device Profile, Heart Rate, section 4)."""
FOR_EVER = 0xFF
"""The time of a channel's search that has no end."""
GREATEST = 65_535
"""Number of a strap, 16 bits."""

RESET_S = 0.6
"""After which a stick that was reset hears again (ANT Message Protocol and Usage: 500 ms)."""
ANSWER_S = 2.0
"""That a stick has to answer a command (own choice)."""
SILENCE_S = 8.0
"""Without a page for so long: the strap is gone (as sensors.linked_strap has it)."""
PAUSE_S = 0.02
"""After a reading that gave nothing at once."""
LARGEST = 4096
"""Bytes that wait for the rest of a message; none is longer than 260."""

SYNC = 0xA4
WEAR = "Put it on and wet the electrodes."
NO_STICK = "No ANT stick is on USB; plug it in."
NOT_ALLOWED = (
    "You may not use the ANT stick: run `sudo python -m openant.udev_rules`, then take it out and plug it in."
)
NO_USB = "libusb is not installed, and an ANT stick needs it: sudo apt-get install libusb-1.0-0."
PULLED = "The ANT stick was pulled out, or fails; plug it in again."


class AntStrap(Attached):
    """`ant:NUMBER`. Raises ValueError, one sentence, for what cannot be meant."""

    worn = WEAR

    def __init__(self, number: str) -> None:
        if number and not (number.isdecimal() and 0 < int(number) <= GREATEST):
            raise ValueError(
                f"Sensor 'ant': {plain(number)} is no strap's number; write ant:NUMBER (1 to {GREATEST})."
            )
        if find_spec("openant") is None:
            raise ValueError("Sensor 'ant' needs openant: pip install 'calando[ant]'.")
        self._number = int(number or 0)
        super().__init__(f"ANT+ strap {number}" if number else "ANT+ strap")

    def _hold(self) -> None:
        driver_module: Any = import_module("openant.base.driver")
        usb: Any = import_module("usb.core")
        try:
            driver = driver_module.find_driver()
            driver.open()
        except driver_module.DriverNotFound:
            raise AwayError(NO_STICK) from None
        except usb.NoBackendError:
            raise AwayError(NO_USB) from None
        except Exception as refused:  # usb.core.USBError, ValueError, serial's
            denied = getattr(refused, "errno", None) == 13
            raise AwayError(NOT_ALLOWED if denied else f"{PULLED} ({plain(str(refused))})") from refused
        try:
            self._listen(Stick(driver, usb.USBTimeoutError))
        except (OSError, driver_module.DriverException) as gone:
            raise AwayError(PULLED) from gone
        finally:
            with suppress(Exception):  # it may be gone
                driver.close()

    def _listen(self, stick: Stick) -> None:
        stick.open_channel(self._number)
        pages, page_s = AntPages(), None
        self._say(self._lost(), f"Looking for {self.label}. {WEAR}")
        while not self._closed.is_set():
            for page in stick.pages():
                now_s = time.monotonic()
                if page_s is None:
                    self._opened()
                page_s = now_s
                self._tell(pages.take(page, now_s))
            if page_s is not None and time.monotonic() - page_s > SILENCE_S:
                self._say(Link.RECONNECTING, f"{self.label} has fallen silent. {WEAR}")
                page_s = None
            elif page_s is not None:
                self._look()


class Stick:
    """An open stick with one channel. What it raises when it is pulled out is an OSError."""

    def __init__(self, driver: Any, timeout: type[Exception]) -> None:
        self._driver, self._timeout = driver, timeout
        self._message: Any = import_module("openant.base.message").Message
        self._bytes = bytearray()

    def open_channel(self, number: int) -> None:
        """Hear the strap of that number, 0 for any. Raises AwayError where the stick refuses."""
        key: Sequence[int] = import_module("openant.devices").ANTPLUS_NETWORK_KEY
        says = self._message.ID
        self._write(says.RESET_SYSTEM, [0])
        time.sleep(RESET_S)
        self._bytes.clear()
        for name, values in (
            (says.SET_NETWORK_KEY, [0, *key]),
            (says.ASSIGN_CHANNEL, [0, 0, 0]),
            (says.SET_CHANNEL_ID, [0, *number.to_bytes(2, "little"), DEVICE_TYPE, 0]),
            (says.SET_CHANNEL_PERIOD, [0, *PERIOD.to_bytes(2, "little")]),
            (says.SET_CHANNEL_RF_FREQ, [0, FREQUENCY]),
            (says.SET_CHANNEL_SEARCH_TIMEOUT, [0, FOR_EVER]),
            (says.OPEN_CHANNEL, [0]),
        ):
            self._write(name, values)
            self._await_answer(name)

    def pages(self) -> Iterator[bytes]:
        """What has come of the strap, within about a second."""
        for name, values in self._messages():
            if name in (self._message.ID.BROADCAST_DATA, self._message.ID.ACKNOWLEDGED_DATA):
                yield values[1:9]

    def _await_answer(self, name: int) -> None:
        until_s = time.monotonic() + ANSWER_S
        while time.monotonic() < until_s:
            for kind, values in self._messages():
                if kind == self._message.ID.RESPONSE_CHANNEL and len(values) > 2 and values[1] == name:
                    if values[2]:
                        raise AwayError(f"The ANT stick refuses ({values[2]} to {name:#x}); plug it in anew.")
                    return
        raise AwayError("The ANT stick does not answer; close what else uses it, or plug it in anew.")

    def _write(self, name: int, values: Sequence[int]) -> None:
        self._driver.write(self._message(name, list(values)).get())

    def _messages(self) -> Iterator[tuple[int, bytes]]:
        """Messages with a right checksum, (name, values), of one reading; what is none is passed over."""
        try:
            came = bytes(self._driver.read())
        except self._timeout:
            return
        if not came:
            time.sleep(PAUSE_S)
        self._bytes += came
        del self._bytes[:-LARGEST]
        while (at := self._bytes.find(SYNC)) >= 0 and len(self._bytes) >= at + 4:
            length = self._bytes[at + 1]
            if len(self._bytes) < at + length + 4:
                return
            try:
                message: Any = self._message.parse(self._bytes[at : at + length + 4])
            except (AssertionError, TypeError):  # a checksum that is wrong; no values at all
                del self._bytes[: at + 1]
                continue
            del self._bytes[: at + length + 4]
            yield int(message._id), bytes(message._data)  # openant has no other names for them

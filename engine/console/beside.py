"""Beside: the listener's own page while a sitting plays at home, in a process that ends soon after it.

`python -m engine.console.beside ROOM DATA` says where it is in one line of JSON on standard output, and ends
when its standard input closes, however that comes. It lets in a listener, to that room, for that sitting.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, TypedDict

LAST_S = 3.0
"""How long it stays after the sitting: the page saves what was written last within two seconds."""


class Told(TypedDict, total=False):
    """The line: where the page is, or why it is not."""

    address: str
    """With the code in it."""
    typed: str
    """The same code, to be typed."""
    fingerprint: str | None
    """Of the authority that vouches for the address; None where it is this computer's own, without TLS."""
    trouble: str
    """One sentence, in place of all others."""


def main() -> int:
    """Serve until standard input closes; 1 where it cannot, and the line says why."""
    room, data = sys.argv[1], Path(sys.argv[2])
    lines = sys.stdout
    try:
        from engine.console import network
        from engine.console.certificates import CertificateError
        from engine.console.revive import revived
        from engine.console.serve import EVERYWHERE, HOST, PortError, port_to_stay
        from engine.runtime import RuntimeFolderError, runtime_folder
    except ModuleNotFoundError as missing:
        return _refused(
            lines, f"--web needs {missing.name}, which is not installed: pip install 'calando[live]'"
        )
    try:
        near = bool(network.addresses())
        port = port_to_stay(EVERYWHERE if near else HOST)
        paired = runtime_folder() / f"{room}.web.json"
        paired.unlink(missing_ok=True)  # of a sitting that was killed
        try:
            return revived(partial(_serve, room, data, port, paired, lines, near=near), lambda _: None)
        finally:
            paired.unlink(missing_ok=True)
    except (PortError, PermissionError, CertificateError, RuntimeFolderError) as trouble:
        return _refused(lines, str(trouble))


def _serve(room: str, data: Path, port: int, paired: Path, lines: IO[str], *, near: bool) -> None:
    import asyncio

    from engine.console.devices import Devices
    from engine.console.secured import Secured
    from engine.console.serve import EVERYWHERE, HOST, listening_at, run
    from engine.door.rooms import DEFAULT_ROOM

    threading.Thread(target=_end_with_the_sitting, daemon=True).start()
    devices = Devices(paired)
    with listening_at(EVERYWHERE if near else HOST, port) as listening:
        secured = Secured(data / "certificates", DEFAULT_ROOM, port) if near else None
        code = devices.invite("client", room)
        place = f"http://{HOST}:{port}" if secured is None else secured.places()[0]
        _tell(lines, {
            "address": f"{place}/#code={code.whole}", "typed": code.typed,
            "fingerprint": None if secured is None else secured.authority.fingerprint,
        })  # fmt: skip
        asyncio.run(run(listening, devices, data, (), (), secured))


def _end_with_the_sitting() -> None:
    os.read(0, 1)  # nothing is ever written there: it returns when the other end closes
    time.sleep(LAST_S)
    os._exit(0)


def _tell(lines: IO[str], told: Told) -> None:
    with suppress(OSError):  # one that came back after a crash has nobody who reads
        print(json.dumps(told), file=lines, flush=True)


def _refused(lines: IO[str], trouble: str) -> int:
    _tell(lines, {"trouble": trouble})
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""The process that serves a kiosk's page: the console's display view, fed by the supervisor through a pipe.

Breath and heart of whoever is there now, and nothing else: nothing is kept, nothing can be asked for or
touched, and with the end of a visit the page is dark. It ends with the supervisor.

    python -m engine.kiosk.screen.process     started by engine.kiosk.screen.screen alone
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

from engine.kiosk.pipe import BYE, NOT_INSTALLED, WORDS, heard, put
from engine.kiosk.screen.setup import SHOWN, Setup, setup_read, shown_read

PAGE = Path(__file__).parent / "page"

NICE = 10
"""It may wait; the music may not."""


def main(into: int = 0, out: int = 1) -> int:
    """Serve until the supervisor says that it is over, or is gone."""
    os.nice(NICE)
    for each in (into, out):
        os.set_blocking(each, False)
    for number in (signal.SIGINT, signal.SIGHUP):  # of a terminal: the supervisor ends this process itself
        signal.signal(number, signal.SIG_IGN)
    ended = threading.Event()
    lines = heard(into, ended)
    try:
        setup = setup_read(next(lines))
    except StopIteration:
        return 0
    try:
        from engine.kiosk.screen.page_server import PageServer
    except ModuleNotFoundError as missing:
        name = (missing.name or "a library").split(".")[0]
        put(out, {WORDS: f"{name} is not installed: pip install 'calando[live]'. The kiosk has no screen."})
        return NOT_INSTALLED
    try:
        server = PageServer(setup.display.host, setup.display.port)
    except OSError as trouble:
        put(out, {WORDS: _refused(setup, trouble)})
        return 1
    put(out, {WORDS: f"The screen's page is at {server.address}"})

    def follow() -> None:
        for line in lines:
            if SHOWN in line:
                server.show(shown_read(line))
            elif BYE in line:
                break
        server.end()

    threading.Thread(target=follow, name="pipe", daemon=True).start()
    asyncio.run(server.serve())
    return 0


def _refused(setup: Setup, trouble: OSError) -> str:
    display, number = setup.display, trouble.errno or 0
    why = os.strerror(number) if number > 0 else trouble.strerror  # a name not found has none
    return (
        f"display: {display.host} port {display.port} cannot be had ({why}); "
        "name another port, or an address of this computer."
    )


if __name__ == "__main__":
    sys.exit(main())

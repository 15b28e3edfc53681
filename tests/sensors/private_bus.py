"""A throw-away dbus-daemon for tests: nothing is shared with the computer's own buses."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

# eavesdrop on both allow lines: without it the daemon rejects its own reply to Hello and connect() hangs.
_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>custom</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy>
</busconfig>"""

_PR_SET_PDEATHSIG = 1


def available() -> bool:
    return shutil.which("dbus-daemon") is not None


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class PrivateBus:
    """Start it, stop it and start it again at the same address."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cal"))  # short: a socket path has at most 108 bytes
        self.socket = self.folder / "s"
        self.address = f"unix:path={self.socket}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        configuration = self.folder / "bus.xml"
        configuration.write_text(_CONFIGURATION.format(socket=self.socket))
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--nosyslog",
             "--print-address=1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # an orphan would hold the test runner's pipe open
            preexec_fn=_die_with_parent,
        )
        assert self.process.stdout
        assert self.process.stdout.readline(), "dbus-daemon did not start"

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(5)
            assert self.process.stdout
            self.process.stdout.close()
            self.process = None
        self.socket.unlink(missing_ok=True)

    def __enter__(self) -> PrivateBus:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

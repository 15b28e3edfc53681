"""The service: a supervisor and its fleet, from one file, until a signal ends it.

    python -m engine.kiosk.service --config FILE        what `calando kiosk --config FILE` becomes

A program of its own, so that nothing of the command line stays in memory for months.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from engine.kiosk.config import ConfigError, Kiosk, read_config
from engine.kiosk.screen.screen import Screen
from engine.kiosk.supervisor import Supervisor, obey_signals
from engine.kiosk.telling import Fleet


def state_folder(kiosk: Kiosk) -> Path:
    """Where counters and calibration lie: as the file says, systemd's, or the user's."""
    if kiosk.state:
        return Path(kiosk.state).expanduser()
    if from_systemd := os.environ.get("STATE_DIRECTORY"):
        return Path(from_systemd.split(":")[0])
    root = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(root) / "calando-kiosk"


def companion(kiosk: Kiosk, supervisor: Supervisor, log: Callable[[str], None]) -> Fleet:
    """Who speaks for it to a broker and to Prometheus."""
    from engine.kiosk.fleet.companion import Companion

    return Companion(kiosk, supervisor, log)


def main(arguments: list[str]) -> int:
    """Run the kiosk of the file that is named; 2 where the file cannot be meant."""
    path = Path(arguments[arguments.index("--config") + 1])
    try:
        folder = state_folder(read_config(path))
        supervisor = Supervisor(path, folder, fleet=companion, screen=Screen)
    except ConfigError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    obey_signals(supervisor)
    supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

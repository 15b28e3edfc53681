"""The systemd unit of a kiosk: notify, watchdog and sandbox, written, verified and taken away again."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAME = "calando-kiosk.service"

WATCHDOG_S = 30
"""The supervisor tells twice in that time that all is well (own choice)."""

_UNIT = """\
[Unit]
Description=Calando, a kiosk whose music follows a heart
Documentation=man:calando(1)
# The network is no condition: music never waits for a broker.
After=sound.target bluetooth.target{sound}
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={python} -P -m {service} --config {config}
ExecReload=/bin/kill -HUP $MAINPID
Environment=PYTHONPATH={root}
{user}Restart=always
RestartSec=1
WatchdogSec={watchdog}
TimeoutStartSec=300
TimeoutStopSec=15
KillMode=control-group
{state}OOMScoreAdjust=-500
# Sound needs real-time priority, and nothing else of the machine.
LimitRTPRIO=80
LimitMEMLOCK=infinity
LimitCORE=0
NoNewPrivileges=yes
UMask=0077
{sandbox}
[Install]
WantedBy={target}
"""

_SANDBOX = """\
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_BLUETOOTH
LockPersonality=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
SystemCallFilter=@system-service
DevicePolicy=closed
DeviceAllow=char-alsa rw
"""
"""Machine code that is compiled at the first start is kept in the cache folder; nothing here forbids that."""


class UnitError(OSError):
    """A unit that cannot be written or is refused; the message is one sentence."""


def of_the_system() -> bool:
    """Whether it is installed for the machine, or for this user alone."""
    return os.geteuid() == 0


def unit_folder() -> Path:
    """Where the unit goes."""
    if of_the_system():
        return Path("/etc/systemd/system")
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def unit_text(config: Path, *, system: bool, user: str) -> str:
    """The unit of the kiosk of this file.

    user   who it runs as, where it is the machine's
    """
    return _UNIT.format(
        sound="" if system else " pipewire.service pulseaudio.service",
        python=_quoted(sys.executable),
        config=_quoted(str(config.absolute())),
        service=f"{__package__}.service",
        root=_quoted(str(Path(__file__).parents[__name__.count(".")])),
        user=f"User={user}\n{_groups()}" if system else "",
        watchdog=WATCHDOG_S,
        state="StateDirectory=calando-kiosk\nCacheDirectory=calando-kiosk\n"
        "RuntimeDirectory=calando-kiosk\n"
        "Environment=CALANDO_CACHE=%C/calando-kiosk XDG_RUNTIME_DIR=%t/calando-kiosk\n" if system else "",
        sandbox=_SANDBOX if system else "",
        target="multi-user.target" if system else "default.target",
    )  # fmt: skip


def _groups() -> str:
    """Those that sound cards and straps ask for, as far as this machine has them: systemd refuses others."""
    import grp

    there = [name for name in ("audio", "bluetooth") if any(each.gr_name == name for each in grp.getgrall())]
    return f"SupplementaryGroups={' '.join(there)}\n" if there else ""


def _quoted(text: str) -> str:
    """As systemd reads a word: % is a specifier there, and blanks part words."""
    text = text.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"' if any(letter in text for letter in " \t'\"") else text


def verified(path: Path) -> str:
    """What systemd's own check has to say of the unit; empty where all is well, or there is no such check."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return ""
    told = subprocess.run(
        [program, "verify", "--man=no", *([] if of_the_system() else ["--user"]), str(path)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    lines = [line for line in told.stderr.splitlines() if NAME in line]
    return "\n".join(lines)


def install(config: Path, user: str | None = None) -> list[str]:
    """Write the unit and hand it to systemd; what was done, in sentences. Raises UnitError."""
    folder = unit_folder()
    path = folder / NAME
    if of_the_system():
        import pwd

        if user is not None and not any(each.pw_name == user for each in pwd.getpwall()):
            raise UnitError(f"There is no user {user}: adduser --system --group {user}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(unit_text(config, system=of_the_system(), user=user or getpass.getuser()))
    except OSError as trouble:
        raise UnitError(f"{path} cannot be written ({trouble.strerror}).") from None
    wrong = verified(path)
    if wrong:
        raise UnitError(f"systemd does not take {path}: {wrong}")
    try:
        said = _handed_over(("daemon-reload",), ("enable", "--now", NAME))
    except UnitError as refused:
        why = _result()
        uninstall()  # else systemd would try it once a second, for ever
        raise UnitError(f"It did not start{why}, so nothing is installed. {refused}") from None
    return [f"Written: {path}.", *said]


def uninstall() -> list[str]:
    """Stop it and take the unit away; counters and calibration stay. Raises UnitError."""
    path = unit_folder() / NAME
    if not path.exists():
        return [f"There is no {path}; nothing is installed."]
    said = _handed_over(("disable", "--now", NAME))
    try:
        path.unlink()
    except OSError as trouble:
        raise UnitError(f"{path} cannot be removed ({trouble.strerror}).") from None
    return [*said, *_handed_over(("daemon-reload",)), f"Removed: {path}. Counters and calibration are kept."]


def _result() -> str:
    """How its last start ended, in systemd's words."""
    asked = ["systemctl", *([] if of_the_system() else ["--user"]), "show", NAME, "-p", "ExecMainStatus"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    status = told.strip().rpartition("=")[2]
    return f" (exit status {status}, systemd.exec(5))" if status.isdigit() and status != "0" else ""


def _handed_over(*commands: tuple[str, ...]) -> list[str]:
    """Have systemctl do this, where systemd runs; else say what is to be typed where it does."""
    who = [] if of_the_system() else ["--user"]
    if shutil.which("systemctl") is None or not Path("/run/systemd/system").exists():
        typed = [" ".join(("systemctl", *who, *each)) for each in commands]
        return [f"systemd does not run here; where it does: {each}" for each in typed]
    said: list[str] = []
    for each in commands:
        done = subprocess.run(["systemctl", *who, *each], capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnitError(f"systemctl {' '.join(each)}: {done.stderr.strip()}")
        said.append(f"systemctl {' '.join((*who, *each))}")
    return said

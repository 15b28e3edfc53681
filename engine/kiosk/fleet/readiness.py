"""Readiness: what this computer lacks for what a kiosk's file asks of the fleet and of its screen."""

from __future__ import annotations

from importlib.util import find_spec

from engine.kiosk.config import Kiosk
from engine.kiosk.fleet.credentials import CredentialsError, password, secured

LIBRARIES = {
    "paho-mqtt": ("paho", "kiosk"),
    "prometheus-client": ("prometheus_client", "kiosk"),
    "uvicorn": ("uvicorn", "live"),
}
"""Packages, the modules in them, and the extras that bring them."""


def lacking(kiosk: Kiosk) -> list[str]:
    """A sentence for each thing that must be mended; none where it can begin. Asks no network."""
    wanted = {
        "paho-mqtt": kiosk.mqtt.host,
        "prometheus-client": kiosk.metrics.port or kiosk.metrics.textfile,
        "uvicorn": kiosk.display.port,
    }
    found = [
        f"{package} is not installed: pip install 'calando[{extra}]'."
        for package, (module, extra) in LIBRARIES.items()
        if wanted[package] and find_spec(module) is None
    ]
    if not kiosk.mqtt.host:
        return found
    for read in (password, secured):
        try:
            read(kiosk.mqtt)
        except CredentialsError as trouble:
            found.append(str(trouble))
    return found

"""Readiness: what this computer lacks for what a kiosk's file asks of the fleet."""

from __future__ import annotations

from importlib.util import find_spec

from engine.kiosk.config import Kiosk
from engine.kiosk.fleet.credentials import CredentialsError, password, secured

LIBRARIES = {"paho-mqtt": "paho", "prometheus-client": "prometheus_client"}
"""Packages and the modules in them."""


def lacking(kiosk: Kiosk) -> list[str]:
    """A sentence for each thing that must be mended; none where it can begin. Asks no network."""
    wanted = {"paho-mqtt": kiosk.mqtt.host, "prometheus-client": kiosk.metrics.port or kiosk.metrics.textfile}
    found = [
        f"{package} is not installed: pip install 'calando[kiosk]'."
        for package, asked in wanted.items()
        if asked and find_spec(LIBRARIES[package]) is None
    ]
    if not kiosk.mqtt.host:
        return found
    for read in (password, secured):
        try:
            read(kiosk.mqtt)
        except CredentialsError as trouble:
            found.append(str(trouble))
    return found

"""Network: what this computer is called where tablets look for it, and that it says so (DNS-SD, RFC 6763)."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address

import ifaddr
from zeroconf import Error, NonUniqueNameException, ServiceInfo, Zeroconf

from engine.console.certificates import private
from engine.version import VERSION

KIND = "_calando._tcp.local."

ROUTED = ("10.255.255.255", 9)
"""Where a datagram would go that is never sent: the address it would leave from is the one others see."""


class NameTakenError(Exception):
    """Somebody in this network is called so already; the message is one sentence."""


def host_name(room: str) -> str:
    """`calando-ROOM.local`, in the letters that a host name may have."""
    return f"calando-{room.lower().replace('_', '-')}.local"


def addresses() -> list[str]:
    """This computer's addresses in private networks (IPv4), the one that most others see first."""
    found = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    near = [each for each in dict.fromkeys(found) if private(each) and not ip_address(each).is_loopback]
    first = _seen_from_outside()
    return sorted(near, key=lambda each: each != first)


def _seen_from_outside() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(ROUTED)
            return asking.getsockname()[0]
        except OSError:
            return None


class Announced:
    """The console's name, told to whoever asks in the local network, until `close`.

    Raises NameTakenError; OSError where this network carries no such words (then numbers still lead here).
    """

    def __init__(self, room: str, port: int, near: Sequence[str]) -> None:
        self._room, self._port = room, port
        self._zeroconf = Zeroconf(interfaces=[*near, "127.0.0.1"])
        self._info = self._told(near)
        try:
            self._zeroconf.register_service(self._info)
        except NonUniqueNameException:
            self.close()
            raise NameTakenError(
                f"Another Calando in this network is called {room}; give this one a name with --room."
            ) from None
        except Error as trouble:
            self.close()
            raise OSError(str(trouble)) from None

    def moved(self, near: Sequence[str]) -> None:
        """This computer has other addresses now."""
        self._info = self._told(near)
        self._zeroconf.update_service(self._info)

    def close(self) -> None:
        """Say goodbye."""
        self._zeroconf.close()

    def _told(self, near: Sequence[str]) -> ServiceInfo:
        return ServiceInfo(
            KIND, f"{self._room}.{KIND}", port=self._port, server=f"{host_name(self._room)}.",
            parsed_addresses=list(near) or ["127.0.0.1"], properties={"path": "/", "version": VERSION},
        )  # fmt: skip

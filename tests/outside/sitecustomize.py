"""No test reaches the outside: Python refuses every connection and datagram that would leave this machine.

The suite imports it, and Python itself does in every process that a test starts, for this folder is on their
path. What goes to this machine goes. So does mDNS, which no router passes on, and which a console speaks.
"""

import sys
from typing import Any

LOCAL = ("", "localhost", "::1", "0.0.0.0", "::", "224.0.0.251", "ff02::fb")

WATCHED = ("socket.connect", "socket.sendto", "socket.sendmsg")

refused: list[str] = []
"""What was refused in this process."""


class OutsideError(OSError):
    """Something was to leave this machine."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in WATCHED:
        return
    address = arguments[1]
    if not isinstance(address, tuple):  # a socket of the file system, or one that is connected
        return
    host = str(address[0]).partition("%")[0]
    if host not in LOCAL and not host.startswith("127."):
        refused.append(f"{event} {address}")
        raise OutsideError(f"{event} to {address}: a test must not reach the outside.")


_from_the_start: Any = sys.modules.get("sitecustomize")
if __name__ != "sitecustomize" and hasattr(_from_the_start, "OutsideError"):
    # A worker of the suite has had it since it began, by the other name.
    OutsideError, refused = _from_the_start.OutsideError, _from_the_start.refused
else:
    sys.addaudithook(_watch)

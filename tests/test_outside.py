"""The suite runs with the way outside blocked: in its own process, and in those that it starts."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.outside.sitecustomize import OutsideError, refused

OUTSIDE = ("192.0.2.1", 9)
"""TEST-NET-1 of RFC 5737, which nobody has."""

CHILD = f"""
import socket
for kind, reach in ((socket.SOCK_STREAM, "connect"), (socket.SOCK_DGRAM, "connect")):
    with socket.socket(socket.AF_INET, kind) as way:
        try:
            getattr(way, reach)({OUTSIDE})
        except OSError as trouble:
            print(type(trouble).__name__)
"""


def test_nothing_leaves_this_machine_and_what_stays_in_it_goes() -> None:
    with socket.socket() as way, pytest.raises(OutsideError, match="must not reach the outside"):
        way.connect(OUTSIDE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way, pytest.raises(OutsideError):
        way.sendto(b"heart", OUTSIDE)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as way, pytest.raises(OutsideError):
        way.sendto(b"heart", ("2001:db8::1", 9))
    assert len(refused) == 3
    refused.clear()
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as near:
            near.sendall(b"heart")
        came, _ = server.accept()
        with came:
            assert came.recv(5) == b"heart"


def test_nor_does_anything_from_a_process_that_a_test_starts() -> None:
    shown = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["OutsideError"] * 2

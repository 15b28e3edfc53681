"""The console in a network: over TLS that OpenSSL checks, found by its name, let in by eight letters."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip(
    "zeroconf", reason="the console's packages are not installed: pip install 'calando[live]'"
)

import zxingcpp
from PIL import Image
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

from engine.console.network import KIND, Announced, NameTakenError, host_name
from tests.calando import calando
from tests.console.served import PATIENCE_S, Console, Script, served, until
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets")


@pytest.fixture(scope="module")
def console(data: Path) -> Iterator[Console]:
    with served(data, 0, "--network", "--room", "Test_room") as running:
        yield running


def test_a_device_is_let_in_by_eight_letters_once_and_known_by_a_cookie_of_this_host(
    console: Console, therapist: Script
) -> None:
    assert therapist.ask("GET", "/api/me")[1]["role"] == "therapist"
    _, invited = therapist.ask("POST", "/api/invitations", {"role": "client", "room": "one"})
    assert len(invited["typed"]) == 8
    typed = f"{invited['typed'][:4]}-{invited['typed'][4:]}".upper()
    status, _, headers = console.stranger().whole("POST", "/api/pair", {"code": typed, "name": "telephone"})
    assert status == 200
    cookie = headers["set-cookie"]
    assert re.match(r"__Host-calando=[\w-]{43};", cookie)
    told = {each.strip().lower() for each in cookie.split(";")[1:]}
    assert {"httponly", "secure", "path=/", "samesite=strict"} <= told
    assert "domain" not in cookie.lower()
    pair = cookie.split(";")[0]
    assert console.stranger().ask("GET", "/api/me", headers={"cookie": pair})[1]["name"] == "telephone"
    # A cookie of the plain page's name could have been laid by anybody.
    laid = pair.removeprefix("__Host-")
    assert console.stranger().ask("GET", "/api/me", headers={"cookie": laid})[0] == 401
    # The address's code is the same invitation, and that is used up.
    for code in (invited["code"], typed):
        assert console.stranger().ask("POST", "/api/pair", {"code": code})[0] == 403


def test_a_browser_that_asks_in_plain_words_or_by_old_ones_is_told_nothing(console: Console) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        Script(console.port).ask("GET", "/")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", console.port)) as wire, old.wrap_socket(wire) as spoken:
        assert "GCM" in spoken.cipher()[0] or "CHACHA20" in spoken.cipher()[0]


def test_an_origin_of_the_same_host_in_plain_words_is_foreign(therapist: Script) -> None:
    asked = {"role": "client", "room": "one"}
    here = f"https://127.0.0.1:{therapist.port}"
    assert therapist.ask("POST", "/api/invitations", asked, {"origin": here})[0] == 200
    plain = here.replace("https", "http")
    assert therapist.ask("POST", "/api/invitations", asked, {"origin": plain})[0] == 403
    named = {"host": f"{host_name('Test_room')}:{therapist.port}"}
    assert therapist.ask("GET", "/api/me", headers=named)[0] == 200
    assert therapist.ask("GET", "/api/me", headers={"host": "calando-other.local"})[0] == 421


def test_the_authority_is_handed_to_anybody_and_its_key_to_nobody(console: Console, data: Path) -> None:
    stranger = console.stranger()
    status, page, _ = stranger.whole("GET", "/trust")
    assert status == 200
    assert b"Certificate Trust Settings" in page
    der = stranger.whole("GET", "/trust/calando.crt")
    assert der[2]["content-type"] == "application/x-x509-ca-cert"
    assert ssl.DER_cert_to_PEM_cert(der[1]) in (data / "certificates" / "authority.pem").read_text()
    profile = stranger.whole("GET", "/trust/calando.mobileconfig")
    assert profile[2]["content-type"] == "application/x-apple-aspen-config"
    for path in ("/trust/authority.pem", "/page/../certificates/authority.pem", "/trust/..%2fauthority.pem"):
        assert stranger.whole("GET", path)[0] == 404


def test_it_is_found_by_its_name_and_nobody_else_may_take_it(console: Console) -> None:
    found = threading.Event()

    class Heard(ServiceListener):
        def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            info = zc.get_service_info(type_, name)
            if info is not None and info.port == console.port:
                assert info.server == "calando-test-room.local."
                found.set()

        def update_service(self, zc: Zeroconf, type_: str, name: str) -> None: ...
        def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None: ...

    listening = Zeroconf(interfaces=["127.0.0.1"])
    try:
        browsing = ServiceBrowser(listening, KIND, Heard())
        assert found.wait(PATIENCE_S)
        browsing.cancel()
    finally:
        listening.close()
    # Whoever has just told a name tells it again after a second at the earliest (RFC 6762, 6).
    until(lambda: _taken("Test_room"), "the name is taken")


def _taken(room: str) -> bool:
    try:
        Announced(room, 1, []).close()
    except NameTakenError as trouble:
        return "--room" in str(trouble)
    return False


def test_devices_and_the_authority_outlast_the_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with served(data, 0, "--network") as first:
        script = first.script()
        before = first.stranger().whole("GET", "/trust/calando.crt")[1]
    with served(data, 0, "--network") as second:
        assert second.stranger(script.token).ask("GET", "/api/me")[1]["role"] == "therapist"
        assert second.stranger().whole("GET", "/trust/calando.crt")[1] == before
    (data / "certificates" / "authority.pem").chmod(0o644)
    refused = calando("live", "--network", "--port", "0", "--data", str(data), cwd=tmp_path)
    assert refused.returncode == 1
    assert "chmod 600" in refused.stderr
    wrong = calando("live", "--network", "--room", "a room", cwd=tmp_path)
    assert (wrong.returncode, "no name for a room" in wrong.stderr) == (2, True)


def test_the_picture_in_the_terminal_leads_to_the_address_beside_it(tmp_path: Path) -> None:
    with Terminal("live", "--network", "--port", "0", "--data", str(tmp_path), cwd=tmp_path) as terminal:
        terminal.see("fingerprint")
        address = re.search(r"https://\S+#code=\w+", terminal.shown)
        assert address is not None
        rows = [
            row for row in terminal.shown.splitlines() if set(row.strip("\r")) and set(row) <= set("█▀▄ \r")
        ]
        shown = zxingcpp.read_barcodes(_picture(rows))
        assert [each.text for each in shown] == [address[0]]


def _picture(rows: list[str]) -> Image.Image:
    """Half blocks as a terminal draws them, white on black, each point eight pixels wide."""
    width = max(map(len, rows))
    drawn = Image.new("L", (width, 2 * len(rows)), 0)
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            drawn.putpixel((x, 2 * y), 255 * (letter in "█▀"))
            drawn.putpixel((x, 2 * y + 1), 255 * (letter in "█▄"))
    return drawn.resize((8 * drawn.width, 8 * drawn.height), Image.Resampling.NEAREST)

"""Certificates: judged by OpenSSL, which is not ours. What the authority may not vouch for is refused."""

from __future__ import annotations

import plistlib
import ssl
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")

from engine.console import certificates
from engine.console.certificates import LEAF_DAYS, CertificateError, authority, private, shown
from engine.console.secured import Secured
from engine.console.trust import profile_of

NAMES = ["localhost", "127.0.0.1", "calando-room.local", "192.168.7.9"]
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def judged(folder: Path, file: Path, *options: str) -> tuple[int, str]:
    """What `openssl verify` says of it, with the authority of the folder trusted."""
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime", str(int(NOW.timestamp())),
         "-CAfile", folder / "authority.pem", *options, file],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_what_is_shown_holds_for_this_computer_and_397_days(tmp_path: Path) -> None:
    file = shown(tmp_path, authority(tmp_path, "room", NOW), NAMES, NOW)
    for options in (("-verify_ip", "192.168.7.9"), ("-verify_hostname", "calando-room.local")):
        assert judged(tmp_path, file, *options)[0] == 0, judged(tmp_path, file, *options)
    assert judged(tmp_path, file, "-verify_hostname", "calando-other.local")[0] != 0
    leaf = x509.load_pem_x509_certificate(file.read_bytes())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=LEAF_DAYS)
    assert leaf.not_valid_before_utc < NOW
    for each in tmp_path.iterdir():
        assert each.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["bank.example", "8.8.8.8", "192.169.0.1", "notlocal"])
def test_with_the_key_in_hand_nobody_is_vouched_for_but_neighbours(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = authority(tmp_path, "room", NOW)
    with monkeypatch.context() as patch:  # a thief signs what he likes
        patch.setattr(certificates, "private", lambda _: name[0].isdigit())
        patch.setattr(certificates, "NAMES", (name, name.partition(".")[2] or name))
        file = shown(tmp_path, by, [name], NOW)
    code, words = judged(tmp_path, file)
    assert code != 0
    assert "permitted subtree violation" in words


def test_it_is_made_anew_a_month_before_its_end_and_when_the_computer_has_moved(tmp_path: Path) -> None:
    by = authority(tmp_path, "room", NOW)
    first = shown(tmp_path, by, NAMES, NOW).read_bytes()
    almost = NOW + timedelta(days=LEAF_DAYS - 33)
    assert shown(tmp_path, authority(tmp_path, "room", almost), NAMES, almost).read_bytes() == first
    late = NOW + timedelta(days=LEAF_DAYS - 29)
    second = shown(tmp_path, authority(tmp_path, "room", late), NAMES, late).read_bytes()
    assert second != first
    assert shown(tmp_path, by, [*NAMES, "10.0.0.7"], late).read_bytes() not in (first, second)
    assert authority(tmp_path, "room", late).fingerprint == by.fingerprint
    ten_years = NOW + timedelta(days=3_600)
    assert authority(tmp_path, "room", ten_years).fingerprint != by.fingerprint


def test_a_key_that_others_may_read_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    by = authority(tmp_path, "room", NOW)
    shown(tmp_path, by, NAMES, NOW)
    for name in ("authority.pem", "console.pem"):
        (tmp_path / name).chmod(0o640)
        with pytest.raises(PermissionError, match="chmod 600"):
            shown(tmp_path, authority(tmp_path, "room", NOW), NAMES, NOW)
        (tmp_path / name).chmod(0o600)
    (tmp_path / "console.pem").write_bytes(b"half a")
    assert judged(tmp_path, shown(tmp_path, by, NAMES, NOW))[0] == 0
    (tmp_path / "authority.pem").write_bytes(b"half a")
    with pytest.raises(CertificateError, match="damaged"):
        authority(tmp_path, "room", NOW)


def test_whoever_connects_after_a_move_is_shown_the_new_name(tmp_path: Path) -> None:
    near = ["192.168.7.9"]
    secured = Secured(tmp_path, "room", 8217, lambda: list(near))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(secured.file)
    assert secured.places() == ["https://192.168.7.9:8217"]
    assert shakes(server, tmp_path, "192.168.7.9")
    near[:] = ["10.1.2.3"]
    assert secured.look(server)
    assert shakes(server, tmp_path, "10.1.2.3")
    assert not shakes(server, tmp_path, "192.168.7.9")
    assert not secured.look(server)
    assert secured.look(server, datetime.now(UTC) + timedelta(days=LEAF_DAYS - 20))


def shakes(server: ssl.SSLContext, folder: Path, name: str) -> bool:
    """Whether a client that trusts the authority is content with what it is shown, without a network."""
    client = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(10):
        try:
            asking.do_handshake()
            return True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError:
            return False
        with suppress(ssl.SSLWantReadError):
            answering.do_handshake()
    return False


def test_the_profile_carries_the_authority_and_nothing_secret(tmp_path: Path) -> None:
    by = authority(tmp_path, "room", NOW)
    profile = plistlib.loads(profile_of(by))
    (inner,) = profile["PayloadContent"]
    assert inner["PayloadType"] == "com.apple.security.root"
    taken = x509.load_der_x509_certificate(inner["PayloadContent"])
    assert taken.fingerprint(hashes.SHA256()).hex(":").upper() == by.fingerprint
    secret = by.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert secret[-32:] not in profile_of(by)
    assert profile_of(by) == profile_of(authority(tmp_path, "room", NOW))


@pytest.mark.parametrize(("address", "near"), [
    ("10.0.0.1", True), ("172.31.255.255", True), ("172.32.0.1", False), ("192.168.0.1", True), ("::1", True),
    ("127.0.0.1", True), ("fd00::2", True), ("8.8.8.8", False), ("192.0.2.2", False), ("x", False),
])  # fmt: skip
def test_private_addresses(address: str, near: bool) -> None:
    assert private(address) is near

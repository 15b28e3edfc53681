"""Certificates: an authority of this computer's own, and what the console shows of itself in a network.

The authority can vouch for no name but `.local` and `localhost` and for no address but private ones, so a
tablet that trusts it can be lied to about nothing else, whoever takes the key. The certificate lasts 397 days
at most, as browsers ask (Apple's HT211025 says 398), and is made anew a month before its end, or when this
computer is called otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from engine.console import kept

NAMES = ("local", "localhost")
"""Names that the authority may vouch for, and all below them."""

PRIVATE = tuple(map(ip_network, (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)))  # fmt: skip
"""Addresses that lead nowhere from outside (RFC 1918, 3927, 6598, where tunnels live, 4193, 4291)."""

AUTHORITY_DAYS = 3_650
"""Ten years (own choice): each new one is a walk to every tablet."""

LEAF_DAYS = 397

RENEWED_DAYS = 30
"""Before its end a certificate is made anew (own choice)."""

BACK = timedelta(days=1)
"""By so much it begins earlier: a tablet's clock may be wrong."""


class CertificateError(Exception):
    """A certificate that cannot be used; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who vouches for this computer; its key never leaves the folder."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as tablets take it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of it in groups, to be compared by eye."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def private(address: str) -> bool:
    """Whether the authority may vouch for this address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found.version == each.version and found in each for each in PRIVATE)


def authority(folder: Path, called: str, now: datetime | None = None) -> Authority:
    """The authority that lies in `folder`, made where there is none or where its time is nearly over.

    Raises PermissionError where others may read its key, CertificateError where it is damaged.
    """
    now = now or datetime.now(UTC)
    path = folder / "authority.pem"
    content = kept.read(path)
    if content is not None:
        key, certificate = _parts(content) or (None, None)
        if key is None or certificate is None:
            raise CertificateError(
                f"{path} is damaged; delete it, and have the tablets trust the new one under /trust."
            )
        if certificate.not_valid_after_utc > now + timedelta(days=LEAF_DAYS):
            return Authority(key, certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Calando on {called}, {now:%Y-%m-%d}")])
    certificate = (
        _begun(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(
            x509.NameConstraints([*map(x509.DNSName, NAMES), *map(x509.IPAddress, PRIVATE)], None), True
        )
        .sign(key, hashes.SHA256())
    )
    kept.write(path, _whole(key, certificate))
    return Authority(key, certificate)


def shown(folder: Path, by: Authority, names: Sequence[str], now: datetime | None = None) -> Path:
    """The file with this computer's own key and certificate, made anew where it is time.

    names   what this computer is called, host names and addresses; what `by` may not vouch for is left out

    Raises PermissionError where others may read it.
    """
    now = now or datetime.now(UTC)
    path = folder / "console.pem"
    wanted = _alternatives(names)
    content = kept.read(path)
    _, certificate = (_parts(content) if content is not None else None) or (None, None)
    if certificate is not None and _serves(certificate, by, wanted, now):
        return path
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Calando console")])
    certificate = (
        _begun(name, by.certificate.subject, key.public_key(), now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False
        )
        .sign(by.key, hashes.SHA256())
    )
    kept.write(path, _whole(key, certificate))
    return path


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    begins = now - BACK
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):
        if private(name):
            found.append(x509.IPAddress(ip_address(name)))
        elif name in NAMES or name.endswith(tuple(f".{each}" for each in NAMES)):
            found.append(x509.DNSName(name))
    return found


def _serves(
    certificate: x509.Certificate, by: Authority, wanted: list[x509.GeneralName], now: datetime
) -> bool:
    try:
        certificate.verify_directly_issued_by(by.certificate)
    except Exception:  # of another authority, in whatever way
        return False
    told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(told) == set(wanted) and certificate.not_valid_after_utc > now + timedelta(days=RENEWED_DAYS)


def _whole(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _parts(content: bytes) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
    """Key and certificate of a file; None where it is damaged."""
    try:
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (ValueError, TypeError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    return key, certificate

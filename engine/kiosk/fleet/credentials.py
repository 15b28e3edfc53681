"""Credentials: what a kiosk proves itself with to its broker, and the broker to it, read from files."""

from __future__ import annotations

import ssl

from engine.kiosk.config import Mqtt

LONGEST_PASSWORD = 1024
"""Bytes (own choice)."""


class CredentialsError(Exception):
    """A file that cannot be used; the message is one sentence."""


def password(mqtt: Mqtt) -> str | None:
    """The first line of the password's file; None where there is none. Raises CredentialsError."""
    if not mqtt.password_file:
        return None
    try:
        with open(mqtt.password_file, "rb") as file:  # noqa: PTH123 — paths are kept as text in the file
            line = file.read(LONGEST_PASSWORD).splitlines()[:1]
        read = line[0].decode() if line else ""
    except OSError as trouble:
        raise CredentialsError(
            f"mqtt.password_file: {mqtt.password_file} cannot be read ({trouble.strerror})."
        ) from None
    except UnicodeDecodeError:
        raise CredentialsError(f"mqtt.password_file: {mqtt.password_file} is not text in UTF-8.") from None
    if not read:
        raise CredentialsError(f"mqtt.password_file: {mqtt.password_file} has no password in its first line.")
    return read


def secured(mqtt: Mqtt) -> ssl.SSLContext | None:
    """TLS as the file asks for it, its name always checked; None without. Raises CredentialsError."""
    if not mqtt.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=mqtt.ca or None)
    except OSError as trouble:
        raise CredentialsError(
            f"mqtt.ca: {mqtt.ca} is no certificate of an authority ({trouble.strerror or trouble})."
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if mqtt.certificate:
        try:
            context.load_cert_chain(mqtt.certificate, mqtt.key)
        except OSError as trouble:
            raise CredentialsError(
                f"mqtt.certificate: {mqtt.certificate} and {mqtt.key} are no certificate and its key "
                f"({trouble.strerror or trouble})."
            ) from None
    return context

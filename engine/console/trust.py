"""Trust: the page that tells a tablet how to know this computer, and the certificate that it takes along."""

from __future__ import annotations

import plistlib
import uuid
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from engine.console.certificates import Authority

PAGE = Path(__file__).parent / "page" / "trust.html"

NAMED = uuid.UUID("6f1c5c1e-8a5e-5d0b-9a3e-5b0a5a1c2d17")
"""From which the profile's own names are reckoned, so that the same certificate is the same profile."""


def router(authority: Authority) -> APIRouter:
    """`/trust` and what it hands out; nobody needs to be paired for it, for nothing of it is secret."""
    routes = APIRouter(tags=["trust"])

    @routes.get("/trust", response_class=HTMLResponse)
    def page() -> str:
        """The two steps, in words and pictures."""
        return (
            PAGE.read_text()
            .replace("{fingerprint}", authority.fingerprint.replace(":", ":<wbr>"))
            .replace("{name}", _name(authority))
        )

    @routes.get(
        "/trust/calando.mobileconfig", response_class=Response,
        responses={200: {"content": {"application/x-apple-aspen-config": {}}}},
    )  # fmt: skip
    def profile() -> Response:
        """For iPad, iPhone and Mac."""
        return Response(profile_of(authority), media_type="application/x-apple-aspen-config")

    @routes.get(
        "/trust/calando.crt", response_class=Response,
        responses={200: {"content": {"application/x-x509-ca-cert": {}}}},
    )  # fmt: skip
    def certificate() -> Response:
        """For all others (DER)."""
        named = {"content-disposition": 'attachment; filename="calando.crt"'}
        return Response(authority.der, media_type="application/x-x509-ca-cert", headers=named)

    return routes


def profile_of(authority: Authority) -> bytes:
    """A configuration profile with one root certificate (Apple, Configuration Profile Reference)."""
    one = uuid.uuid5(NAMED, authority.fingerprint)
    inner = uuid.uuid5(one, "certificate")
    return plistlib.dumps({
        "PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": f"calando.{one}",
        "PayloadUUID": str(one).upper(), "PayloadDisplayName": _name(authority),
        "PayloadDescription": "Lets this device know the computer on which Calando plays, and no other.",
        "PayloadContent": [{
            "PayloadType": "com.apple.security.root", "PayloadVersion": 1,
            "PayloadIdentifier": f"calando.{one}.certificate", "PayloadUUID": str(inner).upper(),
            "PayloadDisplayName": _name(authority), "PayloadContent": authority.der,
        }],
    })  # fmt: skip


def _name(authority: Authority) -> str:
    return str(authority.certificate.subject.rdns[0].rfc4514_string().partition("=")[2].replace("\\", ""))

"""PDF: a report printed by a Chromium that happens to be on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip

PRINTING_S = 60.0
"""Longer than a busy machine takes."""


class PrintingError(OSError):
    """The browser made no PDF; the message is one sentence."""


def browser() -> str | None:
    """A browser that can print without a window; None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def printed(page: str, program: str) -> bytes:
    """An HTML document as a PDF. Raises PrintingError."""
    try:
        with tempfile.TemporaryDirectory(prefix="calando-", ignore_cleanup_errors=True) as name:
            return _printed(page, program, Path(name))
    except PrintingError:
        raise
    except OSError as trouble:
        where = "the folder for temporary files"
        raise PrintingError(f"There is no PDF, for {where} takes none ({trouble.strerror}).") from None


def _printed(page: str, program: str, folder: Path) -> bytes:
    """The same by way of files in `folder`."""
    source, made = folder / "report.html", folder / "report.pdf"
    source.write_text(page, encoding="utf-8")
    call = [program, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
    call += [f"--user-data-dir={folder / 'user'}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        call.append("--no-sandbox")  # Chromium's sandbox does not start for root
    call += [f"--print-to-pdf={made}", source.as_uri()]
    # The passphrase is among Calando's own variables, which are no business of a browser.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CALANDO_")}
    try:
        subprocess.run(call, capture_output=True, timeout=PRINTING_S, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        raise PrintingError(f"{program} did not answer, so there is no PDF.") from None
    if not made.exists():
        raise PrintingError(f"{program} printed nothing, so there is no PDF.")
    return made.read_bytes()

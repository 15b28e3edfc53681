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


def print_page(page: str, path: Path, program: str) -> None:
    """Print an HTML document into `path`, whole or not at all. Raises PrintingError."""
    with tempfile.TemporaryDirectory(prefix="calando-") as name:
        folder = Path(name)
        (folder / "report.html").write_text(page, encoding="utf-8")
        printed = folder / "report.pdf"
        call = [program, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
        call += [f"--user-data-dir={folder / 'user'}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            call.append("--no-sandbox")  # Chromium's sandbox does not start for root
        call += [f"--print-to-pdf={printed}", (folder / "report.html").as_uri()]
        try:
            subprocess.run(call, capture_output=True, timeout=PRINTING_S, check=False)
        except (OSError, subprocess.TimeoutExpired):
            raise PrintingError(f"{program} did not answer, so there is no PDF.") from None
        if not printed.exists():
            raise PrintingError(f"{program} printed nothing, so there is no PDF.")
        part = path.with_name(f".{path.name}.part")
        try:
            shutil.copyfile(printed, part)
            part.replace(path)
        except OSError as trouble:
            part.unlink(missing_ok=True)
            raise PrintingError(f"{path} cannot be written ({trouble.strerror}).") from None

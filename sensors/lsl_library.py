"""liblsl by pylsl, told before it begins to keep its log off the terminal.

It reads one file of settings, the first that there is; a log that somebody asks for in theirs is left to
them, and all else that they set holds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sensors.extra import ExtraError, imported

FILES = ("lsl_api.cfg", "~/lsl_api/lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg")
"""Where liblsl looks for settings, behind what LSLAPICFG names (liblsl's api_config)."""

QUIET = "\n[log]\nlevel = -3\n"
"""What would end the program alone: all else that somebody needs to know is told here in a sentence."""

_LOG = re.compile(r"^\s*\[log\]", re.MULTILINE)


def library(what: str) -> Any:
    """pylsl, quiet. Raises ExtraError, a sentence about `what`, where it or liblsl is missing."""
    lsl = imported(what, "pylsl", "lsl", "pylsl")
    quiet = settings(os.environ)
    if quiet is not None:
        try:
            lsl.set_config_content(quiet)  # of no account where liblsl has begun before
        except AttributeError:
            raise ExtraError(f"{what} needs pylsl 1.18 or newer: pip install -U 'calando[lsl]'.") from None
        except NotImplementedError:  # an older liblsl of the system's: it is loud, and works
            pass
    return lsl


def settings(environment: Mapping[str, str]) -> str | None:
    """What liblsl would read, and that it is quiet; None where that file says what it logs."""
    named = environment.get("LSLAPICFG", "")
    for file in (*filter(None, [named]), *FILES):
        try:
            found = Path(file).expanduser().read_text(errors="replace")
        except (OSError, RuntimeError):  # not there, or nobody knows whose home
            continue
        return None if _LOG.search(found) else found + QUIET
    return QUIET

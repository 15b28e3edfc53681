"""The user's runtime folder: locks, sockets and shared pages of what plays now. It outlives no session."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class RuntimeFolderError(OSError):
    """There is no folder that only this user may enter; the message is one sentence."""


def runtime_folder() -> Path:
    """`$XDG_RUNTIME_DIR/calando`, or where the system has none a folder of ours among the temporary ones.

    Made where it is missing, for its owner alone (0700). Raises RuntimeFolderError where somebody else has
    laid it there, or it cannot be made.
    """
    named = os.environ.get("XDG_RUNTIME_DIR")
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(named) / "calando" if named else Path(tempfile.gettempdir()) / f"calando-{user}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = folder.lstat()
        if hasattr(os, "getuid") and (state.st_uid != os.getuid() or folder.is_symlink()):
            raise RuntimeFolderError(f"{folder} belongs to somebody else; remove it, or set XDG_RUNTIME_DIR.")
        if state.st_mode & 0o077 and hasattr(os, "getuid"):
            folder.chmod(0o700)
    except RuntimeFolderError:
        raise
    except OSError as trouble:
        raise RuntimeFolderError(
            f"The folder {folder} cannot be made ({trouble.strerror}); set XDG_RUNTIME_DIR to another."
        ) from None
    return folder

"""What whoever uses this computer has written: files NAME.toml in folders of their configuration."""

from __future__ import annotations

from pathlib import Path

PROFILES = "profiles"


def own_folder(kind: str = PROFILES) -> Path:
    """Where they are; it need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("calando", appauthor=False)) / kind


def own_names(kind: str = PROFILES) -> tuple[str, ...]:
    """What they are called, in the order of the alphabet, playable or not."""
    files = own_folder(kind).glob("*.toml")
    return tuple(sorted(file.stem for file in files if not file.name.startswith(".")))


def own_file(name: str, kind: str = PROFILES) -> Path | None:
    """The file of the one of that name, if there is one."""
    if not name or not name.isprintable() or name.startswith("."):
        return None
    file = own_folder(kind) / f"{name}.toml"
    try:
        return file if file.exists() else None
    except OSError:  # no name for a file, or a folder that may not be looked into
        return None

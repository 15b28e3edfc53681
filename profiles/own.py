"""The profiles of whoever uses this computer: files NAME.toml in a folder of their configuration."""

from __future__ import annotations

from pathlib import Path


def own_folder() -> Path:
    """Where they are; it need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("calando", appauthor=False)) / "profiles"


def own_names() -> tuple[str, ...]:
    """What they are called, in the order of the alphabet, playable or not."""
    return tuple(sorted(file.stem for file in own_folder().glob("*.toml") if not file.name.startswith(".")))


def own_file(name: str) -> Path | None:
    """The file of the one of that name, if there is one."""
    if not name or not name.isprintable() or name.startswith("."):
        return None
    file = own_folder() / f"{name}.toml"
    try:
        return file if file.exists() else None
    except OSError:  # no name for a file, or a folder that may not be looked into
        return None

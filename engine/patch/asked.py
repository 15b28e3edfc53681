"""What `--synth` says: `pyo` for the patch that comes with Calando, or `pyo:FILE.py` for one of one's own."""

from __future__ import annotations

from pathlib import Path

OWN = Path(__file__).with_name("bells.py")
"""The patch of `--synth pyo`."""


class SynthError(ValueError):
    """A synth that cannot be meant: one sentence."""


def patch_file(spec: str) -> Path:
    """The file that `spec` names. Raises SynthError."""
    kind, _, name = spec.partition(":")
    if kind != "pyo" or (":" in spec and not name):
        raise SynthError(f"The synth {spec!r} is not known: use pyo, or pyo:FILE.py for a patch of your own.")
    path = Path(name).expanduser() if name else OWN
    if not path.is_file():
        raise SynthError(f"There is no patch {path}; name a Python file with a function patch(body).")
    return path

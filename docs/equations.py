"""Equations for mkdocs.yml: a fence called math becomes MathML, which browsers draw by themselves."""

from __future__ import annotations

from typing import Any

from latex2mathml.converter import convert


def displayed(source: str, *_: object, **__: object) -> str:
    """One displayed equation of the LaTeX in a fence; a blank line parts two."""
    return "".join(f'<div class="math">{convert(one, display="block")}</div>' for one in source.split("\n\n"))


def on_config(config: Any) -> None:
    """MkDocs calls it with what it has read."""
    fence = {"name": "math", "class": "math", "format": displayed}
    config.mdx_configs["pymdownx.superfences"] = {"custom_fences": [fence]}

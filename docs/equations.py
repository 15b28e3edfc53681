"""Equations for mkdocs.yml: a fence called math becomes MathML, which browsers draw by themselves."""

from __future__ import annotations

from typing import Any

from latex2mathml.converter import convert


def displayed(source: str, *_: object, **__: object) -> str:
    """The equations of the LaTeX in a fence, parted by blank lines; a wide one can be scrolled by keys."""
    each = (convert(one, display="block") for one in source.split("\n\n"))
    return "".join(f'<div class="math" tabindex="0">{one}</div>' for one in each)


def on_config(config: Any) -> None:
    """MkDocs calls it with what it has read."""
    fence = {"name": "math", "class": "math", "format": displayed}
    config.mdx_configs["pymdownx.superfences"] = {"custom_fences": [fence]}

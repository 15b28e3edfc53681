"""Document: the HTML around a page that any browser shows, with nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path


def document(title: str, sections: Iterable[str]) -> str:
    """The whole document; `title` in plain words, `sections` in HTML, empty ones left out."""
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    body = "\n".join(section for section in sections if section)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Calando · {escape(title)}</title>\n"
        f"<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )

"""Templates: how a clinic likes to begin a sitting, under a name. Nobody's code or words are in one."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi import Path as InPath
from pydantic import TypeAdapter, ValidationError

from engine.console import kept
from engine.console.entrance import REFUSED, Therapist
from engine.console.messages import Done, Template, TemplateNow, Words

MOST = 100
"""Templates (own choice)."""

Name = Annotated[str, InPath(pattern=r"^[^\x00-\x1f\x7f/]{1,60}$")]

router = APIRouter(prefix="/api", tags=["templates"])

_FILE: TypeAdapter[dict[str, Template]] = TypeAdapter(dict[str, Template])


class Templates:
    """The templates in a file beside the journal; one that is damaged holds none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        try:
            self._all = _FILE.validate_json(path.read_bytes())
        except (OSError, ValidationError):
            self._all = {}

    def all(self) -> list[TemplateNow]:
        """In order of their names."""
        return [TemplateNow(name=name, **self._all[name].model_dump()) for name in sorted(self._all)]

    def save(self, name: str, template: Template) -> bool:
        """Keep one, instead of another of that name; False where there are too many."""
        with self._guard:
            if name not in self._all and len(self._all) >= MOST:
                return False
            self._keep({**self._all, name: template})
            return True

    def delete(self, name: str) -> bool:
        """False where there is none."""
        with self._guard:
            if name not in self._all:
                return False
            self._keep({other: each for other, each in self._all.items() if other != name})
            return True

    def _keep(self, templates: dict[str, Template]) -> None:
        told = {name: each.model_dump() for name, each in templates.items()}
        kept.write(self._path, json.dumps(told, ensure_ascii=False).encode())
        self._all = templates


def templates_of(request: Request) -> Templates:
    """The templates of this console."""
    templates: Templates = request.app.state.templates
    return templates


AllTemplates = Annotated[Templates, Depends(templates_of)]

_SAID = {"model": Words}


@router.get("/templates", responses=REFUSED)
def all_templates(templates: AllTemplates, _: Therapist) -> list[TemplateNow]:
    """How sittings are begun here."""
    return templates.all()


@router.put("/templates/{name}", responses={**REFUSED, 409: _SAID})
def save(name: Name, template: Template, templates: AllTemplates, _: Therapist) -> Done:
    """Keep a template under this name, instead of the one that had it."""
    if not name.isprintable() or not templates.save(name.strip() or name, template):
        raise HTTPException(409, f"That cannot be kept: a name is one line, and there are at most {MOST}.")
    return Done()


@router.delete("/templates/{name}", responses={**REFUSED, 404: _SAID})
def delete(name: Name, templates: AllTemplates, _: Therapist) -> Done:
    """Keep it no longer."""
    if not templates.delete(name):
        raise HTTPException(404, "There is no such template.")
    return Done()

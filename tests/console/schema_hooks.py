"""For schemathesis: what it makes up is meant for the sitting that plays; what came of it is written down."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import schemathesis

SITTING, HEARD = os.environ["CALANDO_TEST_SITTING"], Path(os.environ["CALANDO_TEST_HEARD"])

VALID = re.compile(r"[A-Za-z0-9_-]{8,80}")


@schemathesis.hook
def before_call(_context: Any, case: Any, *_: Any) -> None:
    """A touch for no sitting reaches none, and one key is one touch; what ends all is left out."""
    body, what = case.body, case.operation.path.rpartition("/")[2]
    if not isinstance(body, dict) or what not in ("touches", "stop"):
        return
    sitting, wish = body.get("sitting"), body.get("wish")
    ends = what == "stop" or (isinstance(wish, dict) and wish.get("kind") == "end")
    if isinstance(sitting, str) and 1 <= len(sitting) <= 80:
        body["sitting"] = "another" if ends else SITTING
    for name, key in list((case.headers or {}).items()):
        if name.lower() == "idempotency-key" and VALID.fullmatch(key):
            case.headers[name] = uuid4().hex


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """One line for each answer."""
    with HEARD.open("a") as file:
        file.write(json.dumps([case.operation.label, response.status_code]) + "\n")

"""For schemathesis: what it makes up is meant for the sitting that plays; what came of it is written down."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import schemathesis

SITTING, HEARD = os.environ["CALANDO_TEST_SITTING"], Path(os.environ["CALANDO_TEST_HEARD"])


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """A touch for no sitting ever reaches one. Stop is left as it is: it would end what the others need."""
    if (
        context.operation.path.endswith("/touches")
        and isinstance(body, dict)
        and isinstance(body.get("sitting"), str)
    ):
        return {**body, "sitting": SITTING}
    return body


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """One line for each answer: operation, status, kind of wish."""
    wish = case.body.get("wish") if isinstance(case.body, dict) else None
    kind = wish.get("kind") if isinstance(wish, dict) else None
    with HEARD.open("a") as file:
        file.write(
            json.dumps([case.operation.label, response.status_code, kind if isinstance(kind, str) else None])
            + "\n"
        )

"""The journal as the commands of a trial open it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.recorded import opened_store

if TYPE_CHECKING:
    from engine.journal.store import Store


@contextmanager
def opened_trials(data: Path | None) -> Generator[Store]:
    """The journal; what is wrong with a trial becomes a wrong call, inside the block too."""
    from engine.trial.plan import PlanError
    from engine.trial.register import TrialError

    try:
        with opened_store(data) as store:
            yield store
    except (PlanError, TrialError) as wrong:
        raise click.UsageError(str(wrong)) from None

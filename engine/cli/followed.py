"""Who shows a sitting that plays here: JSON for a program, a live view for a person, sentences for a log."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from engine.sitting.sitting import Sitting
from engine.snapshot import Facts, Snapshots


@contextmanager
def followed(sitting: Sitting, *, fast: bool, as_json: bool) -> Generator[None]:
    """Show `sitting` while the block lasts.

    Where it plays in real time its followers have threads of their own, so that a terminal or a pipe that
    takes nothing holds up nobody. Where it is as `fast` as it can be, nothing may be passed over.
    """
    watchers = sitting.watchers
    if as_json:
        from engine.cli.feed import JsonFeed

        watchers.add(Snapshots(sitting, JsonFeed().show), at_once=fast)
        yield
    elif sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from engine.cli.keys import Keys
        from engine.cli.view import LiveView

        touch = None if sitting.along is None else sitting.touch
        keys = Keys(sitting.desk.put, sitting.plan.hand, touch)
        with keys, LiveView(Facts.of(sitting), keys) as view:
            watchers.add(keys, at_once=True)
            watchers.add(Snapshots(sitting, view.show))
            yield
            watchers.close()  # while the view can still show what comes last
    else:
        from engine.cli.feed import Sentences

        watchers.add(Snapshots(sitting, Sentences().show), at_once=fast)
        yield
    watchers.close()

"""Claim: whenever the console's server is killed, no sample changes and no control is lost or done twice.

A sitting plays in real time in a room; its page stands in a Chromium and is touched by a finger. The server
is killed (SIGKILL) at random moments, under touches, and comes back by itself. At the end the sitting is
rendered once more, alone, with the same hands at the same ticks: the samples must be the same. Each press on
a button that was on must be one key, in the engine once and in the journal once.

    python benchmarks/console_kills.py [--kills 100] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import console_rig as rig
import numpy as np
from numpy.typing import NDArray
from report import show_table, write_json
from rich.progress import track

from engine.desk import Ask, Desk, Mark
from engine.door.door import Door
from engine.player import OfflineOutput
from engine.session import Moment, intent_of
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from engine.journal.record import Record

ROOM, HEART, RATE_HZ = "kills", "sim:seed=5", 48_000
CONTROLS = ("Soften", "Undo", "settled", "Hold", "Re-match", "restless", "Give all back", "this moment")
"""Pressed in turn."""
WHOLE_S = 3.0
"""The bar, for 99 of 100."""


class Enough(BaseException):
    """The sitting has been followed for long enough; no mere Exception, for a watcher's does not end one."""


@dataclass
class Heard:
    """A watcher that keeps what the engine was asked, at which tick."""

    until_s: float = float("inf")
    asks: list[tuple[float, Ask]] = field(default_factory=list[tuple[float, Ask]])

    def moment(self, moment: Moment) -> None:
        if moment.t_s >= self.until_s:
            raise Enough
        self.asks += [(moment.t_s, ask) for ask in moment.asks]


class Fingers:
    """Presses on a page, and what the page asked of the console for them, by key."""

    def __init__(self, page: Page) -> None:
        self.sent: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        page.on("request", lambda request: self._note(self.sent, request))
        page.on("response", lambda response: response.ok and self._note(self.answered, response.request))

    def _note(self, into: Counter[str], request: Any) -> None:
        if request.url.endswith("/touches"):
            into[request.headers["idempotency-key"]] += 1


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    if absent := rig.missing():
        return rig.complain(absent)
    with rig.runtime_of_its_own(), tempfile.TemporaryDirectory() as folder:
        found = killed(Path(folder) / "data", options.kills, random.Random(options.seed))
    rows = [
        ["killed", str(options.kills)],
        ["samples of the sitting; that differ from it alone", f"{found['samples']}; {found['differing']}"],
        ["presses on buttons that were on; keys sent", f"{found['presses']}; {found['keys']}"],
        ["sent again under their own key", str(found["again"])],
        [
            "lost; done twice; not in the journal once",
            f"{found['lost']}; {found['twice']}; {found['unlike']}",
        ],
        ["page whole again after the kill, median", f"{np.median(found['whole_s']):.2f} s"],
        ["99 %", f"{np.percentile(found['whole_s'], 99):.2f} s"],
        ["of it the server's own start, median", f"{np.median(found['start_s']):.2f} s"],
    ]
    show_table("The console's server killed in one sitting", ["", "figure"], rows, [
        f"The bars: 0 differ, 0 lost, 0 twice, 99 % whole within {WHOLE_S:g} s. Load {rig.load()}.",
    ])  # fmt: skip
    print(f"Written to {write_json('console_kills', found)}")
    return 0


def killed(data: Path, kills: int, chance: random.Random) -> dict[str, Any]:
    """One sitting in which the server is killed so many times."""
    sound: list[NDArray[np.float32]] = []
    heard = Heard()
    output = OfflineOutput(RATE_HZ, "Playing to nowhere.", sound.append, in_step=True)
    with sitting(output, data=data) as played, Door(ROOM) as door:
        played.watchers.add(heard, at_once=True)
        door.admit(played)
        playing = threading.Thread(target=played.run)
        playing.start()
        try:
            with rig.Server(data) as server, rig.browsing() as browser:
                page = rig.following(browser, server, server.script(), ROOM)
                fingers = Fingers(page)
                times = [
                    under_touch(page, server, chance)
                    for _ in track(range(kills), "Killing ...", disable=not sys.stderr.isatty())
                ]
                page.wait_for_timeout(1000.0)  # what was sent last is answered
                presses = page.evaluate("noted.presses")
        finally:
            frames = sum(map(len, sound))
            played.stop()
            playing.join()
            door.dismiss()
    together, alone = np.concatenate(sound)[:frames], again(heard.asks, frames)
    asks = Counter(ask.id for _, ask in heard.asks)
    return {
        "kills": kills, "samples": frames, "differing": int((together != alone).any(axis=1).sum()),
        "presses": presses, "keys": len(fingers.sent), "again": fingers.sent.total() - len(fingers.sent),
        "lost": sum(not asks[key] for key in fingers.sent),
        "unanswered": len(fingers.sent - fingers.answered),
        "twice": sum(count > 1 for count in asks.values()) + max(0, len(fingers.sent) - presses),
        "unlike": unlike(rig.kept(data), heard.asks), "load": rig.load(),
        "whole_s": [whole_s for whole_s, _ in times], "start_s": [start_s for _, start_s in times],
    }  # fmt: skip


def under_touch(page: Page, server: rig.Server, chance: random.Random) -> tuple[float, float]:
    """Kill it while the page is touched; seconds until the page is whole again, and until the server is."""
    moments = [0.0, 0.0]

    def killing() -> None:
        moments[0] = time.monotonic()
        server.kill()
        moments[1] = time.monotonic()

    before = page.evaluate("noted.hellos.length")
    kill = threading.Timer(chance.uniform(0.0, 1.0), killing)
    kill.start()
    while kill.is_alive() and not moments[0]:
        rig.tap(page, chance.choice(CONTROLS))
        page.wait_for_timeout(chance.uniform(0.0, 200.0))
    rig.tap(page, chance.choice(CONTROLS))
    whole_s = rig.whole_since(page, before) - moments[0]
    kill.join()
    return whole_s, moments[1] - moments[0]


def sitting(output: OfflineOutput, *, data: Path | None = None, desk: Desk | None = None) -> Sitting:
    """The same sitting each time, whoever looks on."""
    asked = Asked("relax", sensor=HEART, seed=1, duration=4 * 3600.0, data=data)
    return Sitting(prepared(asked), open_sensor(HEART), output, data=data, desk=desk)


def again(asks: list[tuple[float, Ask]], frames: int) -> NDArray[np.float32]:
    """The same hands at the same ticks, with nobody looking on, (frames, 2)."""
    sound: list[NDArray[np.float32]] = []
    desk = Desk()
    desk.put_all(replace(ask, due_s=t_s) for t_s, ask in asks)
    with sitting(OfflineOutput(RATE_HZ, "Rendering.", sound.append), desk=desk) as played:
        played.watchers.add(Heard(until_s=frames / RATE_HZ + 0.2), at_once=True)
        with suppress(Enough):
            played.run()
    return np.concatenate(sound)[:frames]


def unlike(record: Record, asks: list[tuple[float, Ask]]) -> int:
    """How many things that were asked do not stand in the journal, each once and in its order."""
    intents = [intent for t_s, ask in asks if (intent := intent_of(ask, t_s)) is not None]
    marks = [ask.wish.words for _, ask in asks if isinstance(ask.wish, Mark)]
    pairs = (
        (
            [(each.t_s, each.parameter) for each in intents],
            [(each.t_s, each.parameter) for each in record.intents],
        ),
        (marks, [each.words for each in record.markers]),
    )
    return sum(
        abs(len(asked) - len(kept)) + sum(one != other for one, other in zip(asked, kept, strict=False))
        for asked, kept in pairs
    )


if __name__ == "__main__":
    sys.exit(main())

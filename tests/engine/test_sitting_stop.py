"""The stop word in a sitting: silence at once, the end, the record, and the same samples again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.desk import Ask, End
from engine.guide.music_state import Hand
from engine.journal import export, imported
from engine.journal.rendition import Rendition
from engine.journal.store import Store
from engine.player import OfflineOutput
from engine.session import BY, Moment
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

RATE_HZ = 48_000


def stopped(data: Path, how: str, at_s: float = 12.05) -> tuple[str, np.ndarray]:
    """Id and sound of a sitting that is stopped at that time."""
    sound: list[np.ndarray] = []
    plan = prepared(Asked("relax", sensor="sim:seed=5", seed=1, duration=60.0))
    with Sitting(
        plan, open_sensor("sim:seed=5"), OfflineOutput(RATE_HZ, "Rendering.", sound.append), data=data
    ) as sitting:

        class Stops:
            def moment(self, moment: Moment) -> None:
                if moment.t_s == pytest.approx(at_s, abs=0.051):
                    if how == "page":
                        sitting.stop(7)
                    elif how == "twice":
                        sitting.end()
                        sitting.end()
                    else:
                        sitting.desk.put(Ask(End(at_once=True), Hand.THERAPIST))

        sitting.watchers.add(Stops(), at_once=True)
        sitting.run()
    return sitting.id, np.concatenate(sound)


@pytest.mark.parametrize(
    ("how", "by"), [("page", 7), ("twice", BY[Hand.LISTENER]), ("desk", BY[Hand.THERAPIST])]
)
def test_a_stop_is_silence_the_end_and_in_the_record(tmp_path: Path, how: str, by: int) -> None:
    name, sound = stopped(tmp_path, how)
    level_db = 20 * np.log10(np.abs(sound).max(axis=1) + 1e-9)
    loud = int(np.flatnonzero(level_db > -70.0)[-1])
    with Store(tmp_path) as store:
        record = store.read(name)
        (stop,) = record.stops
        text = export.as_json(store, name)
    assert stop.asked_by == by
    assert stop.frame % 64 == 0
    assert loud - stop.frame <= 0.2 * RATE_HZ
    assert len(sound) - stop.frame <= 0.6 * RATE_HZ
    assert record.head.ending == "complete"
    again = np.concatenate(list(Rendition.of(record).portions()))
    assert len(again) > stop.frame
    assert np.array_equal(again, sound[: len(again)])
    with Store(tmp_path / "other") as other:
        assert imported.read_json(other, text).stops == record.stops

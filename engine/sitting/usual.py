"""What is usual for a listener, from earlier sittings, for a sitting that is about to begin."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from engine.guide.target import Usual
from engine.journal.passphrase import PassphraseError, passphrase

QUICK_S = 0.2
"""How long the first sound may wait for another program that holds the journal (own choice)."""


def usual_of(folder: Path, sensor: str, client: str | None) -> tuple[Usual, str | None]:
    """What the journal in `folder` taught of `client`, or of whoever sits here without a code.

    Beside it stands what a watch told of them (engine.journal.pasts), which is a guess until a sitting knows.

    With it a sentence, where there is something to say. A simulated heart has no usual, nor a recording
    that no code says the owner of. Nobody is asked for a passphrase here: without it the sitting is kept all
    the same, and what is usual is not known.
    """
    from engine.journal.opening import FILE

    kind = sensor.partition(":")[0]
    if kind == "sim" or (kind == "replay" and client is None) or not (folder / FILE).exists():
        return Usual(), None
    from engine.journal.figures import MOST_SITTINGS, usual
    from engine.journal.store import Store
    from engine.journal.trouble import JournalError, SealedError
    from engine.pace.search import own_pace
    from engine.past.month import guess_bpm

    sequel = "This sitting is kept and sealed all the same, but what is usual for the listener is not known."
    try:
        with Store(folder, busy_s=QUICK_S) as store:
            if store.sealed:
                given = passphrase()
                if given is None:
                    return Usual(), f"The journal is sealed. {sequel}"
                store.unlock(given)
            known = usual(store.at_rest(client, MOST_SITTINGS))
            past = store.pasts.of(client)
            guess = None if past is None else guess_bpm(past.figures, date.today())
            return replace(known, pace_per_min=own_pace(store, client), watch_bpm=guess), None
    except (SealedError, PassphraseError) as wrong:
        return Usual(), f"{wrong} {sequel}"
    except JournalError:
        return Usual(), None  # the journal itself will tell, once the music plays

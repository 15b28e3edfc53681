"""Records: what the journal keeps, before and after: clients, their sittings, what is added to one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi import Path as InPath

from engine.console.entrance import REFUSED, Therapist
from engine.console.messages import (
    ClientNow,
    Consented,
    Done,
    Given,
    GuideNow,
    Noted,
    ProfileNow,
    Rated,
    RemarkNow,
    Rested,
    SittingNow,
    SittingWhole,
    Words,
)  # fmt: skip
from engine.console.sheets import AllSheets
from engine.guide.hands import parameter_ranges
from engine.guide.music_state import Hand
from engine.journal import account, keeping, rows
from engine.journal.code import name_like
from engine.journal.earlier import beside_earlier
from engine.journal.figures import MOST_SITTINGS, usual
from engine.journal.forgetting import deleted
from engine.journal.passphrase import PassphraseError, passphrase
from engine.journal.record import Head, Rating, Record
from engine.journal.scale import SCALES
from engine.journal.store import Store, UnknownSessionError
from engine.journal.trouble import BlindError, JournalError, SealedError
from engine.journal.words_told import words_sentence
from engine.past.words import month

LISTED = 12
"""Of a client's sittings, the newest, that are shown before the next (own choice)."""

KEPT = {**REFUSED, **{code: {"model": Words} for code in (404, 409, 423, 503)}}
"""What every path to the journal may answer besides."""

Id = Annotated[str, InPath(pattern=r"^[0-9]{8}-[0-9]{6}-[a-z]{4}$")]

Code = Annotated[str, Query(min_length=1, max_length=64)]

router = APIRouter(prefix="/api", tags=["records"])


@contextmanager
def opened(folder: Path) -> Generator[Store]:
    """The journal, read and written; its complaints become answers."""
    try:
        with Store(folder, reading=True) as store:
            if store.sealed:
                given = passphrase()
                if given is None:
                    raise HTTPException(
                        423, "The journal is sealed; start calando live with CALANDO_PASSPHRASE_FILE."
                    )
                store.unlock(given)
            yield store
    except UnknownSessionError:
        raise HTTPException(404, "There is no such sitting.") from None
    except (keeping.KeepingError, BlindError) as wrong:
        raise HTTPException(409, str(wrong)) from None
    except (SealedError, PassphraseError) as wrong:
        raise HTTPException(423, str(wrong)) from None
    except JournalError as trouble:
        raise HTTPException(503, str(trouble)) from None


@contextmanager
def holding(folder: Path, sitting: str) -> Generator[Store]:
    """The journal that holds this sitting: 404 for all but a whole id, not for the beginning of one."""
    with opened(folder) as store:
        if not store.has(sitting):
            raise UnknownSessionError(sitting)
        yield store


def journal(request: Request) -> Path:
    """Folder of this console's journal."""
    folder: Path = request.app.state.data
    return folder


Folder = Annotated[Path, Depends(journal)]


@router.get("/guides", responses=REFUSED)
def guides(_: Therapist) -> list[GuideNow]:
    """Words that may be told while a sitting plays; a file that is no guide is left out."""
    from guides.load import KIND, GuideError, load, names
    from profiles.own import own_names

    found: list[GuideNow] = []
    for name in dict.fromkeys((*names(), *own_names(KIND))):
        try:
            script = load(name)
        except GuideError:
            continue
        found.append(GuideNow(
            name=name, title=script.title, description=script.description, cautions=list(script.cautions),
            minutes=script.minutes, profile=script.profile, groups=list(script.groups),
        ))  # fmt: skip
    return found


@router.get("/profiles", responses=REFUSED)
def profiles(_: Therapist) -> list[ProfileNow]:
    """What a sitting can be for, a person's own among them; a file that is no profile is left out."""
    from profiles.load import ProfileError, load, names
    from profiles.own import own_names

    found: list[ProfileNow] = []
    for name in dict.fromkeys((*names(), *own_names())):
        try:
            profile = load(name)
        except ProfileError:
            continue
        found.append(ProfileNow(
            name=name, title=profile.title, description=profile.description, goal=profile.goal,
            duration_s=profile.arc.duration_s, ranges=parameter_ranges(profile),
        ))  # fmt: skip
    return found


@router.get("/clients", responses=KEPT)
def clients(folder: Folder, _: Therapist) -> list[ClientNow]:
    """Every client the journal knows, whoever sat last first."""
    by_code: dict[str, list[Head]] = {}
    with opened(folder) as store:
        for head in store.heads():
            if head.client is not None:
                by_code.setdefault(head.client, []).append(head)
        return [_client(store, code, own, last=1) for code, own in by_code.items()]


@router.get("/client", responses=KEPT)
def client(code: Code, folder: Folder, _: Therapist) -> ClientNow:
    """One client, known or not yet: what is usual, the course over weeks, the newest sittings."""
    with opened(folder) as store:
        keeping.checked_code(code)
        return _client(store, code, store.heads(client=code), last=LISTED)


@router.get("/sittings/{sitting}", responses=KEPT)
def sitting(sitting: Id, folder: Folder, _: Therapist) -> SittingWhole:
    """What happened in a sitting, in sentences that only tell what was measured or done."""
    with holding(folder, sitting) as store:
        record = read(store, sitting)
    head = record.head
    facts = [account.summary(record), account.usual_sentence(record), month(record.watch)]
    facts += [account.course_sentence(record), words_sentence(record)]
    facts += [*account.quality_sentences(record), account.answers_sentence(record)]
    done = [f"{account.clock(t)} {words}" for t, words in account.doings(record)]
    done += [f"{account.clock(each.t_s)} marked: {each.words}" for each in record.markers]
    return SittingWhole(
        **_sitting(head).model_dump(), client=head.client, consent=head.consent,
        facts=[fact for fact in facts if fact], doings=sorted(done, key=_when),
        ratings=[f"{rating.when}: {rating.words}" for rating in record.ratings],
        notes=[RemarkNow(at=note.at, hand=note.hand.value, words=note.words) for note in record.notes],
    )  # fmt: skip


@router.post("/sittings/{sitting}/ratings", responses=KEPT)
def rate(sitting: Id, rated: Rated, folder: Folder, _: Therapist) -> Done:
    """How the listener felt, by their own word."""

    def kept(name: str, told: float | None) -> float | None:
        return None if told is None else SCALES[name].kept(told)

    rating = Rating(
        rated.when, kept("calm", rated.calm), kept("valence", rated.pleasant), kept("arousal", rated.awake)
    )
    with holding(folder, sitting) as store:
        keeping.rated(store, sitting, Hand.LISTENER, rating)
    return Done()


@router.post("/sittings/{sitting}/notes", responses=KEPT)
def note(sitting: Id, noted: Noted, folder: Folder, _: Therapist) -> Done:
    """A note of the therapist's."""
    with holding(folder, sitting) as store:
        keeping.noted(store, sitting, Hand.THERAPIST, noted.words)
    return Done()


@router.post("/sittings/{sitting}/consent", responses=KEPT)
def consent(sitting: Id, consented: Consented, folder: Folder, _: Therapist) -> Done:
    """Whether the listener agrees to the record being kept."""
    with holding(folder, sitting) as store:
        keeping.consented(store, sitting, Hand.THERAPIST, consented.given)
    return Done()


@router.post("/sittings/{sitting}/client", responses=KEPT)
def reassign(sitting: Id, given: Given, folder: Folder, _: Therapist) -> Done:
    """Give a sitting to another client; the record says that it was."""
    with holding(folder, sitting) as store:
        keeping.reassigned(store, sitting, Hand.THERAPIST, given.code)
    return Done()


@router.delete("/sittings/{sitting}", responses=KEPT)
def forget(sitting: Id, folder: Folder, _: Therapist, sheets: AllSheets) -> Done:
    """Delete a sitting with everything that was made from it, for good."""
    with holding(folder, sitting) as store:
        deleted(store, sitting, made=True)
    sheets.forget(sitting)
    return Done()


def read(store: Store, sitting: str) -> Record:
    """A sitting as it is told, beside what was usual before it."""
    store.in_sight(sitting)
    return beside_earlier(store, store.read(sitting, without=("command",)))


def _client(store: Store, code: str, own: list[Head], last: int) -> ClientNow:
    known = usual(store.at_rest(code, MOST_SITTINGS))
    return ClientNow(
        code=code, warning=name_like(code), sittings=len(own), usual_bpm=known.resting_bpm,
        usual_breath_per_min=known.breath_per_min,
        last=[_felt(store, head) for head in own[:last]],
        course=[
            Rested(at=head.began_at, resting_bpm=head.figures.resting_bpm) for head in reversed(own)
            if not head.simulated and head.figures.resting_bpm is not None
        ],
    )  # fmt: skip


def _felt(store: Store, head: Head) -> SittingNow:
    number, _ = store.find(head.id)
    told = [rows.rating_of(row) for _, row in store.rows(number, "rating")]
    ratings = {each.when: each.calm for each in told}
    return _sitting(head).model_copy(
        update={"calm_before": ratings.get("before"), "calm_after": ratings.get("after")}
    )


def _sitting(head: Head) -> SittingNow:
    return SittingNow(
        id=head.id, began_at=head.began_at, ending=head.ending, profile=head.profile, length_s=head.length_s,
        resting_bpm=head.figures.resting_bpm, simulated=head.simulated, goal=head.goals,
    )  # fmt: skip


def _when(line: str) -> int:
    minutes, _, seconds = line.partition(" ")[0].partition(":")
    return int(minutes) * 60 + int(seconds)

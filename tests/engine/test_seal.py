"""A sealed journal: nothing that names a person can be read in the file, nothing is lost, the music plays."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.guide.music_state import Decision, Hand
from engine.guide.target import Usual
from engine.journal import forgetting, heads, keeping, rows, schema
from engine.journal.ending import close_interrupted
from engine.journal.journal import Journal
from engine.journal.record import Figures, Head, Rating, Record, TellingGuide
from engine.journal.scrubbing import Scrubbing
from engine.journal.seal import new_lock
from engine.journal.sealing import LATER
from engine.journal.store import FILE, Store
from engine.journal.strength import weakness
from engine.journal.trouble import (
    JournalError,
    SealedError,
    ShutError,
    UnreadableError,
    WrongPassphraseError,
)
from sensors.beat import Link, LinkChange
from sensors.simulated import SimulatedHeart, SimulatedListener
from tests.calando import calando
from tests.engine.kept import head, journal, keep, played

ID, OTHER, THIRD = "20260101-120000-bcdf", "20260102-120000-bcdf", "20260103-120000-bcdf"
FIRST, SECOND = "four old wooden words", "five other words, rather longer"
SECRETS = (
    b"Xylo-client", b"Xylo-goal", b"Xylo-feel", b"Xylo-sensor", b"Xylo-label", b"Xylo-output", b"Xylo-file",
    b"Xylo-link", b"Xylo-marker", b"Xylo-note", b"0.4375", b"0.5625", b"given to Xylo",
)  # fmt: skip


def secret_head(session_id: str) -> Head:
    return head(
        session_id, client="Xylo-client", goals="Xylo-goal", feel="Xylo-feel", sensor="ble:Xylo-sensor",
        sensor_label="Xylo-label", output="Xylo-output", file="/home/Xylo-file.flac",
    )  # fmt: skip


def sit(folder: Path, session_id: str) -> None:
    """A sitting in which everything is said that is a secret."""

    class Named(SimulatedHeart):
        label = "Xylo-label"

    moments = played(60.0).moments[:100]
    change = LinkChange(0.0, Link.LIVE, "Connected to Xylo-link.")
    first = replace(moments[0], events=(*moments[0].events, change))
    with Journal(folder, secret_head(session_id), Named(SimulatedListener()), print) as kept:
        for moment in (first, *moments[1:]):
            kept.moment(moment)
        kept.mark(3.0, Hand.THERAPIST, "Xylo-marker")
        kept.note(Hand.THERAPIST, "Xylo-note")
        kept.rate(Hand.LISTENER, Rating("before", 4.0, 0.4375, -0.5625))


def content(folder: Path) -> bytes:
    """Every byte of the database, its log and its index."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


def read(folder: Path, passphrase: str | None, name: str = ID) -> Record:
    with Store(folder) as store:
        if passphrase is not None:
            store.unlock(passphrase)
        return store.read(name)


def test_sealing_leaves_nothing_readable_and_changes_nothing(tmp_path: Path) -> None:
    sit(tmp_path, ID)
    with Store(tmp_path) as store:
        keeping.reassigned(store, ID, Hand.THERAPIST, "Xylo-other")
        plain = store.read(ID)
        assert all(secret in content(tmp_path) for secret in SECRETS[:10])
        store.reseal(FIRST)
        assert store.read(ID) == plain  # whoever has sealed it goes on reading
    for secret in SECRETS:
        assert secret not in content(tmp_path)
    assert read(tmp_path, FIRST) == plain
    assert plain.ratings[0].valence == 0.4375
    with Store(tmp_path) as store:
        assert store.sealed
        store.unlock(FIRST)
        store.reseal(SECOND)
    assert FIRST.encode() not in content(tmp_path)
    assert read(tmp_path, SECOND) == plain
    with pytest.raises(SealedError):
        read(tmp_path, FIRST)
    with Store(tmp_path) as store:
        store.unlock(SECOND)
        store.reseal(None)
        assert not store.sealed
    assert read(tmp_path, None) == plain


@pytest.mark.parametrize("passphrase", [None, "another one", ""])
def test_without_it_nothing_is_read_and_nothing_lost(tmp_path: Path, passphrase: str | None) -> None:
    sit(tmp_path, ID)
    plain = read(tmp_path, None)
    with Store(tmp_path) as store:
        store.reseal(FIRST)
    before = content(tmp_path)
    with pytest.raises(SealedError) as told:
        read(tmp_path, passphrase)
    assert str(told.value).count(".") == 2  # one sentence, and that of the file's name
    with Store(tmp_path) as store:
        for act in (
            lambda: store.heads(),
            lambda: keeping.noted(store, ID, Hand.LISTENER, "x"),
            lambda: forgetting.deleted(store, ID),
            lambda: store.reseal(SECOND),
            lambda: store.reseal(None),
        ):
            with pytest.raises(JournalError):
                act()
    assert content(tmp_path) == before
    assert read(tmp_path, FIRST) == plain


def test_a_sitting_is_kept_and_sealed_where_nobody_gives_the_passphrase(tmp_path: Path) -> None:
    """What a listener plays who does not know it is there for the therapist who does."""
    sit(tmp_path / "plain", ID)
    plain = read(tmp_path / "plain", None)
    folder = tmp_path / "sealed"
    with Store(folder) as store:
        store.reseal(FIRST)
    sit(folder, ID)
    sit(folder, OTHER)
    with Store(folder) as store:
        store.scrubbing.wipe("x")
    for secret in SECRETS[:12]:
        assert secret not in content(folder)
    with Store(folder) as store:
        store.unlock(FIRST)
        assert [each.id for each in store.heads(client="Xylo-client")] == [OTHER, ID]
        kept = store.read(ID)
    assert kept.head.client == "Xylo-client"
    assert (kept.events, kept.markers, kept.commands) == (plain.events, plain.markers, plain.commands)
    assert [note.words for note in kept.notes] == ["Xylo-note"]
    assert kept.ratings[0].arousal == -0.5625
    assert kept.head.file == "/home/Xylo-file.flac"


def test_what_is_usual_is_found_among_sittings_kept_with_and_without_it(tmp_path: Path) -> None:
    rested = {"simulated": False, "figures": Figures(60.0), "sensor": "ble"}
    with Store(tmp_path) as store:
        store.reseal(FIRST)
        with store.transaction():
            store.begin(head(ID, client="k-1", **rested))
            store.begin(head("20260104-120000-bcdf", client="k-2", **rested))
            store.begin(head("20260105-120000-bcdf", client=None, **rested))
            store.begin(head("20260106-120000-bcdf", client=None, **(rested | {"sensor": "replay:a.txt"})))
    with Store(tmp_path) as store, store.transaction():
        store.begin(head(OTHER, client="k-1", **rested))
    with Store(tmp_path) as store:
        store.unlock(FIRST)
        assert [each.id for each in store.at_rest("k-1", 20)] == [OTHER, ID]
        assert len(store.at_rest("k-1", 1)) == len(store.at_rest(None, 20)) == 1


def test_a_sitting_that_breaks_off_is_found_without_the_passphrase(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.reseal(FIRST)
        with store.transaction():
            number = store.begin(secret_head(ID))
            store.reach(number, 480_000, secret_head(ID))
    with Store(tmp_path) as store:
        assert [(each.id, each.length_s) for each in close_interrupted(store)] == [(ID, 10.0)]
    assert read(tmp_path, FIRST).head.ending == "interrupted"


def test_it_can_be_sealed_and_changed_while_a_sitting_is_played(tmp_path: Path) -> None:
    moments = played(60.0).moments
    Store(tmp_path).close()
    with journal(tmp_path, secret_head(ID), print) as kept:
        for step, (until, wanted) in enumerate(((100, FIRST), (200, SECOND), (300, None), (400, FIRST))):
            for moment in moments[until - 100 : until]:
                kept.moment(moment)
            kept.note(Hand.THERAPIST, f"Xylo-note {step}")
            _wait_for_notes(tmp_path, step + 1)
            with Store(tmp_path) as store:
                if store.sealed:
                    store.unlock({1: FIRST, 2: SECOND}[step])
                store.reseal(wanted)
        kept.note(Hand.THERAPIST, "Xylo-note 4")
    with Store(tmp_path) as store:
        store.scrubbing.wipe("x")
        assert b"Xylo" not in content(tmp_path)
        store.unlock(FIRST)
        record = store.read(ID)
    assert [note.words for note in record.notes] == [f"Xylo-note {step}" for step in range(5)]
    assert record.head.client == "Xylo-client"


def _wait_for_notes(folder: Path, count: int) -> None:
    for _ in range(200):
        connection = sqlite3.connect(folder / FILE)
        kept = connection.execute("SELECT count(*) FROM note").fetchone()[0]
        connection.close()
        if kept >= count:
            return
        time.sleep(0.05)
    pytest.fail("the journal was not written")


def test_the_same_value_looks_different_every_time_but_for_the_client() -> None:
    lock, key = new_lock(FIRST)
    slot = lock.slot()
    assert key.seal("words", "x") != key.seal("words", "x")
    assert key.seal("client", "x") == key.seal("client", "x") != slot.seal("client", "x")
    for token in (key.seal("words", "ä\n"), slot.seal("words", "ä\n")):
        assert token is not None
        assert key.open("words", token) == "ä\n"
        with pytest.raises(ShutError):
            slot.open("words", token)
        with pytest.raises(UnreadableError):
            key.open("client", token)
        for at in range(2, len(token), 5):
            changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
            with pytest.raises(UnreadableError):
                key.open("words", changed)
    for nothing in (key.seal("words", None), slot.seal("words", None), key.open("words", None)):
        assert nothing is None
    with pytest.raises(WrongPassphraseError):
        lock.key(SECOND)
    assert lock.key("four old wooden words").open("words", key.seal("words", 1.5)) == 1.5
    composed, decomposed = new_lock("mu\u0308de bl\u00fcte")[0], "m\u00fcde blu\u0308te"
    assert composed.key(decomposed)


def test_the_commands(tmp_path: Path) -> None:
    (tmp_path / "first").write_text(f"{FIRST}\n")
    (tmp_path / "second").write_text(SECOND)
    (tmp_path / "short").write_text("short")
    (tmp_path / "common").write_text("password\n")
    sim = ("--sensor", "sim", "--fast", "--duration", "10s", "--output", "null", "--client", "k-1")
    first, second = {"CALANDO_PASSPHRASE": FIRST}, {"CALANDO_PASSPHRASE_FILE": "second"}

    def run(*words: str, also: dict[str, str] | None = None, code: int = 0) -> str:
        done = calando(*words, "--data", "data", cwd=tmp_path, also=also)
        assert done.returncode == code, done.stderr
        if code:
            assert done.stderr.count("\n") == 1
        return done.stdout + done.stderr

    run("play", *sim)
    run("sessions", "seal", "--from", "short", code=2)
    assert "tried first" in run("sessions", "seal", "--from", "common", code=2)
    run("sessions", "seal", "--from", "none", code=2)
    assert run("sessions", "seal", "--from", "/dev/zero", code=2)
    run("sessions", "seal", code=2)  # nobody there to type one
    run("sessions", "unseal", code=2)
    assert "sealed" in run("sessions", "seal", "--from", "first")
    run("play", *sim)
    assert "CALANDO_PASSPHRASE" in run("sessions", "list", code=1)
    assert "not the passphrase" in run("sessions", "list", also={"CALANDO_PASSPHRASE": "wrong"}, code=1)
    assert run("sessions", "list", "--client", "k-1", also=first).count("k-1") == 2
    assert "changed" in run("sessions", "seal", "--from", "second", also=first)
    run("sessions", "note", "last", "x", also=first, code=1)
    run("sessions", "note", "last", "x", also=second)
    assert "no more" in run("sessions", "unseal", also=second)
    assert run("sessions", "list", "--client", "k-1").count("k-1") == 2


@pytest.mark.parametrize(
    ("passphrase", "why"),
    [
        ("password", "tried first"), ("Passw0rd!", "tried first"), (8 * " ", "Spaces"),
        ("short", "at least 8"), ("  seven  ", "at least 8"), (20 * "a", "repeats"),
        (4 * "abc", "repeats"), (2 * "monkey", "repeats"),
        ("abcdefghijk", "in order"), ("987654321", ""), ("qwertyuiop", ""), ("zxcvbnm,./", "side by side"),
        ("asdfghjkl;", "side by side"), ("calando journal", "tried first"), ("24.12.1987", "dates"),
        ("anna1990", "tried first"), ("sommer2024", "tried first"),
    ],
)  # fmt: skip
def test_a_passphrase_that_is_soon_guessed_is_refused_with_the_reason(passphrase: str, why: str) -> None:
    told = weakness(passphrase)
    assert told is not None
    assert why in told
    assert told.endswith(".")
    assert not passphrase.strip() or passphrase.strip() not in told


@pytest.mark.parametrize(
    "passphrase",
    [FIRST, SECOND, "müde blüte im schnee", "x7$kQ2vLm9", "correct horse battery staple", 500 * FIRST],
)
def test_one_that_is_not_is_taken(passphrase: str) -> None:
    assert weakness(passphrase) is None


def test_what_a_sitting_was_for_is_sealed_too(tmp_path: Path) -> None:
    """A profile of one's own names its maker; grief says much of anybody."""
    moments = list(played(60.0).moments[:100])
    turn = Decision(5.0, Hand.THERAPIST, "profile", "Xylo-turn", "the therapist turned to Xylo-turn")
    moments[50] = replace(moments[50], music=replace(moments[50].music, decisions=(turn,)))
    own = secret_head(ID)
    own = replace(
        own, profile="Xylo-profile", profile_table={**own.profile_table, "title": "Xylo-title"},
        target_bpm=61.0625, usual=Usual(63.0625, 12.0, 40.0, 5),
        guide=TellingGuide("Xylo-guide", "Xylo-words", 5),
    )  # fmt: skip
    with Store(tmp_path) as store:
        store.reseal(FIRST)
    keep(tmp_path, own, moments)
    with Store(tmp_path) as store:
        store.scrubbing.wipe("")
        for secret in (b"Xylo", b"0625"):
            assert secret not in content(tmp_path)
        store.unlock(FIRST)
        record = store.read(ID)
        (listed,) = store.heads(client="Xylo-client")
    assert (listed.profile, listed.target_bpm, listed.usual.resting_bpm) == ("Xylo-profile", 61.0625, 63.0625)
    assert listed.guide == own.guide
    assert turn in record.decisions


def test_what_an_older_calando_left_open_is_sealed_without_the_passphrase(tmp_path: Path) -> None:
    sit(tmp_path, ID)
    plain = read(tmp_path, None)
    with Store(tmp_path) as store:
        store.reseal(FIRST)
        store.unlock(FIRST)
    # As version 2 kept it: of the head fewer columns were sealed, of decisions none.
    (tmp_path / FILE).rename(tmp_path / "newer")
    connection = sqlite3.connect(tmp_path / FILE)
    for step in schema.MIGRATIONS[:2]:
        connection.executescript(step)
    connection.execute("ATTACH ? AS newer", (str(tmp_path / "newer"),))
    for table in ("session", "seal", *schema.TABLES):
        names = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
        if names:  # a table that came later has none
            connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM newer.{table}")
    older = heads.head_columns(replace(plain.head, profile="Xylo-profile"))
    for name in set(LATER["session"]) - {"guide"}:  # which came later
        connection.execute(f"UPDATE main.session SET {name} = ?", (older[name],))
    for n, decision in enumerate(plain.decisions):
        _, _, _, value, why = rows.decision_row(decision)
        connection.execute(
            "UPDATE main.decision SET value = ?, why = ? WHERE n = ?", (value, f"Xylo {why}", n)
        )
    connection.execute("PRAGMA user_version = 2")
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.commit()
    connection.close()
    (tmp_path / "newer").unlink()
    with Store(tmp_path) as store:
        assert store.scrubbing.resume()
        assert b"Xylo" not in content(tmp_path)
        store.unlock(FIRST)
        record = store.read(ID)
    assert record.head.profile == "Xylo-profile"
    assert [each.why for each in record.decisions] == [f"Xylo {each.why}" for each in plain.decisions]
    assert len(record.decisions) > 0
    assert read(tmp_path, FIRST) == record


def test_a_reader_keeps_nothing_open_that_is_to_be_sealed(tmp_path: Path) -> None:
    sit(tmp_path, ID)
    reader = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM session").fetchall()
    with Store(tmp_path, busy_s=0.1) as store:
        with pytest.raises(JournalError, match="nothing was sealed or changed"):
            store.reseal(FIRST)
        assert not store.sealed
    reader.close()
    assert read(tmp_path, None).head.client == "Xylo-client"
    with Store(tmp_path) as store:
        store.reseal(FIRST)
    assert not any(secret in content(tmp_path) for secret in SECRETS)


def test_one_that_comes_in_between_is_told_of_and_wiped_by_the_next_command(tmp_path: Path) -> None:
    sit(tmp_path, ID)
    reader = sqlite3.connect(tmp_path / FILE, isolation_level=None)

    class Late(Scrubbing):
        def owe(self) -> None:
            super().owe()
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM session").fetchall()

    with Store(tmp_path, busy_s=0.1) as store:
        store.scrubbing = Late(store._connection, tmp_path)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(JournalError, match=r"is sealed anew, but another .* holds traces"):
            store.reseal(FIRST)
    reader.close()
    done = calando(
        "sessions", "list", "--data", str(tmp_path), cwd=tmp_path, also={"CALANDO_PASSPHRASE": FIRST}
    )
    assert done.returncode == 0
    assert "wiped" in done.stderr
    assert not any(secret in content(tmp_path) for secret in SECRETS)
    assert read(tmp_path, FIRST).head.client == "Xylo-client"


@pytest.mark.parametrize(
    "spoil",
    ["salt = 'text'", "cost = 3", "cost = 1073741824", "lanes = 0", "public = x'00'", "public = 7",
     "block = 'x'"],
)  # fmt: skip
def test_a_damaged_seal_is_one_sentence(spoil: str, tmp_path: Path) -> None:
    sit(tmp_path, ID)
    with Store(tmp_path) as store:
        store.reseal(FIRST)
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute(f"UPDATE seal SET {spoil}")
    connection.commit()
    connection.close()
    with pytest.raises(JournalError) as told:
        read(tmp_path, FIRST)
    assert "\n" not in str(told.value)
    assert "seal" in str(told.value) or "passphrase" in str(told.value)


def test_one_damaged_value_is_named_and_costs_no_other(tmp_path: Path) -> None:
    sit(tmp_path, ID)
    sit(tmp_path, OTHER)
    with Store(tmp_path) as store:
        store.reseal(FIRST)
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("UPDATE session SET goals = 's:AAAA' WHERE id = ?", (OTHER,))
    connection.execute("UPDATE note SET words = 7 WHERE session = 1")
    connection.commit()
    connection.close()
    with Store(tmp_path) as store:
        store.unlock(FIRST)
        assert [each.id for each in store.heads()] == [ID]
        assert OTHER in store.faults[0]
        record = store.read(ID)
        assert record.notes == ()
        assert "note" in store.faults[1]
        with pytest.raises(JournalError, match=OTHER):
            store.find(OTHER)
        store.reseal(SECOND)  # what is damaged stays so, and keeps nothing from being sealed anew
        assert store.read(ID) == record
        forgetting.deleted(store, OTHER)
        assert [each.id for each in store.heads()] == [ID]


@pytest.mark.parametrize("also", [{}, {"CALANDO_PASSPHRASE": "wrong"}, {"CALANDO_PASSPHRASE_FILE": "none"}])
def test_the_music_plays_without_the_passphrase(tmp_path: Path, also: dict[str, str]) -> None:
    keep(tmp_path / "data", head(ID), played(60.0).moments[:30])
    (tmp_path / "rr.txt").write_text("\n".join(["850", "860", "840", "855"] * 30))
    with Store(tmp_path / "data") as store:
        store.reseal(FIRST)
    done = calando(
        "play", "--sensor", "replay:rr.txt", "--fast", "--duration", "15s", "--output", "file:a.wav",
        "--client", "k-1", "--data", "data", cwd=tmp_path, also=also,
    )  # fmt: skip
    assert done.returncode == 0
    assert (done.stdout + done.stderr).count("is kept and sealed all the same") == 1
    assert (tmp_path / "a.wav").stat().st_size > 1_000_000
    assert read(tmp_path / "data", FIRST, "last").head.client == "k-1"

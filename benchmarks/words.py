"""Words: what share of sentences is understood, what raises a false alarm, what is missed, how long it takes.

    python benchmarks/words.py

The sentences lie in tests/engine/sentences. The held-out ones were written before the last change to the
tables and never used for one; all the others were.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from engine.feel.alarm import Kind, alarm
from engine.feel.languages import CODES
from engine.feel.words import feel
from profiles.load import names

SENTENCES = Path(__file__).parent.parent / "tests" / "engine" / "sentences"


def sentences(name: str) -> list[tuple[str, str]]:
    """Rows of a table: what is expected, or the language, and the sentence."""
    rows = (SENTENCES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(expected, sentence) for expected, _, sentence in (row.partition("\t") for row in rows)]


def main() -> None:
    start = perf_counter()
    feel("warm")
    print(f"first sentence {perf_counter() - start:.2f} s (tables read)")
    for name in ("indirect_development", "indirect_held_out"):
        rows = sentences(name)
        right = [
            profile for profile, text in rows if (heard := feel(text)).profile == profile and heard.understood
        ]
        shares = ", ".join(f"{p} {right.count(p)}/{sum(e == p for e, _ in rows)}" for p in names())
        share = 100 * len(right) / len(rows)
        print(f"{name}: {len(right)} of {len(rows)} understood, {share:.0f} % ({shares})")
    for name, kinds in (
        ("harmless", {None}),
        ("crisis", {Kind.CRISIS}),
        ("bodily", {Kind.BODILY}),
    ):
        rows = sentences(name)
        start = perf_counter()
        wrong = [language for language, text in rows if _kind(text) not in kinds]
        each_ms = 1000.0 * (perf_counter() - start) / len(rows)
        shares = ", ".join(f"{code} {wrong.count(code)}/{sum(c == code for c, _ in rows)}" for code in CODES)
        print(f"{name}: {len(wrong)} of {len(rows)} wrong ({shares}); {each_ms:.1f} ms a sentence")
    start = perf_counter()
    feel("so tired and not " * 2000)
    print(f"a text of 8,000 words {perf_counter() - start:.2f} s")


def _kind(text: str) -> Kind | None:
    found = alarm(text)
    return None if found is None else found.kind


if __name__ == "__main__":
    main()

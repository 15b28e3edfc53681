"""Damaged journals and mutated imports against every command that reads them: how many end in a traceback.

    python benchmarks/journal_fuzz.py [--journals 40] [--imports 4000] [--seed 0]

Each of the damaged copies of a journal (tests.engine.damage: flipped bytes, lost pages, cut files, wrong and
missing values, changed tables; every fourth is sealed) is given to all `calando sessions` commands in turn,
and each mutated export of a sitting to `import`; what is taken in is then listed, shown, reported and
exported. A traceback is any exception that leaves engine.cli.main.run. Exits with 1 where there was one.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from report import show_table, write_json
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine.cli.main import run
from engine.guide.music_state import Hand
from engine.journal import keeping
from engine.journal.record import Rating
from engine.journal.store import Store
from tests.engine.damage import damaged, mutated
from tests.engine.kept import head, keep, played

FIRST, SECOND = "20260101-120000-bcdf", "20260102-120000-bcdf"
PASSPHRASE = "four old wooden words"

READING = (
    ("list",), ("list", "--each"), ("list", "--json"),
    ("list", "--client", "client-7f"), ("show", "last"), ("show", FIRST),
    ("show", FIRST, "--json"), ("export", FIRST), ("export", FIRST, "--format", "json"),
    ("export", FIRST, "--format", "rr"), ("export", FIRST, "--format", "midi", "-o", "x.mid", "--force"),
    ("report", FIRST, "-o", "x.html", "--force"), ("report", "last", "-o", "x.html", "--force"),
)  # fmt: skip
WRITING = (
    ("note", FIRST, "a word"), ("mark", FIRST, "a sigh", "--at", "0:10"),
    ("rate", FIRST, "after", "--calm", "5"), ("goal", FIRST, "rest"), ("consent", FIRST, "yes"),
    ("reassign", FIRST, "k-9"), ("import", "whole.json"), ("seal", "--from", "passphrase"), ("unseal",),
    ("delete", FIRST, "--yes"), ("list",), ("delete", "last", "--yes"),
)  # fmt: skip
RENDERING = (("render", FIRST, "-o", "x.wav", "--force"),)


def journal(folder: Path) -> None:
    moments = played(60.0).moments
    keep(folder, head(FIRST), moments)
    keep(folder, head(SECOND, client=None), moments[:100])
    with Store(folder) as store:
        keeping.noted(store, FIRST, Hand.THERAPIST, "said: like rain")
        keeping.rated(store, FIRST, Hand.LISTENER, Rating("before", 3.0, -0.5, 0.5))
        keeping.marked(store, FIRST, Hand.THERAPIST, "a sigh", 40.0)


def ended(words: tuple[str, ...], found: Counter[str], slow: list[tuple[float, tuple[str, ...]]]) -> str:
    """Run one command; the last line of its traceback, empty where there is none."""
    out, began = io.TextIOWrapper(io.BytesIO()), time.perf_counter()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = run(list(words))
    except BaseException as failure:
        where = traceback.extract_tb(failure.__traceback__)[-1]
        line = f"{type(failure).__name__}: {str(failure)[:80]} ({Path(where.filename).name}:{where.lineno})"
        found[line] += 1
        return line
    finally:
        slow.append((time.perf_counter() - began, words))
    found[f"exit {code}"] += 1
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--journals", type=int, default=40, help="damaged copies (40)")
    parser.add_argument("--imports", type=int, default=4000, help="mutated imports (4,000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first (0)")
    arguments = parser.parse_args()
    os.environ["CALANDO_PASSPHRASE"] = PASSPHRASE
    commands, imports = Counter[str](), Counter[str]()
    slow: list[tuple[float, tuple[str, ...]]] = []
    failures: list[str] = []
    with TemporaryDirectory() as name:
        os.chdir(name)
        Path("passphrase").write_text(PASSPHRASE)
        journal(Path("plain"))
        shutil.copytree("plain", "sealed")
        with Store(Path("sealed")) as store:
            store.reseal(PASSPHRASE)
        run(["sessions", "export", FIRST, "--format", "json", "-o", "whole.json", "--data", "plain"])
        seeds = range(arguments.seed, arguments.seed + arguments.journals)
        for seed in track(seeds, "Journals", transient=True):
            kind = "sealed" if seed % 4 == 3 else "plain"
            damage = ""
            for group in (READING, RENDERING, WRITING):
                shutil.rmtree("data", ignore_errors=True)
                shutil.copytree(kind, "data")
                damage = damaged(Path("data"), seed)
                for words in group:
                    call = words if words[0] == "render" else ("sessions", *words)
                    if line := ended((*call, "--data", "data"), commands, slow):
                        failures.append(f"journal {seed} ({kind}, {damage}): {' '.join(call)}: {line}")
        text = Path("whole.json").read_text()
        seeds = range(arguments.seed, arguments.seed + arguments.imports)
        for seed in track(seeds, "Imports", transient=True):
            Path("x.json").write_text(mutated(text, seed), encoding="utf-8", errors="replace")
            shutil.rmtree("data", ignore_errors=True)
            calls: list[tuple[str, ...]] = [("import", "x.json")]
            for words in calls:
                before = imports["exit 0"]
                if line := ended(("sessions", *words, "--data", "data"), imports, slow):
                    failures.append(f"import {seed}: {' '.join(words)}: {line}")
                if words[0] == "import" and imports["exit 0"] > before:
                    calls += [("list",), ("show", "last"), ("export", "last")]
                    calls += [("export", "last", "--format", "json")]
                    calls += [("export", "last", "--format", "midi", "-o", "x.mid", "--force")]
                    calls += [("report", "last", "-o", "x.html", "--force")]
    rows = [[which, what, str(count)] for which, counts in (("command", commands), ("import", imports))
            for what, count in counts.most_common()]  # fmt: skip
    show_table("What the calls ended in", ["", "ended in", "times"], rows)
    for failure in failures[:40]:
        print(failure)
    longest = max(slow)
    print(f"{len(slow)} calls, {len(failures)} tracebacks; the longest, {longest[0]:.1f} s: {longest[1]}.")
    print(f"Written to {write_json('journal_fuzz', {'calls': len(slow), 'tracebacks': len(failures)})}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

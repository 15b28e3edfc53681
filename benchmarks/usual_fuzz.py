"""Mutated exports of every source against `calando usual import`: figures, or one sentence and no change.

    python benchmarks/usual_fuzz.py [--exports 10000] [--seed 0]

The exports are those of tests/engine/exports.py, written by hand from the documented layouts, spoilt by cuts,
flipped bytes, wrong words, numbers that are none, other encodings, a zip's files and the zip itself. Each is
imported by the command into a journal that has a listener's figures already. Exits with 1 where one ended in
a traceback, in more or less than one sentence, in a figure out of bounds, or where a refusal changed the
journal.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import os
import random
import re
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
from engine.journal.pasts import Past
from engine.journal.store import FILE, Store
from engine.past.reading import BOUNDS
from tests.engine.exports import EXPORTS, mutated


def ended(file: str, client: str) -> tuple[str, str]:
    """How the import ended: `figures`, `sentence` or what went wrong; and what was said on standard error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["usual", "import", file, "--client", client, "--data", "data"])
    except BaseException as failure:
        where = traceback.extract_tb(failure.__traceback__)[-1]
        return f"{type(failure).__name__} in {Path(where.filename).name}:{where.lineno}", ""
    said = err.getvalue()
    if code == 0:
        return ("figures" if "month:" in out.getvalue() else "nothing said"), said
    one = said.startswith(f"{file} cannot be read: ") and said.count("\n") == 1 and said.endswith(".\n")
    return ("sentence" if code == 2 and one else f"exit {code}: {said[:120]!r}"), said


def wrong(past: Past | None) -> bool:
    """Whether what was kept lies outside what a heart does."""
    figures = {} if past is None else past.figures
    return not figures or any(
        not BOUNDS[figure][0] <= kept.value <= BOUNDS[figure][1] for figure, kept in figures.items()
    )


def digest() -> str:
    return hashlib.sha256(Path("data", FILE).read_bytes()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exports", type=int, default=10_000, help="mutated exports (10,000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first (0)")
    arguments = parser.parse_args()
    by_source: dict[str, Counter[str]] = {name: Counter() for name in EXPORTS}
    sentences, failures = Counter[str](), list[str]()
    slowest = (0.0, "")
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        made = {name: (file, make()) for name, (file, make) in EXPORTS.items()}
        Path("first.json").write_bytes(made["Oura"][1])
        if ended("first.json", "kept")[0] != "figures":
            raise SystemExit("The export that was not mutated is not read.")
        before = digest()
        for seed in track(
            range(arguments.seed, arguments.seed + arguments.exports), "Exports", transient=True
        ):
            name = list(EXPORTS)[seed % len(EXPORTS)]
            file, content = made[name]
            Path(file).write_bytes(mutated(content, random.Random(seed)))
            began = time.process_time()
            how, said = ended(file, "new")
            slowest = max(slowest, (time.process_time() - began, f"{name}, seed {seed}"))
            if how == "sentence":
                sentences[re.sub(r"\d+", "N", said.partition("read: ")[2].strip())] += 1
                if digest() != before:
                    how = "the journal was changed"
            elif how == "figures":
                with Store(Path("data")) as store:
                    how = "a figure out of bounds" if wrong(store.pasts.of("new")) else how
                run_quietly("usual", "forget", "--client", "new", "--yes", "--data", "data")
                before = digest()
            by_source[name][how] += 1
            if how not in ("figures", "sentence"):
                failures.append(f"seed {seed} ({name}): {how}")
    rows: list[list[str]] = []
    for name, count in by_source.items():
        told = (count.total(), count["figures"], count["sentence"])
        rows.append([name, *map(str, told), str(told[0] - told[1] - told[2])])
    show_table("Mutated exports", ["source", "exports", "figures", "one sentence", "neither"], rows)
    show_table(
        "What was said", ["sentence", "times"], [[each, str(n)] for each, n in sentences.most_common()]
    )
    for failure in failures[:40]:
        print(failure)
    print(f"The longest took {slowest[0]:.1f} s of processor time: {slowest[1]}.")
    figures = {"exports": arguments.exports, "neither": len(failures), "by_source": by_source,
               "sentences": sentences}  # fmt: skip
    print(f"Written to {write_json('usual_fuzz', figures)}")
    return 1 if failures else 0


def run_quietly(*words: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(list(words))


if __name__ == "__main__":
    sys.exit(main())

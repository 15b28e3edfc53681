"""Sheet: a page that a listener writes on while the music plays, kept as it grows and looked at for trouble.

The console's page and `calando write` both write on one; the questions for an empty page are here too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from engine.feel.growing import Growing
from engine.journal.ending import now
from engine.journal.legible import legible
from engine.journal.record import Page
from engine.journal.store import Store
from engine.journal.trouble import JournalError

LONGEST = 10_000
"""Letters of a page (own choice)."""

SAVE_S = 2.0
"""Between two times that a page is kept while it grows."""

QUESTIONS = {
    "before": (
        "What did you bring with you today?",
        "Does it sit somewhere in particular, or nowhere?",
        "Is there anything that you would like to find here?",
    ),
    "after": (
        "What is different now, if anything is?",
        "Was there a moment to keep, or one to leave here?",
        "What goes with you from here?",
    ),
}
"""Ours; nobody is asked what they do not want to say, each may be left out, and no answer is right."""


@dataclass(slots=True)
class Sheet:
    """One page that is being written on."""

    sitting: str
    kept: bool
    """Whether there is a record that it goes into."""
    page: Page
    growing: Growing = field(default_factory=Growing)

    def write(self, words: str, folder: Path, *, shared: bool, help_line: str | None = None) -> str | None:
        """Keep the page as it stands now; what is said to its words, if they need an answer.

        folder     of the journal
        help_line  what a site answers to words of crisis

        Raises JournalError, also where there is no record of the sitting yet.
        """
        words = "".join(filter(legible, words))
        trouble = self.growing.look(words)
        # Who wrote such words and crossed them out may need somebody all the same.
        concern = self.page.concern or trouble is not None
        page = self.page = Page(now(), self.page.leaf, words, shared, concern)
        if self.kept:
            with Store(folder) as store:
                if not store.has(self.sitting):
                    raise JournalError("There is no record of it just now; it is kept in a moment.")
                number, _ = store.named(self.sitting)
                with store.transaction():
                    store.leaves.write(number, page)
        return None if trouble is None else trouble.answer(help_line)


def begun(sitting: str, writer: str, *, kept: bool) -> Sheet:
    """An empty sheet of `writer`, eight hexadecimal letters that tell whose it is."""
    return Sheet(sitting, kept, Page(now(), f"{writer}-{token_hex(4)}", "", False, False))


"""Normalise: one text as the readings in which its words may be found, however they are written.

The plain reading is lower-case ASCII words and numbers. The others undo what people do to a word that a
filter would catch: letters spaced or dotted, digits and signs for letters, a smiley in the middle, one
letter wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

LONG_WORD, SHORT_WORD = 6, 4
"""Letters from which a word is known with one of them wrong, and with two in each other's place (own
choice)."""

_LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    # Cyrillic and Greek letters that look like Latin ones.
    "а": "a", "в": "b", "е": "e", "і": "i", "к": "k", "м": "m", "н": "h", "о": "o", "р": "p", "с": "c",
    "т": "t", "у": "y", "х": "x", "ѕ": "s", "ј": "j", "ԁ": "d",
    "α": "a", "ε": "e", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u",
})  # fmt: skip

_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´ʼ](?=\w)")
_WORD = re.compile(r"[a-z]+|[0-9]+")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_TOKEN = re.compile(r"\S*[a-z]\S*")
_BETWEEN_LETTERS = re.compile(r"(?<=[a-z])[^a-z\s]+(?=[a-z])")
_SINGLE_LETTERS = re.compile(r"(?<![a-z])(?:[a-z](?:[^a-z]+|$)){3,}")
_NO_LETTER = re.compile(r"[^a-z]")

_SIGNS = {
    "0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "€": "e",
    "!": "i", "|": "l",
}  # fmt: skip
_AS_I, _AS_L = (str.maketrans(_SIGNS | {"1": letter}) for letter in "il")
_HIDDEN = "*#"
"""Signs that stand for one letter."""


def says_something(text: str) -> bool:
    """Whether there is a letter, a number or a picture in it, and not only blanks and stops."""
    return any(unicodedata.category(sign)[0] in "LN" or unicodedata.category(sign) == "So" for sign in text)


def words(text: str) -> list[str]:
    """The plain reading: words without apostrophes ("cant"), numbers apart ("4 am")."""
    return _WORD.findall(_folded(text))


def readings(text: str, spelling: Collection[str]) -> Iterator[str]:
    """Every reading of `text`, words between single spaces, the plain one first.

    `spelling` holds the words that are put where letters are hidden ("su*cide").
    """
    flat = _folded(text)
    once = _folded(text, drawn_out=r"\1")
    seen: set[str] = set()
    for base in (
        flat,
        once,
        _TOKEN.sub(lambda token: _signs(token[0], _AS_I), flat),
        _TOKEN.sub(lambda token: _signs(token[0], _AS_L), flat),
        _TOKEN.sub(lambda token: _shown(token[0], spelling), flat),
    ):
        for undone in (
            base,
            _BETWEEN_LETTERS.sub("", base),
            _SINGLE_LETTERS.sub(lambda run: _NO_LETTER.sub("", run[0]) + " ", base),
        ):
            reading = " ".join(_WORD.findall(undone))
            if reading not in seen:
                seen.add(reading)
                yield reading


def corrected(reading: str, spelling: Collection[str], real: Collection[str]) -> str:
    """`reading` with each long word that is one letter from the spelling's, and not `real`, put right."""
    by_length: dict[int, list[str]] = {}
    for known in spelling:
        by_length.setdefault(len(known), []).append(known)

    def right(word: str) -> str:
        if len(word) < SHORT_WORD or word in spelling or word in real:
            return word
        near = (known for size in (0, -1, 1) for known in by_length.get(len(word) + size, ()))
        return next((known for known in near if _one_off(word, known)), word)

    return " ".join(map(right, reading.split()))


def _folded(text: str, drawn_out: str = r"\1\1") -> str:
    """Lower case without accents and apostrophes, other scripts' twins of Latin letters made Latin.

    Of a letter that stands three times or more, `drawn_out` is kept.
    """
    wide = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    apart = unicodedata.normalize("NFD", wide).translate(_LETTERS)
    shown = "".join(sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))
    return _DRAWN_OUT.sub(drawn_out, _APOSTROPHES.sub("", shown))


def _signs(token: str, table: dict[int, str]) -> str:
    """`token` with its signs made letters; what closes a sentence is no letter."""
    core = token.rstrip("!?.,;:")
    return core.translate(table) + token[len(core) :]


def _shown(token: str, spelling: Collection[str]) -> str:
    """`token` with its hidden letters, where the spelling knows a word that fits."""
    core = token.strip(".,;:!?\"'()")
    if not any(sign in core for sign in _HIDDEN) or not core.strip(_HIDDEN):
        return token
    pattern = re.compile("".join("[a-z]" if sign in _HIDDEN else re.escape(sign) for sign in core))
    return next((known for known in sorted(spelling) if pattern.fullmatch(known)), token)


def _one_off(word: str, known: str) -> bool:
    """Whether two letters that changed places, or in a long word one wrong letter, make `word` of `known`."""
    same = zip(word, known, strict=False)
    start = next((k for k, (ours, theirs) in enumerate(same) if ours != theirs), min(len(word), len(known)))
    rest, wanted = word[start:], known[start:]
    if start == 0 and rest[:2] != wanted[1::-1]:
        return False  # the first letter is the one that is seldom wrong
    if rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]:
        return True
    return len(known) >= LONG_WORD and (rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:])

"""Public holidays of a region, as dates. Asked for in a process of its own: the library's tables are large.

python -m engine.kiosk.free_days DE-BY 2026 2027        prints a date a line
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date

from engine.kiosk.config import ConfigError

ANSWER_S = 60.0
"""To import the library on a small computer that has just been switched on (own choice)."""

NEEDED = "hours.holidays needs the package holidays: pip install 'calando[kiosk]'."


def free_days(region: str, *years: int) -> frozenset[date]:
    """The holidays of these years; none for an empty region. Raises ConfigError where they cannot be had."""
    if not region:
        return frozenset()
    asked = [sys.executable, "-m", "engine.kiosk.free_days", region, *map(str, years)]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=ANSWER_S, check=False)
    except subprocess.TimeoutExpired:
        raise ConfigError(f"The holidays of {region} could not be had within {ANSWER_S:g} s.") from None
    if told.returncode:
        raise ConfigError(told.stderr.strip().splitlines()[-1] if told.stderr.strip() else NEEDED)
    return frozenset(map(date.fromisoformat, told.stdout.split()))


def main(arguments: list[str]) -> int:
    try:
        from holidays import country_holidays
    except ModuleNotFoundError:
        print(NEEDED, file=sys.stderr)
        return 1
    country, _, part = arguments[0].partition("-")
    try:
        days = country_holidays(country, subdiv=part or None, years=[int(year) for year in arguments[1:]])
    except NotImplementedError:
        print(f"hours.holidays: the package holidays knows no {arguments[0]}.", file=sys.stderr)
        return 1
    print("\n".join(day.isoformat() for day in sorted(days)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

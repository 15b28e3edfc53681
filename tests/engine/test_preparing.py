"""Ctrl-C while a bar is shown: before a first sitting, and among simulated listeners."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from engine.cli.cohort import cohort
from engine.cli.preparing import rendered_lines


@contextmanager
def interrupts_unheard() -> Generator[None]:
    """As in the installed command, SIGINT raises nothing of itself."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_while_lines_are_rendered_puts_all_in_order() -> None:
    with interrupts_unheard(), pytest.raises(KeyboardInterrupt), rendered_lines() as told:
        told(0, 2)
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_while_listeners_are_simulated_puts_all_in_order() -> None:
    with interrupts_unheard():
        cohort.main(["--listeners", "2", "--arm", "paced", "--duration", "2m"], standalone_mode=False)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

"""What is made before a first sitting, and Ctrl-C meanwhile."""

from __future__ import annotations

import signal

import pytest

from engine.cli.preparing import rendered_lines


def test_ctrl_c_while_lines_are_rendered_puts_all_in_order() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), rendered_lines() as told:
            told(0, 2)
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

"""What is made once, before a first sitting: machine code, and a guide's lines. A bar shows how far it is."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

from engine.cli.interrupt import interruptible


def prepare_sound(rate_hz: int) -> None:
    """See to it that the machine code for a sample rate is there. Raises what the compiler raises."""
    from dsp.machine import KERNELS, is_there, load_machine_code

    if is_there(rate_hz):
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("kernels"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=KERNELS)

        def counted(done: int) -> None:
            shown.update(task, completed=min(done, KERNELS))

        load_machine_code(rate_hz, shown.console.print, counted)


@contextmanager
def rendered_lines() -> Generator[Callable[[int, int], None]]:
    """A bar for the lines that a voice renders, shown from the first one on."""
    with ExitStack() as shown:
        move: list[Callable[[int], None]] = []

        def told(done: int, of: int) -> None:
            if not move:
                interruptible()  # the bar hides the cursor, and the voice is a process of its own
                from rich.console import Console
                from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

                columns = (BarColumn(), MofNCompleteColumn(), TextColumn("lines of the guide, once"))
                bar = shown.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
                task = bar.add_task("", total=of)
                move.append(lambda count: bar.update(task, completed=count))
            move[0](done)

        yield told

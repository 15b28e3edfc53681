"""The sound is compiled once, at the first start of a checkout; meanwhile a bar shows how far it is."""

from __future__ import annotations


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

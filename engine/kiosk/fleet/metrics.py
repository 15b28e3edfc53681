"""Metrics: a kiosk's figures for Prometheus, on a port of this computer or in a file for node exporter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, start_http_server, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.kiosk.alerts import ROWS, Alert
from engine.kiosk.config import Metrics
from engine.kiosk.state import Doing, State

GAUGES: dict[str, tuple[str, Callable[[State], float | None]]] = {
    "sound_ok": ("Whether the sound card takes sound.", lambda state: state.sound_ok),
    "strap_seen": ("Whether a strap is heard now.", lambda state: state.strap_seen),
    "strap_battery_percent": ("The strap's battery.", lambda state: state.battery),
    "loudness_lufs": ("Short-term loudness; none in silence.", lambda state: state.lufs),
    "safe_mode": ("Whether it plays in safe mode.", lambda state: state.safe),
    "trim_db": ("How much softer it was asked to be.", lambda state: state.trim_db),
    "up_seconds": ("Since the supervisor started.", lambda state: state.since_s),
}

COUNTERS: dict[str, tuple[str, Callable[[State], float]]] = {
    "visits": ("Visits that began.", lambda state: state.visits),
    "visit_minutes": ("Minutes of visits.", lambda state: state.minutes),
    "replacements": ("Replacements of the engine.", lambda state: state.faults),
    "frames": ("Frames that the sound card has taken.", lambda state: state.frame),
}


@dataclass(eq=False)  # the registry finds it by identity
class Figures(Collector):
    """The newest state and its alerts, as Prometheus asks for them."""

    state: State | None = None
    alerts: Sequence[Alert] = ()

    def collect(self) -> Iterable[Metric]:
        """All figures; none before the first state."""
        state = self.state
        if state is None:
            return
        for name, (help_text, of) in GAUGES.items():
            value = of(state)
            gauge = GaugeMetricFamily(f"calando_kiosk_{name}", help_text)
            if value is not None:
                gauge.add_metric((), float(value))
            yield gauge
        for name, (help_text, count) in COUNTERS.items():
            yield CounterMetricFamily(f"calando_kiosk_{name}", help_text, value=count(state))
        doing = GaugeMetricFamily("calando_kiosk_doing", "What it does: 1 for one of them.", labels=["doing"])
        for each in Doing:
            doing.add_metric((each.value,), float(each is state.doing))
        yield doing
        standing = {alert.name for alert in self.alerts}
        alert = GaugeMetricFamily("calando_kiosk_alert", "What asks for somebody.", labels=["alert"])
        for name in ROWS:
            alert.add_metric((name,), float(name in standing))
        yield alert


class Exposed:
    """Figures where the file asks for them. Raises OSError where the port is taken."""

    def __init__(self, metrics: Metrics) -> None:
        self._figures, self._registry = Figures(), CollectorRegistry()
        self._registry.register(self._figures)
        self._textfile = metrics.textfile
        self.trouble = ""
        """Why the file cannot be written; empty while it can."""
        if metrics.port:
            start_http_server(metrics.port, metrics.host, self._registry)

    def show(self, state: State, alerts: Sequence[Alert]) -> None:
        """From now on these."""
        self._figures.state, self._figures.alerts = state, alerts

    def write(self) -> None:
        """Write the file anew, whole at any moment; called now and then."""
        if not self._textfile:
            return
        try:
            write_to_textfile(self._textfile, self._registry)
            self.trouble = ""
        except OSError as wrong:
            self.trouble = f"{self._textfile} cannot be written ({wrong.strerror})."

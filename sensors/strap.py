"""Any strap with the Bluetooth Heart Rate Service."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bleak import BleakClient

from sensors.beat import BadPacket, Measurement, SensorEvent
from sensors.heart_rate_service import HeartRateServiceError, decode_measurement
from sensors.latency import latency_of
from sensors.linked_strap import LinkedStrap
from sensors.scan import Sighting
from sensors.subscription import hear


class Strap(LinkedStrap):
    """`ble`, `ble:ADDRESS` or `ble:NAME`: heart rate and RR intervals as the strap counts them."""

    @property
    def latency_s(self) -> float:
        return latency_of(self.label)

    async def _listen(self, client: BleakClient, strap: Sighting, on_packet: Callable[[bytes], None]) -> None:
        await hear(client, strap, on_packet)

    def _read(self, arrival_s: float, raw: bytes) -> Iterable[SensorEvent]:
        try:
            value = decode_measurement(raw)
        except HeartRateServiceError as error:
            return (BadPacket(arrival_s, raw, str(error)),)
        return (Measurement(arrival_s, value.bpm, value.rr_ticks, value.contact, value.energy_kj, raw),)

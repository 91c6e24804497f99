# SPDX-License-Identifier: Apache-2.0
"""Each meter with its double behind it: the real driver code, and a trace in place of a board."""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from boards.board import MeterTable
from host.meters import joulescope, lpm01a, ppk2
from host.meters.energy import Energy
from host.meters.meter import SampledMeter
from host.meters.samples import Sampler
from sim.meters.joulescope import PATH, SERIAL_NUMBER, JoulescopeReplay
from sim.meters.lpm01a import Lpm01aReplay
from sim.meters.ppk2 import Ppk2Replay
from sim.meters.serial_replay import Instrument, plugged_in
from sim.meters.trace import Trace

VOLTAGE_V = 3.0
RATE_HZ = 100_000.0
NAMES = ("ppk2", "joulescope", "lpm01a")


class Replay(Protocol):
    def play(self, trace: Trace) -> None: ...
    def drop(self, num_samples: int, *, after: int) -> None: ...
    def hold(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """An open meter; `tells_end` says that it samples the pin, and needs no cycle counter."""

    name: str
    meter: SampledMeter
    replay: Replay
    unplug: Callable[[], None]

    @property
    def tells_end(self) -> bool:
        return self.name != "lpm01a"


def energy_of(there: Rig, trace: Trace, *, duration_s: float | None) -> Energy:
    """Have the board go through a trace while its meter watches."""
    with there.meter.watch() as watch:
        there.replay.play(trace)
        return watch.energy(duration_s=duration_s)


def table(name: str, **keys: Any) -> MeterTable:
    content: dict[str, Any] = {"name": name, "serial_number": "ABC123", "voltage_mv": 3000}
    if name == "joulescope":
        content |= {"serial_number": SERIAL_NUMBER, "voltage_mv": None, "accuracy_percent": 1.0}
    return MeterTable.model_validate(content | keys)


@contextmanager
def usb_port(port: str, *, serial_number: str = "ABC123") -> Generator[None]:
    """Have a port found by its serial number for the time of the block."""
    info = ListPortInfo(port, skip_link_detection=True)
    info.serial_number = serial_number
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_ports, "comports", lambda: [info])
        yield


@contextmanager
def rig(name: str, *, patience_s: float = 5.0, **keys: Any) -> Generator[Rig]:
    with _RIGS[name](name, table(name, **keys), patience_s) as made:
        yield made


@contextmanager
def _serial_rig(name: str, settings: MeterTable, patience_s: float) -> Generator[Rig]:
    replay: Any
    opened: Callable[..., AbstractContextManager[Sampler]]
    if name == "ppk2":
        pytest.importorskip("ppk2_api", reason="ppk2-api is not installed")
        replay, opened = Ppk2Replay(channel=settings.trigger_channel), ppk2.opened
    else:
        replay, opened = Lpm01aReplay(), lpm01a.opened
    with on_usb(replay) as unplug, opened(settings, board="silicon") as sampler:
        meter = SampledMeter(sampler, patience_s=patience_s)
        yield Rig(name=name, meter=meter, replay=replay, unplug=unplug)


@contextmanager
def on_usb(instrument: Instrument) -> Generator[Callable[[], None]]:
    """Plug an instrument in; yields what unplugs it."""
    with plugged_in(instrument) as port, usb_port(port.port):
        yield port.unplug


@contextmanager
def _joulescope_rig(name: str, settings: MeterTable, patience_s: float) -> Generator[Rig]:
    pytest.importorskip("joulescope", reason="joulescope is not installed")
    from joulescope.v1.js220 import DeviceJs220

    replay = JoulescopeReplay(voltage_v=VOLTAGE_V)
    device = DeviceJs220(replay, PATH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joulescope, "devices", lambda: [device])
        with joulescope.opened(settings, board="silicon") as sampler:
            meter = SampledMeter(sampler, patience_s=patience_s)
            yield Rig(name=name, meter=meter, replay=replay, unplug=device.close)


_RIGS: Mapping[str, Callable[[str, MeterTable, float], AbstractContextManager[Rig]]] = {
    "ppk2": _serial_rig,
    "lpm01a": _serial_rig,
    "joulescope": _joulescope_rig,
}

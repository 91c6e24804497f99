# SPDX-License-Identifier: Apache-2.0
"""Every meter against its replayed trace; the truth is the closed-form integral of the trace."""

import pytest

from host.meters.errors import MeterLostError, MeterWindowError, SamplesLostError
from sim.meters.trace import Ripple, idle
from tests.host.meters.rigs import NAMES, RATE_HZ, VOLTAGE_V, Rig, energy_of, rig

RUNS = (
    Ripple(mean_a=9e-3, ripple_a=4e-3, ripple_hz=130.0, duration_s=0.1),
    Ripple(mean_a=21e-3, ripple_a=2e-3, ripple_hz=47.0, duration_s=0.0503),
    Ripple(mean_a=4e-3, ripple_a=1e-3, ripple_hz=900.0, duration_s=0.25),
)
every_meter = pytest.mark.parametrize("name", NAMES)
meters_of_the_pin = pytest.mark.parametrize("name", ["ppk2", "joulescope"])


def duration_of(run: Ripple, there: Rig) -> float | None:
    return None if there.tells_end else run.duration_s


@every_meter
def test_energies_are_the_integrals_of_the_traces_window_by_window(name: str) -> None:
    with rig(name) as there:
        energies = [
            energy_of(there, run.trace(rate_hz=RATE_HZ), duration_s=duration_of(run, there))
            for run in RUNS
        ]

    truth = [run.joules(voltage_v=VOLTAGE_V) for run in RUNS]
    assert [energy.joules for energy in energies] == pytest.approx(truth, rel=5e-3)
    for energy, joules in zip(energies, truth, strict=True):
        assert 0 < energy.low < joules < energy.high
        assert energy.method == f"measured:{name}"


@every_meter
@pytest.mark.parametrize("accuracy", [0.5, 7.0])
def test_the_band_is_the_stated_accuracy_and_a_sample_at_each_edge(
    name: str, accuracy: float
) -> None:
    run = Ripple(mean_a=10e-3, ripple_a=0.0, ripple_hz=1.0, duration_s=0.1)

    with rig(name, accuracy_percent=accuracy) as there:
        trace, duration_s = run.trace(rate_hz=RATE_HZ), duration_of(run, there)
        energy = energy_of(there, trace, duration_s=duration_s)

    edges_j = 2 * VOLTAGE_V * 10e-3 / RATE_HZ
    half = accuracy / 100 * energy.joules + edges_j
    # The kit's own filter takes a little off the first sample behind a change of range.
    assert energy.high - energy.joules == pytest.approx(half, rel=2e-2)
    assert energy.joules - energy.low == pytest.approx(half, rel=2e-2)


@every_meter
def test_samples_lost_within_a_window_are_told_and_give_no_energy(name: str) -> None:
    run = RUNS[0]
    trace = run.trace(rate_hz=RATE_HZ)

    with rig(name) as there:
        duration_s = duration_of(run, there)
        there.replay.drop(1000, after=2016)
        with pytest.raises(SamplesLostError, match=rf"{name} on .* lost \d+ samples") as error:
            energy_of(there, trace, duration_s=duration_s)
        after = energy_of(there, trace, duration_s=duration_s)

    assert after.joules == pytest.approx(run.joules(voltage_v=VOLTAGE_V), rel=5e-3)

    assert "\n" not in str(error.value)
    if name == "ppk2":  # its counter has six bits
        assert error.value.num_lost == 1000 % 64


@every_meter
def test_a_meter_unplugged_in_mid_window_is_a_one_line_error(name: str) -> None:
    whole_messages = Ripple(mean_a=9e-3, ripple_a=0.0, ripple_hz=1.0, duration_s=0.1008)
    open_end = whole_messages.trace(rate_hz=RATE_HZ)

    def measure(there: Rig) -> None:
        there.replay.hold()
        with there.meter.watch() as watch:
            there.replay.play(open_end)
            there.unplug()
            watch.energy(duration_s=None if there.tells_end else 2.0)

    with (
        rig(name, patience_s=0.5) as there,
        pytest.raises(
            MeterLostError, match=rf"^{name} on .* was lost \(.*\)\. Plug it in"
        ) as error,
    ):
        measure(there)

    assert "\n" not in str(error.value)


@meters_of_the_pin
def test_a_run_without_a_window_is_refused_in_time(name: str) -> None:
    with (
        rig(name, patience_s=0.3) as there,
        pytest.raises(MeterWindowError, match=r"was high 0 times in 1 run\. Check the wire"),
        there.meter.watch() as watch,
    ):
        watch.energy(duration_s=None)


@meters_of_the_pin
def test_two_windows_in_one_run_are_refused(name: str) -> None:
    twice = RUNS[0].trace(rate_hz=RATE_HZ).followed_by(idle(100))

    with (
        rig(name) as there,
        pytest.raises(MeterWindowError, match="was high 2 times in 1 run"),
    ):
        energy_of(there, twice.followed_by(RUNS[1].trace(rate_hz=RATE_HZ)), duration_s=None)


@meters_of_the_pin
def test_a_window_of_another_length_than_the_cycle_counter_says_is_refused(name: str) -> None:
    with (
        rig(name) as there,
        pytest.raises(MeterWindowError, match=r"100\.000 ms long, and .* says 250\.000 ms"),
    ):
        energy_of(there, RUNS[0].trace(rate_hz=RATE_HZ), duration_s=0.25)


def test_the_trigger_pin_may_be_wired_to_any_input() -> None:
    run = RUNS[0]

    with rig("ppk2", trigger_channel=5) as there:
        energy = energy_of(there, run.trace(rate_hz=RATE_HZ), duration_s=run.duration_s)

    assert energy.joules == pytest.approx(run.joules(voltage_v=VOLTAGE_V), rel=5e-3)


def test_a_run_that_fails_leaves_the_meter_ready_for_the_next() -> None:
    def fail(there: Rig) -> None:
        with there.meter.watch():
            there.replay.play(RUNS[1].trace(rate_hz=RATE_HZ))
            raise ValueError

    with rig("ppk2") as there:
        with pytest.raises(ValueError, match=r"^$"):
            fail(there)
        energy = energy_of(there, RUNS[0].trace(rate_hz=RATE_HZ), duration_s=None)

    assert energy.joules == pytest.approx(RUNS[0].joules(voltage_v=VOLTAGE_V), rel=5e-3)

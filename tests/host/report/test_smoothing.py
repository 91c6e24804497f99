# SPDX-License-Identifier: Apache-2.0
"""Lines of many blocks: averaged over neighbours, but over no step of the channel."""

import numpy as np
import pytest

from host.experiment import Metric
from tests.host.report.blocks import STEP, of, scenario, trial


def test_many_blocks_are_averaged_over_their_neighbours() -> None:
    errors = [0] * 1600
    errors[800] = 90

    found = of([trial(bit_errors=errors, wrong=[0] * 1600)], scenario(STEP))[Metric.BER]

    (trace,) = found.traces
    assert found.num_averaged == 5
    assert found.window == "mean over 40 slots"
    assert [rate for rate in trace.rates if rate] == [0.1125]
    assert [rate for rate in trace.smooth if rate] == pytest.approx([0.0225] * 5)
    assert len(trace.smooth) == len(trace.rates) == 200


def test_a_hundred_blocks_are_drawn_as_they_are() -> None:
    errors = [0] * 799 + [8]

    found = of([trial(bit_errors=errors, wrong=[0] * 800)], scenario(STEP))[Metric.BER]

    assert found.num_averaged == 1
    assert found.traces[0].smooth == found.traces[0].rates
    assert found.window == "mean over 8 slots"


def test_no_average_reaches_over_a_step_of_the_channel() -> None:
    late = {**STEP, "slot": 800}
    errors = np.where(np.arange(1600) < 800, 1, 9).tolist()

    (trace,) = of([trial(bit_errors=errors, wrong=[0] * 1600)], scenario(late))[Metric.BER].traces

    assert trace.smooth == (0.01,) * 100 + (0.09,) * 100


def test_a_block_that_a_step_divides_is_averaged_with_neither_side() -> None:
    divided = {**STEP, "slot": 804}
    errors = np.where(np.arange(1600) < 804, 1, 9).tolist()

    (trace,) = of([trial(bit_errors=errors, wrong=[0] * 1600)], scenario(divided))[
        Metric.BER
    ].traces

    assert trace.smooth == (0.01,) * 100 + (0.05,) + (0.09,) * 99


def test_where_no_error_was_seen_stands_the_rate_of_one_error() -> None:
    made = trial(bit_errors=[1] * 8 + [0] * 8 + [0] * 4, wrong=[0] * 20)

    (trace,) = of([made], scenario(STEP))[Metric.BER].traces

    assert trace.rates == (0.01, None, None)
    assert trace.unseen == (None, 0.00125, 0.0025)


def test_a_line_shorter_than_the_average_keeps_its_length() -> None:
    long = trial(bit_errors=[1] * 1600, wrong=[0] * 1600)
    short = trial("perfect-csi", bit_errors=[1] * 16, wrong=[0] * 16)

    traces = of([long, short], scenario(STEP))[Metric.BER].traces

    assert [len(trace.smooth) for trace in traces] == [200, 2]
    assert traces[1].smooth == pytest.approx((0.01, 0.01))

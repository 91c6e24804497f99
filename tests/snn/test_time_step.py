# SPDX-License-Identifier: Apache-2.0
"""Time steps in milliseconds against the whole microseconds that they are."""

import pytest

from snn.errors import SpikingError
from snn.time_step import microseconds


@pytest.mark.parametrize(("step_ms", "step_us"), [(8.0, 8000), (0.001, 1), (0.3, 300), (1.1, 1100)])
def test_milliseconds_are_whole_microseconds(step_ms: float, step_us: int) -> None:
    assert microseconds(step_ms) == step_us


@pytest.mark.parametrize("step_ms", [0.0, -4.0, 0.0004, 1.0005, float("inf"), float("nan")])
def test_what_is_none_is_refused(step_ms: float) -> None:
    with pytest.raises(SpikingError, match="is no whole number of microseconds above 0"):
        microseconds(step_ms)

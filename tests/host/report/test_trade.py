# SPDX-License-Identifier: Apache-2.0
"""The trade of networks: an interval that is not known is not drawn as one of no width."""

from host.report import figures
from host.report.trade import Offer, errors_db

KNOWN = Offer(
    receiver="neural-s", device="host", macs_per_slot=11, gap_db=0.5, low_db=0.25, high_db=1.0
)
UNKNOWN = Offer(
    receiver="mine", device="host", macs_per_slot=22, gap_db=0.5, low_db=None, high_db=1.0
)


def test_an_end_that_is_not_known_has_no_bar() -> None:
    assert errors_db([KNOWN, UNKNOWN]) == ([0.25, None], [0.5, None])


def test_the_hover_text_writes_a_dash_for_what_is_not_known() -> None:
    traces = figures.trade([KNOWN, UNKNOWN])["data"]

    assert isinstance(traces, list)
    line = traces[0]
    assert isinstance(line, dict)
    assert line["customdata"] == ["0.25 to 1.00", "– to 1.00"]

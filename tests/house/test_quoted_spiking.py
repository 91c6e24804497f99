# SPDX-License-Identifier: Apache-2.0
"""The page on interchange quotes the record of training, which shows what the page says."""

import json

from benchmarks.spiking_training import OURS, OURS_DENSE, ratios, table
from host.theory.quotation import quoted, recorded_tables
from tests.house.test_docs import ROOT
from tests.house.test_quoted_theory import QUOTE

PAGE = ROOT / "docs" / "spiking-interchange.md"
RECORD = ROOT / "benchmarks" / "records" / "spiking-training.json"


def test_the_page_quotes_its_record() -> None:
    quotes = QUOTE.findall(PAGE.read_text())

    assert quotes
    for number, file, shown in quotes:
        assert shown.strip() == quoted(recorded_tables(ROOT / file)[int(number) - 1]).strip()


def test_the_recorded_table_is_that_of_the_recorded_times() -> None:
    record = json.loads(RECORD.read_text())

    assert recorded_tables(RECORD) == (table(record["cpu_s"]),)


def test_every_framework_was_there_and_the_fastest_takes_one_and_a_half_times_as_long() -> None:
    record = json.loads(RECORD.read_text())
    found = ratios(record["cpu_s"])
    others = [ratio for name, ratio in found.items() if name not in {OURS, OURS_DENSE}]

    assert len(others) == 5
    assert min(others) >= 1.5 * max(1.0, found[OURS_DENSE])
    assert all(version is not None for version in record["versions"].values())

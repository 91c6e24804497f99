# SPDX-License-Identifier: Apache-2.0
"""The page on streaming quotes its record, and the record meets what the page says of it."""

import json

from host.theory.quotation import quoted, recorded_tables
from tests.house.test_docs import ROOT
from tests.house.test_quoted_theory import QUOTE

PAGE = ROOT / "docs" / "streaming.md"


def test_the_page_quotes_its_record() -> None:
    quotes = QUOTE.findall(PAGE.read_text())

    assert quotes
    for number, file, shown in quotes:
        assert shown.strip() == quoted(recorded_tables(ROOT / file)[int(number) - 1]).strip()


def test_the_record_shows_what_the_page_says() -> None:
    record = json.loads((ROOT / "benchmarks" / "records" / "streaming-ad01.json").read_text())
    methods = {one["method"]: one for one in record["methods"]}
    planned = methods["planned"]

    assert all(one["num_unequal"] == 0 for one in methods.values())
    assert record["constant_bytes"] > 3 * planned["arena_bytes"]
    assert methods["preload"]["arena_bytes"] > 3 * planned["arena_bytes"]
    assert methods["on-demand"]["run_instructions"] > 1.8 * planned["run_instructions"]
    assert methods["double-buffer"]["run_instructions"] > planned["run_instructions"]

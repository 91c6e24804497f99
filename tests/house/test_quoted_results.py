# SPDX-License-Identifier: Apache-2.0
"""The figures that documents quote are those that their records give, to the last digit."""

import re
from pathlib import Path

import pytest

from host.detection.record import DetectionRecord
from host.experiment_table import DETECTION, SPIKING
from host.journal import read_records, read_results
from host.report.contents import contents_of
from host.report.curves import scenarios
from host.report.detection.writing import markdown as detection_markdown
from host.report.markdown import markdown
from host.report.spiking.writing import markdown as spiking_markdown
from host.result_kind import kind_of_results
from host.spiking.record import SpikingRecord
from tests.house.test_docs import DOCUMENTS, ROOT

QUOTE = re.compile(r"<!-- airloop report (\S+) --markdown -->\n(.*?)<!-- end -->", re.DOTALL)
NAMED_RECORDS = re.compile(r"benchmarks/records/[\w.-]+\.jsonl")


def stale(text: str) -> list[str]:
    """Return the commands whose output differs from what a document quotes below them."""
    return [
        f"airloop report {file} --markdown"
        for file, quoted in QUOTE.findall(text)
        if quoted.strip() != printed(ROOT / file).strip()
    ]


def printed(file: Path) -> str:
    """Return what the command prints of a file of records."""
    kind = kind_of_results(file)
    if kind == SPIKING:
        return spiking_markdown(tuple(read_results(file, SpikingRecord)))
    if kind == DETECTION:
        return detection_markdown(tuple(read_results(file, DetectionRecord)))
    records = tuple(read_records(file))
    return markdown(records, contents_of(records, scenarios(records)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_quoted_results_follow_from_their_records(document: Path) -> None:
    assert stale(document.read_text()) == [], "run the command and put its output in the document"


def test_the_readme_quotes_its_results_and_types_no_others() -> None:
    readme = (ROOT / "README.md").read_text()
    results = readme.partition("## Results")[2].partition("\n## ")[0]

    assert QUOTE.search(results)
    assert not re.search(r"^\||\d dB|\bKiB|\bmJ", QUOTE.sub("", results), re.MULTILINE)
    assert all((ROOT / file).is_file() for file in NAMED_RECORDS.findall(readme))


@pytest.mark.parametrize("quote", [r"-?\d+\.\d\d", r"\d+ KiB", "multiply-accumulates"])
def test_a_figure_that_was_changed_by_hand_is_found(quote: str) -> None:
    readme = (ROOT / "README.md").read_text()
    start = QUOTE.search(readme)
    assert start is not None

    changed = readme[: start.start(2)] + re.sub(quote, "9.99", readme[start.start(2) :], count=1)

    assert stale(readme) == []
    assert len(stale(changed)) == 1

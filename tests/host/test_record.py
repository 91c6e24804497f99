# SPDX-License-Identifier: Apache-2.0
"""Records and the journal they survive in."""

import json
from pathlib import Path

import pytest

from host.errors import RecordError
from host.executor import Progress
from host.journal import open_journal, read_records, write_records
from host.record import Record
from tests.host.fake_campaign import count_nothing, trials


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    def ignore(_progress: Progress) -> None:
        pass

    return [count_nothing(trial, ignore) for trial in trials(tmp_path, num_seeds=1)[:3]]


def test_a_record_reads_back_as_it_was_written(records: list[Record]) -> None:
    assert Record.from_line(records[0].line(), place="x:1") == records[0]


def test_what_was_not_measured_is_null(records: list[Record]) -> None:
    line = json.loads(records[0].line())

    assert line["cost"] is None
    assert line["metrics"]["ber"]["low"] is None


def test_what_differs_between_runs_stands_in_run_alone(records: list[Record]) -> None:
    later = records[0].model_copy(update={"run": records[1].run})

    assert later.without_run() == records[0].without_run()


@pytest.mark.parametrize("num_bytes_lost", [1, 2, 100])
def test_a_torn_last_line_is_cut_off_and_the_journal_goes_on(
    tmp_path: Path, records: list[Record], num_bytes_lost: int
) -> None:
    path = tmp_path / "journal.jsonl"
    whole = "".join(record.line() + "\n" for record in records[:2]).encode()
    path.write_bytes(whole[:-num_bytes_lost])

    with open_journal(path, Record) as journal:
        healed = list(journal.records())
        journal.append(records[2])

    assert healed == records[:1]
    assert list(read_records(path)) == [records[0], records[2]]


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path, records: list[Record]) -> None:
    path = tmp_path / "journal.jsonl"
    write_records(path, records)
    path.write_bytes(path.read_bytes().replace(b'"seed":0', b'"seed":"', 1))

    with pytest.raises(RecordError, match=r"journal\.jsonl:1: "):
        list(read_records(path))


def test_a_journal_passes_over_records_of_another_version(
    tmp_path: Path, records: list[Record]
) -> None:
    path = tmp_path / "journal.jsonl"
    write_records(path, records)
    path.write_bytes(path.read_bytes().replace(b'"num_slots":3', b'"slots":3', 1))

    with open_journal(path, Record) as journal:
        assert list(journal.records()) == records[1:]


def test_a_damaged_line_of_a_journal_is_named(tmp_path: Path, records: list[Record]) -> None:
    path = tmp_path / "journal.jsonl"
    write_records(path, records)
    path.write_bytes(path.read_bytes().replace(b'"seed":0', b'"seed":"', 1))

    with (
        open_journal(path, Record) as journal,
        pytest.raises(RecordError, match=r"journal\.jsonl:1: damaged"),
    ):
        list(journal.records())


def test_a_second_writer_is_kept_out(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path / "journal.jsonl", Record),
        pytest.raises(RecordError, match="another process is writing here"),
        open_journal(tmp_path / "journal.jsonl", Record),
    ):
        pass


def test_missing_records_say_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"none\.jsonl: no records can be read.*airloop run"):
        list(read_records(tmp_path / "none.jsonl"))

# SPDX-License-Identifier: Apache-2.0
"""The scenarios of records, as far as they are still what they were when these were made."""

from collections.abc import Sequence

from channels import scenario
from channels.errors import ChannelError
from channels.scenario import Scenario
from host.record import Record
from host.trial import content_hash


def contents_of(records: Sequence[Record], names: Sequence[str]) -> dict[str, Scenario]:
    """Load the scenarios whose content is that of the records, by name.

    Parameters
    ----------
    records : sequence of Record
    names : sequence of str
        Shipped scenarios by name, others by path; those that are not there are left out.
    """
    hashes = {record.provenance.scenario_hash for record in records}
    found: dict[str, Scenario] = {}
    for name in names:
        try:
            loaded = scenario.load(name)
        except ChannelError:
            continue
        if content_hash(loaded) in hashes:
            found[loaded.name] = loaded
    return found

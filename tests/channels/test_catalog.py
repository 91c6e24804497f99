# SPDX-License-Identifier: Apache-2.0
"""The catalog of channels."""

from channels import catalog
from channels.scenario_tables import ChannelKind


def test_catalog_builds_every_kind_a_scenario_may_name() -> None:
    assert set(catalog.names()) == {kind.value for kind in ChannelKind}

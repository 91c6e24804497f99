# SPDX-License-Identifier: Apache-2.0
"""The names an experiment may use, gathered from the catalogs of the packages below."""

from collections.abc import Mapping
from dataclasses import dataclass

from host.experiment import HOST, TWIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What there is to choose from.

    Parameters
    ----------
    receivers : tuple of str
    networks : mapping of str to str
        The receivers that are networks and so run on devices, with the hash of their weights.
    boards : mapping of str to str
        The boards, with the hash of their files.
    """

    receivers: tuple[str, ...]
    networks: Mapping[str, str]
    boards: Mapping[str, str]

    @property
    def devices(self) -> tuple[str, ...]:
        """Return every legal name of a device."""
        return (HOST, TWIN, *self.boards)

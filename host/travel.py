# SPDX-License-Identifier: Apache-2.0
"""What the updates of a device took on their way to it."""

from dataclasses import dataclass, field

from receivers.state import Kept


@dataclass(slots=True, kw_only=True)
class Travel(Kept):
    """Update by update, the oldest first.

    Parameters
    ----------
    num_bytes : list of int
        Payload.
    num_slots : list of int
        Slots that were detected with the old network meanwhile; empty where updates take no time.
    sending_s : float
        Time that all of them occupied the link [s]; no two runs agree on it.
    """

    num_bytes: list[int] = field(default_factory=list[int])
    num_slots: list[int] = field(default_factory=list[int])
    sending_s: float = 0.0

# SPDX-License-Identifier: Apache-2.0
"""Which errors are the user's to mend: every other exception is a defect of the program."""

from boards.errors import BoardError
from channels.errors import ChannelError
from host.errors import HostError
from receivers.errors import ReceiverError
from sim.errors import SimError
from snn.errors import SpikingError

ERROR_ROOTS: tuple[type[Exception], ...] = (
    BoardError,
    ChannelError,
    HostError,
    ReceiverError,
    SimError,
    SpikingError,
)

# SPDX-License-Identifier: Apache-2.0
"""The kinds of events in the life of a learner; known without PyTorch."""

from typing import Literal

EventKind = Literal["drift", "settled", "rolled back", "vetoed", "recalled", "deeper", "screened"]
"""See `receivers.learning.events.Event`."""

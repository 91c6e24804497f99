# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy`: a network onto a board, tested against its twin."""

EXAMPLES = ("airloop deploy neural-s",)


def deploy() -> None:
    """Deploy."""

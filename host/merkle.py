# SPDX-License-Identifier: Apache-2.0
"""One hash over many blocks of data, such that any single block can be checked against it.

The tree is the one of RFC 6962: leaves and inner nodes are hashed with different prefixes, so that
no inner node can pass for a leaf, and a list is split at the largest power of two below its length.
"""

import hashlib
from collections.abc import Sequence

_LEAF = b"\x00"
_NODE = b"\x01"


def leaf(data: bytes) -> bytes:
    """Return the 32-byte hash of one block of data."""
    return hashlib.sha256(_LEAF + data).digest()


def root(leaves: Sequence[bytes]) -> str:
    """Return the root over leaves made by `leaf`, in hexadecimal.

    Source
    ------
    RFC 6962, section 2.1: MTH({}) = SHA-256(),
    MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])).
    """
    return _subtree(leaves).hex()


def _subtree(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(_NODE + _subtree(leaves[:middle]) + _subtree(leaves[middle:])).digest()

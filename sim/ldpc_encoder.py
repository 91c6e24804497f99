# SPDX-License-Identifier: Apache-2.0
r"""The 5G LDPC encoder on machine words: 64 code words at a time, one in each bit of a word.

With information bits u (and filler zeros) the parity bits p and q solve over GF(2)

.. math:: \begin{pmatrix} A & B & 0 \\ C_1 & C_2 & I \end{pmatrix}
          \begin{pmatrix} u \\ p \\ q \end{pmatrix} = 0, \qquad
          p = B^{-1} A u, \quad q = C_1 u + C_2 p

A sum over GF(2) is an exclusive or, so that an entry of the matrix costs one machine operation for
all 64 code words. Only those q are computed that rate matching sends.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sionna.phy.fec.ldpc import LDPC5GEncoder

_BYTES = 8  # of a word; a bit for each of 64 code words
_CORE = 4  # rows of blocks of A and B, in both base graphs
_Words = NDArray[np.uint64]


class LdpcEncoder:
    """Encodes like Sionna's encoder, from whose parity-check matrix it is made.

    Parameters
    ----------
    reference : LDPC5GEncoder
        Sionna's encoder of the same code, without an interleaver.

    Source
    ------
    3GPP TS 38.212 V19, clauses 5.3.2 and 5.4.2.1 (redundancy version 0); T. Richardson, R. Urbanke,
    Efficient encoding of low-density parity-check codes, IEEE Trans. Inf. Theory 47 (2), 2001.
    """

    def __init__(self, reference: "LDPC5GEncoder") -> None:
        self._num_info_bits, self._num_coded_bits = int(reference.k), int(reference.n)
        self._num_filled = int(reference.k_ldpc)  # information bits and filler zeros
        self._num_punctured = 2 * int(reference.z)
        core = _CORE * int(reference.z)
        h = reference.pcm.tocsr()
        self._a = _Rows.of(h[:core, : self._num_filled])
        b = h[:core, self._num_filled : self._num_filled + core]
        self._b_inverse = _Rows.of(_inverse(b, block=int(reference.z)))
        num_parity = self._num_punctured + self._num_coded_bits - self._num_info_bits
        self._c = _Rows.of(h[core : max(num_parity, core), : self._num_filled + core])

    def encode(self, bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the code words of many blocks of information bits.

        Parameters
        ----------
        bits : uint8 [num_words, num_info_bits]

        Returns
        -------
        uint8 [num_words, num_coded_bits]
        """
        at_once = 8 * _BYTES
        parts = [self._encode(bits[i : i + at_once]) for i in range(0, len(bits), at_once)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _encode(self, bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
        filled = np.zeros(self._num_filled, np.uint64)
        filled[: self._num_info_bits] = _packed(bits)
        p = self._b_inverse.times(self._a.times(filled))
        q = self._c.times(np.concatenate([filled, p]))
        words = np.concatenate([filled[: self._num_info_bits], p, q])[self._num_punctured :]
        return _unpacked(words[: self._num_coded_bits], num_words=len(bits))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows of a binary matrix, each of which has at least one entry.

    Parameters
    ----------
    columns : int64 [num_ones]
        Where the ones stand, row by row.
    starts : int64 [num_checks]
        The first one of each row.
    """

    columns: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, matrix: "csr_matrix") -> Self:
        return cls(
            columns=matrix.indices.astype(np.int64), starts=matrix.indptr[:-1].astype(np.int64)
        )

    def times(self, words: _Words) -> _Words:
        """Return the product with 64 vectors over GF(2), uint64 [num_checks]."""
        if not self.starts.size:
            return np.empty(0, np.uint64)
        return np.asarray(np.bitwise_xor.reduceat(words[self.columns], self.starts))


def _inverse(b: "csr_matrix", *, block: int) -> "csr_matrix":
    """Return the inverse of B over GF(2), which is sparse too.

    All columns of blocks but the first have two identities, so that the sum of all rows leaves a
    shift of the first part of p alone. Rows 0, 1 and 3 then yield one part more each.
    """
    from scipy.sparse import eye, vstack

    of_first = [b[i * block : (i + 1) * block, :block] for i in range(_CORE)]
    given = [eye(block, _CORE * block, i * block, format="csr") for i in range(_CORE)]
    shift = _odd(sum(of_first[1:], of_first[0]))
    first = shift.T @ sum(given[1:], given[0])
    second = given[0] + of_first[0] @ first
    third = given[1] + of_first[1] @ first + second
    fourth = given[3] + of_first[3] @ first
    return _odd(vstack([first, second, third, fourth], format="csr"))


def _odd(matrix: "csr_matrix") -> "csr_matrix":
    """Return ones where a matrix of counts is odd."""
    odd = matrix.copy()
    odd.data = odd.data % 2
    odd.eliminate_zeros()
    return odd


def _packed(bits: NDArray[np.uint8]) -> _Words:
    """Return uint64 [num_bits]: bit i of each is row i of uint8 [num_words, num_bits], i < 64."""
    octets = np.zeros((_BYTES, bits.shape[1]), np.uint8)
    packed = np.packbits(bits, axis=0)
    octets[: len(packed)] = packed
    return np.ascontiguousarray(octets.T).view(np.uint64)[:, 0]


def _unpacked(words: _Words, *, num_words: int) -> NDArray[np.uint8]:
    """Return uint8 [num_words, num_bits]: the inverse of `_packed`."""
    octets = np.ascontiguousarray(words).view(np.uint8).reshape(-1, _BYTES)
    return np.unpackbits(octets[:, : -(-num_words // 8)].T, axis=0, count=num_words)

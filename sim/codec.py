# SPDX-License-Identifier: Apache-2.0
"""The 5G LDPC code of a link, decoded with early stopping.

Sionna's decoder always spends all its iterations. Here a codeword that satisfies its parity checks
leaves the batch after the current stage, which changes no decision and saves most of the time
above the waterfall.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sim.ldpc_encoder import LdpcEncoder

if TYPE_CHECKING:
    from sionna.phy.fec.ldpc import LDPC5GEncoder

STAGES = (4, 2, 2, 2, 3, 3, 4)  # belief-propagation iterations between two looks; 20 in all
DECODER_BATCH = 8  # codewords whose messages stay in the cache of a core


class Codec:
    """Encode and decode the transport block of one slot and user.

    Parameters
    ----------
    num_info_bits : int
        k, information bits.
    num_coded_bits : int
        n, coded bits after rate matching; equal to k means no code at all.

    Source
    ------
    3GPP TS 38.212 V19, clause 5.3.2 (LDPC base graphs, rate matching).
    """

    def __init__(self, *, num_info_bits: int, num_coded_bits: int) -> None:
        self.num_info_bits = num_info_bits
        self.num_coded_bits = num_coded_bits

    @property
    def is_coded(self) -> bool:
        """Return False when information bits are sent as they are."""
        return self.num_info_bits != self.num_coded_bits

    def encode(self, bits: Tensor) -> Tensor:
        """Return the codewords, uint8 [..., num_coded_bits], of uint8 [..., num_info_bits]."""
        if not self.is_coded:
            return bits
        encoder = _fast_encoder(self.num_info_bits, self.num_coded_bits)
        codewords = encoder.encode(bits.reshape(-1, self.num_info_bits).numpy())
        return torch.from_numpy(codewords).reshape(*bits.shape[:-1], self.num_coded_bits)

    def decode(self, llr: Tensor) -> Tensor:
        """Return the information bits, uint8 [..., num_info_bits].

        `llr` is float32 [..., num_coded_bits]; at most 20 flooding iterations.
        """
        if not self.is_coded:
            return (llr > 0).to(torch.uint8)
        flat = llr.reshape(-1, self.num_coded_bits)
        decoded = [self._decode_batch(chunk) for chunk in flat.split(DECODER_BATCH)]
        return torch.cat(decoded).reshape(*llr.shape[:-1], self.num_info_bits)

    def _decode_batch(self, llr: Tensor) -> Tensor:
        """Decode a few codewords, dropping each one as soon as it is a codeword."""
        decoder = _decoder(self.num_info_bits, self.num_coded_bits)
        bits = torch.zeros(llr.shape[0], self.num_info_bits, dtype=torch.uint8)
        pending = torch.arange(llr.shape[0])
        messages: Tensor | None = None
        for num_iterations in STAGES:
            decided, hard, messages = decoder.advance(
                llr[pending], messages, num_iterations=num_iterations
            )
            bits[pending] = decided
            unfinished = (self.encode(decided) != hard).any(-1)
            if not unfinished.any():
                break
            pending, messages = pending[unfinished], messages[unfinished]
        return bits


class _StagedDecoder:
    """Sionna's belief propagation, a few iterations at a time, with the punctured bits visible."""

    def __init__(self, *, num_info_bits: int, num_coded_bits: int) -> None:
        from sionna.phy.fec.ldpc import LDPC5GDecoder

        self._num_info_bits = num_info_bits
        self._soft = torch.empty(0)
        self._decoder = LDPC5GDecoder(
            _reference(num_info_bits, num_coded_bits),
            hard_out=False,
            return_infobits=False,
            return_state=True,
            v2c_callbacks=[self._keep_soft_bits],
        )

    def advance(
        self, llr: Tensor, messages: Tensor | None, *, num_iterations: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return (information bits, hard coded bits, messages) after a few more iterations."""
        soft_coded, after = self._decoder(llr, num_iter=num_iterations, msg_v2c=messages)
        # Inside the decoder a negative value is a one: the sign is the opposite of an LLR's.
        decided = (self._soft[:, : self._num_info_bits] <= 0).to(torch.uint8)
        return decided, (soft_coded >= 0).to(torch.uint8), after

    def _keep_soft_bits(self, messages: Tensor, iteration: int, soft: Tensor) -> Tensor:
        del iteration
        self._soft = soft
        return messages


@lru_cache(maxsize=16)
def _fast_encoder(num_info_bits: int, num_coded_bits: int) -> LdpcEncoder:
    return LdpcEncoder(_reference(num_info_bits, num_coded_bits))


@lru_cache(maxsize=16)
def _reference(num_info_bits: int, num_coded_bits: int) -> "LDPC5GEncoder":
    from sionna.phy.fec.ldpc import LDPC5GEncoder

    return LDPC5GEncoder(num_info_bits, num_coded_bits)


@lru_cache(maxsize=16)
def _decoder(num_info_bits: int, num_coded_bits: int) -> _StagedDecoder:
    return _StagedDecoder(num_info_bits=num_info_bits, num_coded_bits=num_coded_bits)

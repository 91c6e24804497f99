# SPDX-License-Identifier: Apache-2.0
"""What a detector's beliefs are worth: wrong symbols, wrong bits, and what they cost in surprise.

A symbol is wrong where its likeliest label is another one, a bit where its LLR is on the wrong side
of 0. The cross-entropy of a symbol is -ln P(label sent | y) [nat].
"""

from host.detection.record import Counted
from receivers.mimo.detector import Beliefs
from sim.mimo.problem import Sent


def counted(beliefs: Beliefs, sent: Sent) -> Counted:
    """Count the errors of some elements, over all users."""
    labels, bits = sent.labels, sent.bits
    surprise = -beliefs.logits.double().log_softmax(-1).gather(-1, labels[..., None])
    return Counted(
        num_symbols=labels.numel(),
        symbol_errors=int((beliefs.labels != labels).sum()),
        num_bits=bits.numel(),
        bit_errors=int(((beliefs.llr > 0) != bits.bool()).sum()),
        lost=float(surprise.sum()),
    )


def joined(parts: list[Counted]) -> Counted:
    """Return the counts of several parts as one."""
    return Counted(
        num_symbols=sum(part.num_symbols for part in parts),
        symbol_errors=sum(part.symbol_errors for part in parts),
        num_bits=sum(part.num_bits for part in parts),
        bit_errors=sum(part.bit_errors for part in parts),
        lost=sum(part.lost for part in parts),
    )

# SPDX-License-Identifier: Apache-2.0
"""The staged decoder against Sionna's own, which never stops early."""

import torch

from sim.codec import STAGES, Codec

NUM_INFO_BITS, NUM_CODED_BITS = 288, 576


def _noisy_llrs(codec: Codec, *, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(7)
    bits = torch.randint(0, 2, (24, codec.num_info_bits), generator=rng).to(torch.uint8)
    y = (
        2.0 * codec.encode(bits)
        - 1.0
        + noise * torch.randn(24, codec.num_coded_bits, generator=rng)
    )
    return bits, 2.0 * y / noise**2


def test_early_stopping_changes_no_decision() -> None:
    from sionna.phy.fec.ldpc import LDPC5GDecoder, LDPC5GEncoder

    codec = Codec(num_info_bits=NUM_INFO_BITS, num_coded_bits=NUM_CODED_BITS)
    theirs = LDPC5GDecoder(LDPC5GEncoder(NUM_INFO_BITS, NUM_CODED_BITS), num_iter=sum(STAGES))

    for noise in (0.6, 0.85, 0.95):  # clean, waterfall, mostly failing
        _, llr = _noisy_llrs(codec, noise=noise)
        assert torch.equal(codec.decode(llr), theirs(llr).to(torch.uint8))


def test_a_clean_codeword_comes_back() -> None:
    codec = Codec(num_info_bits=NUM_INFO_BITS, num_coded_bits=NUM_CODED_BITS)

    bits, llr = _noisy_llrs(codec, noise=0.4)

    assert torch.equal(codec.decode(llr), bits)


def test_decisions_do_not_depend_on_the_batch() -> None:
    codec = Codec(num_info_bits=NUM_INFO_BITS, num_coded_bits=NUM_CODED_BITS)
    _, llr = _noisy_llrs(codec, noise=0.9)

    alone = torch.cat([codec.decode(llr[i : i + 1]) for i in range(llr.shape[0])])

    assert torch.equal(alone, codec.decode(llr))


def test_without_a_code_the_signs_are_the_bits() -> None:
    codec = Codec(num_info_bits=4, num_coded_bits=4)
    bits = torch.tensor([[0, 1, 1, 0]], dtype=torch.uint8)

    assert torch.equal(codec.encode(bits), bits)
    assert torch.equal(codec.decode(2.0 * bits - 1.0), bits)

# SPDX-License-Identifier: Apache-2.0
"""The encoder on machine words against Sionna's, an independent reference."""

import numpy as np
import pytest
import torch

from sim.ldpc_encoder import LdpcEncoder

CODES = pytest.mark.parametrize(
    ("num_info_bits", "num_coded_bits"),
    [
        pytest.param(1536, 3072, id="the shipped scenarios"),
        pytest.param(12, 15, id="the shortest"),
        pytest.param(20, 100, id="rate 1/5"),
        pytest.param(292, 400, id="base graph 2, short"),
        pytest.param(293, 318, id="base graph 1, highest rate"),
        pytest.param(640, 900, id="no filler"),
        pytest.param(3824, 5700, id="base graph 2, longest"),
        pytest.param(8448, 9600, id="base graph 1, longest"),
    ],
)


@CODES
@pytest.mark.parametrize("num_words", [1, 64, 67])
def test_every_code_word_is_sionnas(
    num_info_bits: int, num_coded_bits: int, num_words: int
) -> None:
    from sionna.phy.fec.ldpc import LDPC5GEncoder

    reference = LDPC5GEncoder(num_info_bits, num_coded_bits)
    rng = np.random.default_rng(num_words)
    bits = rng.integers(0, 2, (num_words, num_info_bits), dtype=np.uint8)

    ours = LdpcEncoder(reference).encode(bits)

    theirs = reference(torch.from_numpy(bits).float()).numpy()
    assert ours.dtype == np.uint8
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("num_info_bits", [500, 4000], ids=["base graph 2", "base graph 1"])
def test_every_code_word_satisfies_all_parity_checks(num_info_bits: int) -> None:
    from sionna.phy.fec.ldpc import LDPC5GEncoder

    reference = LDPC5GEncoder(num_info_bits, 3 * num_info_bits)
    z, filled = reference.z, reference.k_ldpc
    bits = np.random.default_rng(5).integers(0, 2, (9, num_info_bits), dtype=np.uint8)

    sent = LdpcEncoder(reference).encode(bits)

    # Undo rate matching: punctured information bits first, filler zeros between the two parts.
    whole = np.concatenate([bits[:, : 2 * z], sent], axis=1)
    filler = np.zeros((9, filled - num_info_bits), np.uint8)
    known = np.concatenate([whole[:, :num_info_bits], filler, whole[:, num_info_bits:]], axis=1)
    num_checks = known.shape[1] - filled  # those whose parity bits were sent
    checks = reference.pcm.tocsr()[:num_checks, : known.shape[1]]
    assert not ((checks @ known.T.astype(int)) % 2).any()
    assert np.array_equal(sent[:, : num_info_bits - 2 * z], bits[:, 2 * z :])

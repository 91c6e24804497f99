# SPDX-License-Identifier: Apache-2.0
"""The uplink of a scenario: from information bits to what the base station receives.

    bits -> LDPC -> QAM -> resource grid with DMRS -> air, impairments, noise -> Slot

Some pilots may be broken on the way; the observation holds what both sides agreed on.

Slot i of a (scenario, seed) is one and the same slot for every receiver, batch size, worker and
device: its bits, pilots, channel and noise are drawn from generators keyed by (seed, stream, i).
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels import catalog, drift
from channels.grid import Grid
from channels.impairments.chain import Impairments
from channels.randomness import generator
from channels.scenario import Scenario
from sim.broken_pilots import BrokenPilots
from sim.codec import Codec
from sim.dmrs import Dmrs, DmrsSettings, draw, num_pilot_elements
from sim.errors import LinkSettingsError
from sim.qam import map_bits
from sim.slot import Observation, Slot, Truth

MIN_CODERATE, MAX_CODERATE = 1 / 5, 948 / 1024  # that Sionna's encoder takes, and without warning
MAX_INFO_BITS = 8448  # of one code block of base graph 1, TS 38.212 clause 5.2.2


class Link:
    """Generates the slots of one scenario and seed.

    Parameters
    ----------
    scenario : Scenario
        Channel, numerology, modulation, pilots and impairments.
    seed : int
        Selects bits, channel, impairments and noise; the pilots follow the scenario's own seed.

    Raises
    ------
    LinkSettingsError
        If the pilots leave no room for data or a user without any, or there is no code like this.
    """

    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed
        self.grid: Grid = scenario.grid
        self.dmrs_settings = dmrs_settings(scenario)
        self.codec = _codec(scenario, self.dmrs_settings)
        self._channel = catalog.build(scenario, seed=seed)
        self._impairments = Impairments(scenario, seed=seed)
        self._broken_pilots = BrokenPilots(scenario, seed=seed)

    @property
    def num_bits(self) -> int:
        """Return the coded bits of one slot and user."""
        return self.codec.num_coded_bits

    @property
    def num_info_bits(self) -> int:
        """Return the information bits of one slot and user."""
        return self.codec.num_info_bits

    def no(self, snr_db: float) -> float:
        r"""Return the noise variance of a resource element and antenna at one point of the grid.

        For `snr_db` :math:`N_0 = 10^{-\mathrm{SNR}/10}`; for `ebno_db` with m bits a symbol, rate r

        .. math:: N_0 = \left(\frac{E_b}{N_0} \, r \, m\right)^{-1} E_s, \qquad
                  E_s = 1 \text{ or }
                  \frac{N_\mathrm{sym} (N_\mathrm{cp} + N_\mathrm{sc})}{N_\mathrm{data}}

        the latter when the scenario counts pilots and cyclic prefix as energy spent on the bits.

        Source
        ------
        Sionna 2.2, `sionna.phy.utils.ebnodb2no`, without and with a resource grid.
        """
        linear: float = 10.0 ** (snr_db / 10.0)
        if self.scenario.snr.kind == "snr_db":
            return 1.0 / linear
        num_bits_per_symbol = self.scenario.link.num_bits_per_symbol
        symbol_energy = 1.0
        if self.scenario.snr.count_overhead:
            num_data = self.num_bits / num_bits_per_symbol
            symbol_samples = self.grid.cyclic_prefix_length + self.grid.num_subcarriers
            symbol_energy = self.grid.num_symbols * symbol_samples / num_data
        return symbol_energy / (linear * self.scenario.link.coderate * num_bits_per_symbol)

    def slots(
        self, first_slot: int, num_slots: int, *, snr_db: float | NDArray[np.float64]
    ) -> Slot:
        """Return slots first_slot .. first_slot + num_slots - 1.

        Parameters
        ----------
        first_slot : int
            Index of the first slot, >= 0.
        num_slots : int
            How many slots, >= 1.
        snr_db : float, or float64 [num_slots] [dB]
            In the scenario's own kind, Eb/N0 or SNR; a drift of `snr.offset_db` is added.
        """
        dmrs = draw(
            self.dmrs_settings,
            self.grid,
            num_tx=self.scenario.antennas.num_tx,
            first_slot=first_slot,
            num_slots=num_slots,
        )
        bits = self._bits(first_slot, num_slots)
        coded_bits = self.codec.encode(bits)
        x = self._resource_grid(coded_bits, dmrs)
        x = self._broken_pilots.transmit(x, dmrs, first_slot=first_slot)
        h = self._channel.response(first_slot, num_slots)
        no = self._noise_variance(first_slot, num_slots, snr_db=snr_db)
        sent = self._impairments.transmit(x, first_slot=first_slot)
        y = torch.einsum("brtsk,btsk->brsk", h, sent)
        y = y + self._noise(first_slot, num_slots) * no.sqrt()[:, None, None, None]
        y = self._impairments.receive(y, first_slot=first_slot)
        return Slot(
            observation=Observation(
                grid=self.grid,
                num_bits_per_symbol=self.scenario.link.num_bits_per_symbol,
                y=self._broken_pilots.receive(y, dmrs, first_slot=first_slot),
                pilots=dmrs.pilots,
                pilot_mask=dmrs.pilot_mask,
                learning_mask=dmrs.learning_mask,
                data_mask=dmrs.data_mask,
                no=no,
            ),
            truth=Truth(bits=bits, coded_bits=coded_bits, x=x, h=h),
        )

    def _bits(self, first_slot: int, num_slots: int) -> Tensor:
        shape = (num_slots, self.scenario.antennas.num_tx, self.num_info_bits)
        bits = np.empty(shape, np.uint8)
        for i in range(num_slots):
            rng = generator(seed=self.seed, stream="bits", index=first_slot + i)
            bits[i] = rng.integers(0, 2, shape[1:], np.uint8)
        return torch.from_numpy(bits)

    def _noise(self, first_slot: int, num_slots: int) -> Tensor:
        """Return CN(0, 1), complex64 [num_slots, num_rx_ant, num_symbols, num_subcarriers]."""
        grid, num_rx_ant = self.grid, self.scenario.antennas.num_rx_ant
        draws = np.empty(
            (num_slots, num_rx_ant, grid.num_symbols, grid.num_subcarriers, 2), np.float32
        )
        for i in range(num_slots):
            rng = generator(seed=self.seed, stream="noise", index=first_slot + i)
            rng.standard_normal(dtype=np.float32, out=draws[i])
        return torch.view_as_complex(torch.from_numpy(draws)) * math.sqrt(0.5)

    def _noise_variance(
        self, first_slot: int, num_slots: int, *, snr_db: float | NDArray[np.float64]
    ) -> Tensor:
        slots = np.arange(first_slot, first_slot + num_slots)
        snr_db = snr_db + drift.values_at(self.scenario, "snr.offset_db", slots)
        no = self.no(0.0) * 10.0 ** (-snr_db / 10.0)
        return torch.from_numpy(np.broadcast_to(no, num_slots).astype(np.float32))

    def _resource_grid(self, coded_bits: Tensor, dmrs: Dmrs) -> Tensor:
        symbols = map_bits(coded_bits, num_bits_per_symbol=self.scenario.link.num_bits_per_symbol)
        x = dmrs.pilots.clone()
        x[dmrs.data_mask] = symbols.flatten()
        return x


def dmrs_settings(scenario: Scenario) -> DmrsSettings:
    """Return the reference-signal design of a scenario."""
    table = scenario.link.dmrs
    return DmrsSettings(
        kind=table.kind,
        symbols=table.symbols,
        num_pilots=table.num_pilots or 0,
        num_learning=table.num_learning or 0,
        slots_per_draw=table.slots_per_draw,
        seed=table.seed,
        num_bits_per_symbol=scenario.link.num_bits_per_symbol,
        sharing=table.sharing,
        learning_sharing=table.learning_sharing,
    )


def _codec(scenario: Scenario, settings: DmrsSettings) -> Codec:
    num_pilots, num_tx = num_pilot_elements(settings, scenario.grid), scenario.antennas.num_tx
    if num_pilots < num_tx:
        raise LinkSettingsError(
            scenario=scenario.name,
            problem=f"{num_pilots} pilots leave some of {num_tx} users without one; use more",
        )
    num_data = scenario.grid.num_resource_elements - num_pilots
    if num_data < 1:
        raise LinkSettingsError(
            scenario=scenario.name,
            problem="the pilots leave no resource element for data; use fewer",
        )
    num_coded_bits = num_data * scenario.link.num_bits_per_symbol
    num_info_bits = int(num_coded_bits * scenario.link.coderate)
    rate = num_info_bits / num_coded_bits
    if rate != 1 and not MIN_CODERATE <= rate <= MAX_CODERATE:
        raise LinkSettingsError(
            scenario=scenario.name,
            problem=f"there is no code of rate {rate:.4f} ({num_info_bits} of {num_coded_bits} "
            f"bits); use {MIN_CODERATE:.4f}..{MAX_CODERATE:.4f}, or 1 for no code",
        )
    if num_info_bits != num_coded_bits and not 12 <= num_info_bits <= MAX_INFO_BITS:
        raise LinkSettingsError(
            scenario=scenario.name,
            problem=f"{num_info_bits} information bits a slot do not make one LDPC code block "
            f"(12..{MAX_INFO_BITS}); change the grid or the code rate, or set coderate = 1",
        )
    return Codec(num_info_bits=num_info_bits, num_coded_bits=num_coded_bits)

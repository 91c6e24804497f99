# SPDX-License-Identifier: Apache-2.0
"""The tables of a scenario file: which keys there are, their units, ranges and defaults."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from channels.dmrs_designs import DMRS_DESIGNS, DmrsKind, Sharing, Teaching
from channels.scenario_problem import words_of


class ChannelKind(StrEnum):
    """The channels a scenario may name; `channels.catalog` builds them."""

    AWGN = "awgn"
    RAYLEIGH = "rayleigh"
    RICIAN = "rician"
    TDL_A = "tdl-a"
    TDL_B = "tdl-b"
    TDL_C = "tdl-c"
    TDL_D = "tdl-d"
    TDL_E = "tdl-e"
    CDL_A = "cdl-a"
    CDL_B = "cdl-b"
    CDL_C = "cdl-c"
    CDL_D = "cdl-d"
    CDL_E = "cdl-e"
    RECORDED = "recorded"


class Table(BaseModel):
    """A table of a scenario file: frozen, finite, and no key that is not declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def problem_with(self, key: str, value: float) -> str:
        """Return why one key cannot have this value, in a few words; empty when it can."""
        try:
            self.__pydantic_validator__.validate_assignment(self.model_copy(), key, value)
        except ValidationError as error:
            # How keys fit each other is another matter: several of them may drift together.
            own = [finding for finding in error.errors() if finding["loc"] == (key,)]
            return words_of(own[0]) if own else ""
        return ""


class GridTable(Table):
    """`[grid]`: the numerology of a slot; see `channels.grid.Grid`."""

    num_symbols: int = Field(default=14, ge=1)
    num_subcarriers: int = Field(default=64, ge=1)
    subcarrier_spacing_hz: float = Field(default=30e3, gt=0)
    cyclic_prefix_length: int = Field(default=0, ge=0)
    carrier_hz: float = Field(default=3.5e9, gt=0)


class AntennaTable(Table):
    """`[antennas]`: receive antennas of the base station and the number of one-antenna users."""

    num_rx_ant: int = Field(default=1, ge=1)
    num_tx: int = Field(default=1, ge=1)


class ChannelTable(Table):
    """`[channel]`: which channel, how long its echoes, how fast the user.

    Every drop draws its delay spread uniformly from delay_spread_s +- delay_spread_width_s / 2 and
    its speed uniformly from min_speed_mps .. max_speed_mps. `slots_per_drop = 0` is one drop for
    ever. `release` is the release of 3GPP TR 38.901 whose tables are used. With `power_control`
    each slot's response has unit mean energy over antennas, symbols and subcarriers, for each user.
    """

    kind: ChannelKind = Field(strict=False)
    delay_spread_s: float = Field(default=0.0, ge=0)
    delay_spread_width_s: float = Field(default=0.0, ge=0)
    min_speed_mps: float = Field(default=0.0, ge=0)
    max_speed_mps: float = Field(default=0.0, ge=0)
    k_factor_db: float = 0.0
    release: Literal["16.1", "19.2"] = "19.2"
    slots_per_drop: int = Field(default=1, ge=0)
    power_control: bool = False
    recording: str | None = None
    loop: bool = False

    @model_validator(mode="after")
    def _check_ranges(self) -> Self:
        if self.max_speed_mps < self.min_speed_mps:
            raise ValueError("max_speed_mps: is below min_speed_mps; give both")
        if self.delay_spread_width_s > 2 * self.delay_spread_s:
            raise ValueError("delay_spread_width_s: is more than twice delay_spread_s")
        if (self.kind is ChannelKind.RECORDED) != (self.recording is not None):
            raise ValueError('recording: goes with kind = "recorded" and with no other kind')
        return self


def _kinds_teaching_some() -> str:
    return " or ".join(
        f'"{kind}"' for kind, design in DMRS_DESIGNS.items() if design.teaching is Teaching.SOME
    )


class DmrsTable(Table):
    """`link.dmrs`: where the pilots stand.

    standard: every subcarrier of `symbols`; scattered: `num_pilots` positions spread regularly over
    the slot; random: `num_pilots` at random positions, with values of the data constellation;
    hybrid: `num_pilots`, of which `num_learning` as in random and the others as in scattered;
    additional: as in standard, and `num_learning` more as in random. What is random is drawn every
    `slots_per_draw` slots (0: once for ever) from `seed`, which both sides share. Users share
    pilots as `sharing` says, and those that teach as `learning_sharing` says.
    """

    kind: DmrsKind = Field(default=DmrsKind.STANDARD, strict=False)
    symbols: tuple[int, ...] = Field(default=(2, 11), strict=False)
    num_pilots: int | None = Field(default=None, ge=1)
    num_learning: int | None = Field(default=None, ge=1)
    slots_per_draw: int = Field(default=1, ge=0)
    seed: int = 0
    sharing: Sharing = Field(default=Sharing.COMB, strict=False)
    learning_sharing: Sharing = Field(default=Sharing.COMB, strict=False)

    @property
    def fills_symbols(self) -> bool:
        """Return whether the design has pilots on every subcarrier of `symbols`."""
        return DMRS_DESIGNS[self.kind].fills_symbols

    @property
    def teaching(self) -> Teaching:
        """Return which pilots may be learned from."""
        return DMRS_DESIGNS[self.kind].teaching

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if not self.fills_symbols and self.num_pilots is None:
            raise ValueError(f'num_pilots: this key is missing; kind = "{self.kind}" needs it')
        if self.fills_symbols and not self.symbols:
            raise ValueError("symbols: the list is empty; give at least one")
        if len(set(self.symbols)) < len(self.symbols):
            raise ValueError("symbols: a symbol stands there twice")
        return self

    @model_validator(mode="after")
    def _check_sharing(self) -> Self:
        if self.sharing is not Sharing.COMB and not self.fills_symbols:
            legal = " or ".join(
                f'"{kind}"' for kind, design in DMRS_DESIGNS.items() if design.fills_symbols
            )
            raise ValueError(f'sharing: "{self.sharing}" goes with kind = {legal}')
        if self.learning_sharing is not Sharing.COMB and self.teaching is not Teaching.SOME:
            raise ValueError(
                f'learning_sharing: "{self.learning_sharing}" goes with kind = '
                f"{_kinds_teaching_some()}: others than those that teach must tell the channel"
            )
        if self.learning_sharing is Sharing.COVER_CODE:
            raise ValueError(
                'learning_sharing: "cover-code" needs neighbours, and pilots that teach stand at '
                'random; use "comb" or "overlapping"'
            )
        return self

    @model_validator(mode="after")
    def _check_learning(self) -> Self:
        teaches = self.teaching is Teaching.SOME
        if teaches and self.num_learning is None:
            raise ValueError(f'num_learning: this key is missing; kind = "{self.kind}" needs it')
        if not teaches and self.num_learning is not None:
            legal = _kinds_teaching_some()
            raise ValueError(f"num_learning: goes with kind = {legal} and with no other kind")
        if (
            teaches
            and not self.fills_symbols
            and (self.num_learning or 0) >= (self.num_pilots or 0)
        ):
            raise ValueError('num_learning: is not below num_pilots; all teach in kind = "random"')
        return self


class LinkTable(Table):
    """`[link]`: modulation, code rate (1 = uncoded) and pilots."""

    num_bits_per_symbol: Literal[2, 4, 6, 8] = 2
    coderate: float = Field(default=0.5, gt=0, le=1)
    dmrs: DmrsTable = Field(default_factory=DmrsTable)


class SnrTable(Table):
    """`[snr]`: the grid of signal-to-noise ratios [dB]; offset_db is added to each."""

    kind: Literal["ebno_db", "snr_db"]
    values: tuple[float, ...] = Field(strict=False)
    offset_db: float = 0.0
    count_overhead: bool = True

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        if not self.values:
            raise ValueError("values: the list is empty; give at least one")
        return self


class ImpairmentTable(Table):
    """`[impairments]`: what the radio adds to the air; each default means none.

    cfo_hz is what the synchronisation left; phase_noise_linewidth_hz is the 3 dB linewidth of a
    Wiener oscillator; iq_* and tx_iq_* are gain and phase mismatch of receiver and transmitter;
    pa_backoff_db is the input back-off of a Rapp amplifier of smoothness pa_smoothness; adc_bits
    are the bits of each of the two converters, which clip adc_clipping_db above the mean power.
    pilot_*_share are shares of a slot's pilots, of all users together, that are broken while the
    receiver believes in them: sent with a wrong symbol, not sent, saturated; see
    `sim.broken_pilots`. Together they are at most 1, at the largest that drift leads each of them
    to.
    """

    cfo_hz: float = 0.0
    phase_noise_linewidth_hz: float = Field(default=0.0, ge=0)
    iq_gain_db: float = 0.0
    iq_phase_rad: float = 0.0
    tx_iq_gain_db: float = 0.0
    tx_iq_phase_rad: float = 0.0
    pa_backoff_db: float | None = None
    pa_smoothness: float = Field(default=2.0, gt=0)
    adc_bits: int | None = Field(default=None, ge=1, le=24)
    adc_clipping_db: float = 12.0
    pilot_wrong_share: float = Field(default=0.0, ge=0, le=1)
    pilot_missing_share: float = Field(default=0.0, ge=0, le=1)
    pilot_saturated_share: float = Field(default=0.0, ge=0, le=1)


PILOT_SHARES: tuple[str, ...] = (
    "pilot_wrong_share",
    "pilot_missing_share",
    "pilot_saturated_share",
)
"""The impairments that break pilots and leave the data alone."""

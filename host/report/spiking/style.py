# SPDX-License-Identifier: Apache-2.0
"""How each method of adaptation is drawn and called, the same in all figures."""

from collections.abc import Mapping

from snn.adaptation.methods import Method

COLOURS: Mapping[Method, str] = {
    Method.INTEGRAL: "#0072b2",
    Method.EXPECTATION: "#009e73",
    Method.EULER: "#e69f00",
    Method.TAU_RATES: "#d55e00",
    Method.TAU: "#cc79a7",
    Method.NONE_RATES: "#7b8794",
    Method.NONE: "#b8c2cc",
}
WORDS: Mapping[Method, str] = {
    Method.INTEGRAL: "integral",
    Method.EXPECTATION: "expectation",
    Method.EULER: "Euler",
    Method.TAU_RATES: "time constants, rates",
    Method.TAU: "time constants",
    Method.NONE_RATES: "none, rates",
    Method.NONE: "none",
}

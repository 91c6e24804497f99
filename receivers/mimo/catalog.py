# SPDX-License-Identifier: Apache-2.0
"""The detectors by name."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from receivers.errors import UnknownDetectorError
from receivers.mimo.deep.weights_file import KINDS

if TYPE_CHECKING:  # names alone are asked for more often than detectors; these import PyTorch
    from receivers.mimo.detector import Detector


def names() -> tuple[str, ...]:
    """Return the names of all detectors."""
    return tuple(sorted(DETECTORS))


def build(name: str) -> "Detector":
    """Build the detector called `name`, with its usual settings.

    Raises
    ------
    UnknownDetectorError
        No detector has this name; the message lists the legal ones.
    """
    if name not in DETECTORS:
        raise UnknownDetectorError(name=name, legal=names())
    return DETECTORS[name]()


def _zf() -> "Detector":
    from receivers.mimo.linear import Filter, Linear

    return Linear(Filter.ZF)


def _lmmse() -> "Detector":
    from receivers.mimo.linear import Filter, Linear

    return Linear(Filter.LMMSE)


def _mmse_sic() -> "Detector":
    from receivers.mimo.cancellation import Cancellation, MmseSic

    return MmseSic(Cancellation.HARD)


def _mmse_sic_soft() -> "Detector":
    from receivers.mimo.cancellation import Cancellation, MmseSic

    return MmseSic(Cancellation.SOFT)


def _soft_sic() -> "Detector":
    from receivers.mimo.cancellation import SoftSic

    return SoftSic()


def _ep() -> "Detector":
    from receivers.mimo.ep import ExpectationPropagation

    return ExpectationPropagation()


def _k_best() -> "Detector":
    from receivers.mimo.k_best import KBest

    return KBest()


def _sphere() -> "Detector":
    from receivers.mimo.sphere import Sphere

    return Sphere()


def _map() -> "Detector":
    from receivers.mimo.detector import Rule
    from receivers.mimo.exhaustive import Exhaustive

    return Exhaustive(Rule.SUM)


def _max_log() -> "Detector":
    from receivers.mimo.detector import Rule
    from receivers.mimo.exhaustive import Exhaustive

    return Exhaustive(Rule.MAX)


def _trained(kind: str) -> "Detector":
    from receivers.mimo.deep.trained import Trained

    return Trained(kind)


DETECTORS: Mapping[str, Callable[[], "Detector"]] = {
    "zf": _zf,
    "lmmse": _lmmse,
    "mmse-sic": _mmse_sic,
    "mmse-sic-soft": _mmse_sic_soft,
    "soft-sic": _soft_sic,
    "ep": _ep,
    "k-best": _k_best,
    "sphere": _sphere,
    "map": _map,
    "max-log": _max_log,
    **{kind: partial(_trained, kind) for kind in KINDS},
}

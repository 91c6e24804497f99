# SPDX-License-Identifier: Apache-2.0
"""The data sets that there are, by name."""

from collections.abc import Mapping
from pathlib import Path

from snn.data import dvs_gesture, fsdd, heidelberg, iq, mswc, nmnist, wav_folder
from snn.data.data_set import DataSet, Wanted
from snn.errors import UnknownNameError
from snn.events.event_set import EventSet
from snn.events.repair import Repaired, repair
from snn.events.unchecked import Unchecked

_ALL = (
    DataSet(
        name="shd",
        title="Spiking Heidelberg Digits: spoken digits, English and German",
        source="zenkelab.org, CC BY 4.0",
        sensor_shape=(heidelberg.NUM_CHANNELS,),
        class_names=heidelberg.SHD_CLASSES,
        duration_us=heidelberg.SHD_DURATION_US,
        splits=heidelberg.SHD_SPLITS,
        load=heidelberg.shd,
    ),
    DataSet(
        name="ssc",
        title="Spiking Speech Commands: 35 spoken words",
        source="zenkelab.org, CC BY 4.0",
        sensor_shape=(heidelberg.NUM_CHANNELS,),
        class_names=(),
        duration_us=heidelberg.SSC_DURATION_US,
        splits=heidelberg.SSC_SPLITS,
        load=heidelberg.ssc,
    ),
    DataSet(
        name="nmnist",
        title="N-MNIST: handwritten digits before a moving event camera",
        source="garrickorchard.com, CC BY-SA 4.0",
        sensor_shape=nmnist.SENSOR_SHAPE,
        class_names=nmnist.CLASSES,
        duration_us=nmnist.DURATION_US,
        splits=nmnist.SPLITS,
        load=nmnist.nmnist,
    ),
    DataSet(
        name="dvs-gesture",
        title="DVS-Gesture: eleven gestures before an event camera",
        source="IBM Research, CC BY 4.0",
        sensor_shape=dvs_gesture.SENSOR_SHAPE,
        class_names=dvs_gesture.CLASSES,
        duration_us=dvs_gesture.DURATION_US,
        splits=dvs_gesture.SPLITS,
        load=dvs_gesture.dvs_gesture,
    ),
    DataSet(
        name="mswc",
        title="Multilingual Spoken Words Corpus: one language of spoken words",
        source="mlcommons.org, CC BY 4.0",
        sensor_shape=(),
        class_names=(),
        duration_us=mswc.DURATION_US,
        splits=mswc.SPLITS,
        load=mswc.mswc,
    ),
    DataSet(
        name="fsdd",
        title="Free Spoken Digit Dataset: ten spoken digits, six speakers",
        source="github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0",
        sensor_shape=(),
        class_names=fsdd.CLASSES,
        duration_us=fsdd.DURATION_US,
        splits=fsdd.SPLITS,
        load=fsdd.fsdd,
    ),
    DataSet(
        name="wav-folder",
        title="any folder of sound, a folder for each class",
        source="the user's own",
        sensor_shape=(),
        class_names=(),
        duration_us=wav_folder.DURATION_US,
        splits=wav_folder.SPLITS,
        load=wav_folder.wav_folder,
    ),
    DataSet(
        name=iq.NAME,
        title="which modulation or disturbance: spikes of I and Q, generated here",
        source="airloop's own channels",
        sensor_shape=(iq.IqTask().num_channels,),
        class_names=iq.IqTask().classes,
        duration_us=896,
        splits=iq.SPLITS,
        load=iq.iq_modulation,
        time_scale=1e-3,
        is_in_a_row=False,
    ),
)
DATA_SETS: Mapping[str, DataSet] = {one.name: one for one in _ALL}
GENERATED = (iq.NAME,)
"""The sets that need no files."""


def names() -> tuple[str, ...]:
    """Return the names of all data sets."""
    return tuple(DATA_SETS)


def data_set(name: str) -> DataSet:
    """Return a data set by name; raises UnknownNameError."""
    if name not in DATA_SETS:
        raise UnknownNameError(kind="data set", name=name, legal=names())
    return DATA_SETS[name]


def load(name: str, path: Path, wanted: Wanted | None = None) -> EventSet:
    """Return a split of a data set from its published files, checked.

    Raises
    ------
    UnknownNameError
        There is no such data set.
    DataError
        Its folder, or the split, is not there.
    EventError
        A file cannot be read, or an event in it cannot be true.
    """
    return load_unchecked(name, path, wanted).checked()


def load_repaired(name: str, path: Path, wanted: Wanted | None = None) -> Repaired:
    """Return a split with what was wrong mended or dropped, and counted; raises as `load`."""
    return repair(load_unchecked(name, path, wanted))


def load_unchecked(name: str, path: Path, wanted: Wanted | None = None) -> Unchecked:
    """Return a split as its files have it; raises as `load`, but for what events hold."""
    return data_set(name).load(path, wanted or Wanted())

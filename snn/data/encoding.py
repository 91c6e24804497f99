# SPDX-License-Identifier: Apache-2.0
"""Files of sound made into events once, and kept under a name that their content decides."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snn.audio.cochlea import Cochlea, drive, recording_of, spikes_of_all
from snn.audio.sound import at_a_rate_for, read_sound
from snn.data.data_set import OnProgress, Wanted
from snn.errors import EventError
from snn.events import event_file
from snn.events.event_file import Origin
from snn.events.event_set import EventSet, Recording, gather
from snn.events.unchecked import Unchecked

CACHE = Path("results") / "events"
_VERSION = 1  # of what the ear does; another one makes every kept file void
_KEY_DIGITS = 16
_TOGETHER = 32  # sounds whose integrators run side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFile:
    """One file of sound, the index of its class (-1 for none), and whom it comes from."""

    path: Path
    label: int
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a set of sound is called, its classes, and the window [us] it is seen in."""

    name: str
    class_names: tuple[str, ...]
    duration_us: int


def encode(sounds: Sequence[SoundFile], frame: Frame, wanted: Wanted) -> Unchecked:
    """Return the spikes of files of sound, from the cache if these files were heard before.

    Kept files carry a hash of the ear's settings and of every file's bytes, label and group, so
    that nothing stale is ever found; a damaged one is made again.

    Raises
    ------
    EventError
        A file cannot be read, or its rate is too low for the ear.
    DataError
        A package that reads it is not installed.
    """
    key = _key(sounds, frame, wanted.cochlea)
    kept = None
    if wanted.cache is not None:
        kept = wanted.cache / f"{frame.name}-{key[:_KEY_DIGITS]}{event_file.SUFFIX}"
    events = _kept(kept)
    if events is None:
        events = _heard(sounds, frame, wanted)
        if kept is not None:
            source = f"{frame.name}, {len(sounds)} files, by {wanted.cochlea}"
            origin = Origin(source=source, sha256=key, unique=True)
            event_file.write(kept, events, origin=origin)
    files = tuple(str(sound.path) for sound in sounds) or (frame.name,)
    return Unchecked(events=events, files=files, unique=True)


def _kept(file: Path | None) -> EventSet | None:
    if file is None or not file.is_file():
        return None
    try:
        return event_file.read(file)
    except EventError:
        return None


def _heard(sounds: Sequence[SoundFile], frame: Frame, wanted: Wanted) -> EventSet:
    return gather(
        list(_listening(sounds, wanted.cochlea, wanted.on_progress)),
        name=frame.name,
        sensor_shape=(wanted.cochlea.num_channels,),
        class_names=frame.class_names,
        duration_us=frame.duration_us,
        groups=tuple(sound.group for sound in sounds),
    )


def _listening(
    sounds: Sequence[SoundFile], cochlea: Cochlea, on_progress: OnProgress | None
) -> Iterator[Recording]:
    for first in range(0, len(sounds), _TOGETHER):
        together = sounds[first : first + _TOGETHER]
        heard: list[NDArray[np.float64]] = []
        for one in together:
            sound = at_a_rate_for(read_sound(one.path), cochlea, file=str(one.path))
            heard.append(drive(sound.samples, rate_hz=sound.rate_hz, cochlea=cochlea))
            if on_progress is not None:
                on_progress(first + len(heard), len(sounds))
        fired = spikes_of_all(heard, cochlea=cochlea)
        yield from (
            recording_of(spikes, label=one.label)
            for spikes, one in zip(fired, together, strict=True)
        )


def _key(sounds: Sequence[SoundFile], frame: Frame, cochlea: Cochlea) -> str:
    digest = hashlib.sha256()
    settings = {"version": _VERSION, "cochlea": asdict(cochlea), "frame": asdict(frame)}
    digest.update(json.dumps(settings, sort_keys=True).encode())
    for sound in sounds:
        try:
            content = hashlib.sha256(sound.path.read_bytes()).hexdigest()
        except OSError as error:
            problem = f"it cannot be read ({error.strerror}); get the file again"
            raise EventError(file=str(sound.path), place="", problem=problem) from None
        line = json.dumps([sound.path.name, sound.label, sound.group, content])
        digest.update(line.encode())
    return digest.hexdigest()

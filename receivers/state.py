# SPDX-License-Identifier: Apache-2.0
"""The past of what remembers, as plain values: taken out, kept in a file, and put back in.

A state is made of None, numbers, texts, bytes, tensors, and lists, tuples and mappings of these. It
shares no memory with the object it came from.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar, Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

State: TypeAlias = Mapping[str, Any]
"""As with a module's `state_dict`, its owner alone knows which value has which type."""

_PLAIN = (type(None), bool, int, float, str, bytes)


@runtime_checkable
class Stateful(Protocol):
    """Whatever remembers."""

    def state(self) -> State:
        """Return all that the behaviour to come depends on, but for what was given at the start."""
        ...

    def restore(self, state: State) -> None:
        """Go on where another one was that began with the same settings."""
        ...


class Kept:
    """A base for what remembers: its state is all its members; satisfies `Stateful`.

    Members are plain values, tensors, lists, tuples and mappings of these, networks, random
    generators, or `Stateful` themselves; the last three are restored in place, so that whoever
    shares them sees it. A member of another kind is an error, not a gap.
    """

    __slots__ = ()

    fixed: ClassVar[tuple[str, ...]] = ()
    """Members that are no past: given at the start, or kept by somebody else."""

    def state(self) -> State:
        """Return what the members have become.

        Raises
        ------
        TypeError
            A member is of no kind that can be kept, and is not listed in `fixed`.
        """
        return {name: _state_of(getattr(self, name)) for name in self._names()}

    def restore(self, state: State) -> None:
        """Give the members what they were.

        Raises
        ------
        ValueError
            The state is of something with other members.
        """
        names = self._names()
        if set(names) != set(state):
            raise ValueError(f"{type(self).__name__} keeps {sorted(names)}, not {sorted(state)}")
        for name in names:
            if not _restored(getattr(self, name), state[name]):
                setattr(self, name, copied(state[name]))

    def _names(self) -> list[str]:
        return [name for name in _members(self) if name not in self.fixed]


def copied(value: object) -> Any:  # noqa: ANN401  # of the type that went in
    """Return a copy that shares no memory.

    Raises
    ------
    TypeError
        The value is nothing that a state is made of.
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, Mapping):
        return {key: copied(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(copied(entry) for entry in value)
    raise TypeError(f"{type(value).__name__} cannot be kept; give it state() and restore()")


def fields_of(value: object) -> dict[str, Any]:
    """Return the fields of a dataclass by name; arrays as tensors, dataclasses as their fields."""
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is no dataclass")
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def _members(owner: object) -> list[str]:
    return [f.name for f in fields(owner)] if is_dataclass(owner) else list(vars(owner))


def _plain(value: object) -> object:
    if is_dataclass(value):
        return fields_of(value)
    return copied(torch.from_numpy(value) if isinstance(value, np.ndarray) else value)


def _state_of(member: object) -> object:
    if isinstance(member, Stateful):
        return member.state()
    if isinstance(member, nn.Module):
        return copied(member.state_dict())
    if isinstance(member, np.random.Generator):
        return _listed(member.bit_generator.state)
    return copied(member)


def _restored(member: object, state: Any) -> bool:  # noqa: ANN401  # the member knows
    """Restore a member in place; return whether that can be done."""
    if isinstance(member, Stateful):
        member.restore(state)
    elif isinstance(member, nn.Module):
        member.load_state_dict(state)
    elif isinstance(member, np.random.Generator):
        member.bit_generator.state = state
    else:
        return False
    return True


def _listed(value: object) -> object:
    """Return a generator's state with lists in place of its arrays."""
    if isinstance(value, Mapping):
        return {key: _listed(entry) for key, entry in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value

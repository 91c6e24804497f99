# SPDX-License-Identifier: Apache-2.0
"""A meter watches one run at a time: samples flow from just before it until its window is closed.

    begin -> samples, pin low -> [ run: pin high ] -> samples, pin low -> end

The samples are read by a thread of their own, since the run is waited for meanwhile.
"""

import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from threading import Condition, Event
from typing import Protocol

import numpy as np

from host.meters.energy import Energy
from host.meters.errors import MeterError, MeterLostError, MeterWindowError
from host.meters.samples import Bracket, Sampler, Samples
from host.meters.windows import Window, WindowCutter

PATIENCE_S = 5.0
"""How long an instrument may be silent, or behind, before it is given up."""

_POLL_S = 0.05
_QUIET_S = 0.005  # after a window, in which a second one would show
_LONGEST_DIFFERENCE = 0.05  # of a window from the board's own cycle counter


class Watch(Protocol):
    """One run that is watched."""

    def energy(self, *, duration_s: float | None) -> Energy:
        """Return what the run took, once it is over.

        Parameters
        ----------
        duration_s : float or None
            What it took by the board's own cycle counter [s]; None if it has none.

        Raises
        ------
        MeterError
            The instrument is lost, lost samples, or saw not just one window.
        """
        ...


class Meter(Protocol):
    """Whatever measures the energy of runs."""

    def watch(self) -> AbstractContextManager[Watch]:
        """Watch one run, that happens within the block.

        Raises
        ------
        MeterError
            The instrument is lost, or its trigger input is high already.
        """
        ...


class SampledMeter:
    """A meter made of an instrument that samples; satisfies `Meter`.

    Parameters
    ----------
    sampler : Sampler
        Open.
    patience_s : float
        How long it may be silent, or behind, before it is given up [s].
    """

    def __init__(self, sampler: Sampler, *, patience_s: float = PATIENCE_S) -> None:
        self._sampler, self._patience_s = sampler, patience_s

    @contextmanager
    def watch(self) -> Generator[Watch]:
        """Watch one run, that happens within the block."""
        self._sampler.begin()
        recording = _Recording(self._sampler, patience_s=self._patience_s)
        try:
            with ThreadPoolExecutor(max_workers=1) as pool, recording.following(pool):
                recording.wait_for_low()
                yield recording
        finally:
            with suppress(MeterError):  # an instrument that is gone is told by the next watch
                self._sampler.end()


class _Recording:
    """The samples of one run; satisfies `Watch`."""

    def __init__(self, sampler: Sampler, *, patience_s: float) -> None:
        self._sampler, self._facts, self._patience_s = sampler, sampler.facts, patience_s
        self._changed, self._stopping = Condition(), Event()
        self._cutter = WindowCutter(self._facts)
        self._kept: list[Samples] = []
        self._future: Future[None] = Future()
        self._began_s = self._last_s = time.monotonic()

    @contextmanager
    def following(self, pool: ThreadPoolExecutor) -> Generator[None]:
        """Record in a thread for the time of the block."""
        self._future = pool.submit(self.record)
        self._future.add_done_callback(lambda _: self._notify())
        try:
            yield
        finally:
            self._stopping.set()
            with suppress(MeterError):  # told where the energy is asked for
                self._future.result()

    def record(self) -> None:
        """Read samples until told to stop; runs in a thread, whose error the future keeps."""
        while not self._stopping.is_set():
            samples = self._sampler.read(wait_s=_POLL_S)
            if samples is None:
                continue
            with self._changed:
                if self._facts.bracket is Bracket.START:
                    self._kept.append(samples)
                self._cutter.feed(samples)
                self._last_s = time.monotonic()
                self._changed.notify_all()

    def wait_for_low(self) -> None:
        """Wait until samples flow; an instrument that samples the pin must see it low."""
        if self._facts.bracket is Bracket.START:
            return
        self._wait(lambda: self._cutter.num_samples > 0, patience_s=self._patience_s)
        if self._cutter.is_high or self._cutter.windows:
            raise self._window_error(f"{self._facts.trigger} is high before the run")

    def energy(self, *, duration_s: float | None) -> Energy:
        """Return what the run took, once it is over."""
        window = (
            self._until(duration_s)
            if self._facts.bracket is Bracket.START
            else self._between_edges(duration_s)
        )
        return window.energy(meter=self._facts.meter)

    def _between_edges(self, duration_s: float | None) -> Window:
        cutter, rate_hz = self._cutter, self._facts.rate_hz
        quiet = _QUIET_S * rate_hz
        done = self._wait(
            lambda: bool(cutter.windows) and not cutter.is_high and cutter.num_low >= quiet,
            patience_s=self._patience_s + time.monotonic() - self._began_s,
        )
        if not done or len(cutter.windows) != 1:
            raise self._window_error(self._miscounted())
        window = cutter.windows[0]
        took_s = window.num_samples / rate_hz
        allowed_s = 2 / rate_hz + _LONGEST_DIFFERENCE * (duration_s or 0.0)
        if duration_s is not None and abs(took_s - duration_s) > allowed_s:
            raise self._window_error(
                f"the window is {1e3 * took_s:.3f} ms long, and the board's cycle counter says "
                f"{1e3 * duration_s:.3f} ms"
            )
        return window

    def _until(self, duration_s: float | None) -> Window:
        facts = self._facts
        if duration_s is None:
            raise self._window_error(
                "it sees only where a run begins, and the board has no cycle counter to tell where "
                f"it ends; use another meter than {facts.meter}"
            )
        num = max(1, round(duration_s * facts.rate_hz))
        done = self._wait(
            lambda: self._cutter.num_samples > num,
            patience_s=self._patience_s + time.monotonic() - self._began_s,
        )
        if not done:
            raise self._window_error(
                f"it saw {self._cutter.num_samples} samples of a run of {num}; {facts.trigger} may "
                "not have risen"
            )
        return self._cut(num)

    def _cut(self, num: int) -> Window:
        cutter, seen = WindowCutter(self._facts), 0
        for samples in self._kept:
            size = samples.power_w.size
            cutter.feed(replace(samples, trigger=np.arange(seen, seen + size) < num))
            seen += size
        return cutter.windows[0]

    def _miscounted(self) -> str:
        num, lost = len(self._cutter.windows), self._cutter.num_lost
        if not num and self._cutter.is_high:
            return f"{self._facts.trigger} is still high after the run"
        also = f", and lost {lost} samples" if lost else ""
        return f"{self._facts.trigger} was high {num} times in 1 run{also}"

    def _wait(self, is_done: Callable[[], bool], *, patience_s: float) -> bool:
        """Wait for the samples to show something; False when they do not in time."""
        deadline_s = time.monotonic() + patience_s
        with self._changed:
            while not is_done():
                if self._future.done():
                    self._future.result()
                now_s = time.monotonic()
                self._check_life(now_s)
                if now_s >= deadline_s:
                    return False
                self._changed.wait(min(deadline_s - now_s, self._patience_s))
        return True

    def _check_life(self, now_s: float) -> None:
        silent_s = now_s - self._last_s
        if self._facts.bracket is Bracket.PIN and silent_s >= self._patience_s:
            raise MeterLostError(
                meter=self._facts.meter,
                port=self._facts.port,
                reason=f"no sample for {silent_s:.1f} s",
            )

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _window_error(self, problem: str) -> MeterWindowError:
        return MeterWindowError(meter=self._facts.meter, port=self._facts.port, problem=problem)

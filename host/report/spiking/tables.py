# SPDX-License-Identifier: Apache-2.0
"""The tables of an experiment with spiking networks, on the terminal, the page and in documents."""

from collections.abc import Sequence
from statistics import fmean

from host.report.spiking.deployed_tables import deployed_tables
from host.report.spiking.matrix import Shares, Trained, held_out, milliseconds, trained
from host.report.tables import Row, Table
from host.spiking.record import SpikingRecord
from snn.adaptation.methods import Method

_OF_SEVERAL = "In brackets: the lowest and the highest of the networks, which differ in {what}."
_OF_ONE = "In brackets: 95 % interval (Clopper-Pearson)."


def tables(records: Sequence[SpikingRecord]) -> tuple[Table, ...]:
    """Return all tables of the records: accuracies, groups that were held out, devices, costs."""
    kinds = trained(records)
    shown = [accuracy_table(one) for one in kinds]
    if held_out(records):
        shown += [held_out_table(one) for one in kinds]
    shown += [table for one in kinds for table in deployed_tables(one)]
    return (*shown, training_table(kinds))


def accuracy_table(one: Trained) -> Table:
    """Tabulate the accuracy over the time step run at, a row a method."""
    head = ("method", *(milliseconds(dt_us) for dt_us in one.run_dt_us))
    methods = one.methods or (Method.NONE,)
    return Table(
        caption=f"Accuracy [%] of {one.title}, run at",
        head=head,
        rows=tuple(
            (str(method), *(_mapped(one, dt_us, method) for dt_us in one.run_dt_us))
            for method in methods
        ),
        note=" ".join([_note(one.records), *_refusals(one)]),
    )


def held_out_table(one: Trained) -> Table:
    """Tabulate the accuracy at the networks' own time step for each group that was held out."""
    names = held_out(one.records)
    rows = []
    for name in names:
        records = tuple(r for r in one.records if r.cell.held_out == name)
        own = Trained(network=one.network, train_dt_us=one.train_dt_us, records=records)
        rows.append((name, _cell(own.at(one.train_dt_us, Method.NONE))))
    everybody = one.at(one.train_dt_us, Method.NONE)
    mean = "–" if everybody is None else f"{100 * everybody.mean:.1f}"
    return Table(
        caption=f"Accuracy [%] of {one.title}, on whom it never met",
        head=("held out", "accuracy"),
        rows=(*rows, ("mean", mean)),
    )


def training_table(kinds: Sequence[Trained]) -> Table:
    """Tabulate what networks consist of, what training took, and what a recording costs."""
    return Table(
        caption="What the networks cost",
        head=(
            "network",
            "parameters",
            "networks",
            "training [CPU s]",
            "events a recording",
            "spikes a recording",
            "synaptic operations a recording",
        ),
        rows=tuple(_cost_row(one) for one in kinds),
        note="At the time step that they were trained at; means. CPU times are of one thread of "
        "the machine that ran the trials, which may have had other work too.",
    )


def _cost_row(one: Trained) -> Row:
    own = one.at(one.train_dt_us, Method.NONE)
    found = own.found if own else ()
    times_s = [r.run.training_cpu_s for r in one.records if r.run.training_cpu_s is not None]
    return (
        one.title,
        f"{one.records[0].num_parameters:,}".replace(",", " "),
        str(len(one.records)),
        f"{fmean(times_s):.0f}" if times_s else "–",
        f"{fmean(a.events_per_recording for a in found):.0f}",
        f"{fmean(sum(a.spikes_per_recording) for a in found):.0f}",
        f"{fmean(a.synops_per_recording for a in found) / 1e3:.0f} k",
    )


def _cell(shares: Shares | None) -> str:
    if shares is None:
        return "–"
    low, high = shares.ends
    return f"{100 * shares.mean:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _mapped(one: Trained, dt_us: int, method: Method) -> str:
    shares = one.at(dt_us, method)
    if shares is None or len(shares.found) == len(one.records):
        return _cell(shares)
    return f"{_cell(shares)}, {len(shares.found)} of {len(one.records)} networks"


def _refusals(one: Trained) -> list[str]:
    return [f"Others have no counterpart there. The first: {one.reason}."] if one.reason else []


def _note(records: Sequence[SpikingRecord]) -> str:
    if len(records) == 1:
        return _OF_ONE
    what = ["seed"] if len({r.cell.seed for r in records}) > 1 else []
    what += ["whom they never met"] if len(held_out(records)) > 1 else []
    return _OF_SEVERAL.format(what=" and ".join(what))

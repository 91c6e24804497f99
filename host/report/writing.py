# SPDX-License-Identifier: Apache-2.0
"""Puts a report together from records: the page, and the PNG files beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from channels.scenario import Scenario
from host.experiment import Metric
from host.journal import replace_file
from host.record import Record
from host.report import facts, figures, pictures, tables, time_figure, time_picture
from host.report.curves import curves, scenarios
from host.report.learning import section as learning
from host.report.learning.forgetting_picture import save_forgetting
from host.report.learning.recovery_picture import save_recovery
from host.report.learning.remarks import learner_remarks
from host.report.look import Looks, looks
from host.report.page import Chart, Page
from host.report.paired import METHOD
from host.report.slot_view import SlotView
from host.report.timeline import Timeline, timelines
from host.report.trade import Offer, offers

PAGE = "report.html"

_HEADINGS: Mapping[Metric, str] = {
    Metric.BLER: "Block error rate",
    Metric.BER: "Bit error rate before the decoder",
    Metric.RATE: "Reachable rate",
}
_COLUMNS_BESIDE_A_CHART = 3
_SAME_SLOTS = "Slot i is the same slot for every receiver and device: same bits, channel and noise."
_BARS = f"Bars: {METHOD.removeprefix('In brackets: ')}"
_BANDS = "Shaded: 95 % interval. Open triangle: no error seen, upper end of the interval."


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report is made of.

    Parameters
    ----------
    title : str
    records : sequence of Record
        In their canonical order, at least one.
    views : sequence of SlotView
        Slots to look at, at most one a scenario; may be empty.
    contents : mapping of str to Scenario
        The scenarios by name, as far as they are there: what drifts in them is drawn,
        and what they leave out is said.
    """

    title: str
    records: Sequence[Record]
    views: Sequence[SlotView] = ()
    contents: Mapping[str, Scenario] = field(default_factory=dict[str, Scenario])

    @property
    def appearance(self) -> Looks:
        """Return the look of every receiver on every device, the same in all figures."""
        return looks(self.records)

    def remarks(self, scenario: str) -> tuple[str, ...]:
        """Return what to keep in mind about a scenario, as far as its content is there."""
        from channels.remarks import remarks

        content = self.contents.get(scenario)
        return remarks(content) if content else ()

    def timelines(self, scenario: str) -> tuple[Timeline, ...]:
        """Return the errors over time of a scenario; empty where all its slots are alike."""
        content = self.contents.get(scenario)
        return timelines(self.records, scenario=scenario, content=content)


def write_report(report: Report, *, folder: Path) -> tuple[Path, ...]:
    """Write report.html and the PNG files; return their paths, the page first."""
    path = folder / PAGE
    replace_file(path, page(report).encode())
    return (path, *_save_pictures(report, folder))


def page(report: Report) -> str:
    """Return the report as one self-contained HTML page."""
    records = report.records
    names = ", ".join(scenarios(records))
    sheet = Page(title=report.title, subtitle=f"{len(records)} records over {names}")
    sheet.cards(facts.key_figures(records))
    for scenario in scenarios(records):
        _add_scenario(sheet, report, scenario)
    _add_devices(sheet, records)
    sheet.section("Provenance", note="Everything that is needed to measure this again.")
    sheet.facts(facts.provenance(records))
    sheet.folded(facts.record_table(records))
    return sheet.html()


def _add_scenario(sheet: Page, report: Report, scenario: str) -> None:
    records = report.records
    snr_name = tables.snr_name(records, scenario)
    sheet.section(
        f"Scenario {scenario}",
        note=" ".join(
            [
                _SAME_SLOTS,
                *report.remarks(scenario),
                *learner_remarks(records, scenario=scenario),
            ]
        ),
    )
    drawn = {metric: curves(records, metric=metric, scenario=scenario) for metric in _HEADINGS}
    missing = tables.missing_anchors(next(c for c in drawn.values() if c))
    panels = [
        Chart(
            caption=_HEADINGS[metric],
            figure=figures.error_curves(
                drawn[metric], report.appearance, metric=metric, snr_name=snr_name
            ),
            note=f"{_BANDS} {missing}" if metric is not Metric.RATE else missing,
        )
        for metric in _HEADINGS
        if drawn[metric]
    ]
    sheet.panels(panels)
    if drawn[Metric.BLER]:
        sheet.panels([tables.standing_table(records, scenario=scenario)])
    sheet.panels([tables.error_table(records, scenario=scenario)])
    sheet.panels([_over_time(t, report.appearance) for t in report.timelines(scenario)])
    for shown in learning.panels(records, scenario=scenario, content=report.contents.get(scenario)):
        sheet.panels([shown])
    networks = offers(records, scenario=scenario)
    if len(networks) > 1:
        sheet.panels([_trade(networks)])
    for view in report.views:
        if view.scenario == scenario:
            sheet.panels([_constellation(view)])
            sheet.panels([_channel(view)])


def _over_time(timeline: Timeline, appearance: Looks) -> Chart:
    return Chart(
        caption=f"{_HEADINGS[timeline.metric]}, over time",
        figure=time_figure.over_time(timeline, appearance),
        note=timeline.note,
    )


def _trade(networks: Sequence[Offer]) -> Chart:
    return Chart(caption="Gap against work", figure=figures.trade(networks), note=_BARS)


def _constellation(view: SlotView) -> Chart:
    return Chart(
        caption="Constellation of the data",
        figure=figures.constellation(view),
        note=_place(view),
    )


def _channel(view: SlotView) -> Chart:
    return Chart(
        caption="Channel at antenna 1", figure=figures.channel_gain(view), note=_place(view)
    )


def _place(view: SlotView) -> str:
    return f"Slot 0 of seed {view.seed} at {view.snr_name} {view.snr_db:g} dB."


def _add_devices(sheet: Page, records: Sequence[Record]) -> None:
    costs = tables.cost_table(records)
    if not costs.rows:
        return
    sheet.section("On the device")
    operators = tables.operator_costs(records)
    if not operators:
        sheet.panels([costs])
        return
    bars = Chart(caption="Where the instructions go", figure=figures.operator_bars(operators))
    if len(costs.head) > _COLUMNS_BESIDE_A_CHART:
        sheet.panels([costs])
        sheet.panels([bars])
        return
    sheet.panels([costs, bars])


def _save_pictures(report: Report, folder: Path) -> tuple[Path, ...]:
    records, names = report.records, scenarios(report.records)
    saved: list[Path] = []
    for scenario in names:
        suffix = f"-{scenario}" if len(names) > 1 else ""
        for metric in (Metric.BER, Metric.BLER):
            drawn = curves(records, metric=metric, scenario=scenario)
            if drawn:
                saved.append(
                    pictures.save_curves(
                        folder / f"{metric}{suffix}.png",
                        drawn,
                        report.appearance,
                        metric=metric,
                        title=scenario,
                        snr_name=tables.snr_name(records, scenario),
                    )
                )
        saved += [
            time_picture.save_over_time(
                folder / f"{t.metric}-over-time{suffix}.png", t, report.appearance
            )
            for t in report.timelines(scenario)
        ]
        saved += _save_learning(report, scenario, folder=folder, suffix=suffix)
        networks = offers(records, scenario=scenario)
        if len(networks) > 1:
            path = folder / f"trade{suffix}.png"
            saved.append(pictures.save_trade(path, networks, title=scenario))
        saved += _save_views(report, scenario, folder=folder, suffix=suffix)
    operators = tables.operator_costs(records)
    if operators:
        saved.append(pictures.save_operators(folder / "operators.png", operators))
    return tuple(saved)


def _save_learning(report: Report, scenario: str, *, folder: Path, suffix: str) -> list[Path]:
    """Save the curves of recovery, a file a step, and what is still known of other channels."""
    records, content = report.records, report.contents.get(scenario)
    saved: list[Path] = []
    steps = learning.recovered(records, scenario=scenario, content=content)
    for i, found in enumerate(steps, start=1):
        path = folder / f"recovery{suffix}{f'-{i}' if i > 1 else ''}.png"
        where = f"{learning.title(records, scenario)}, slot {found[0].step.first_slot:,}"
        saved.append(save_recovery(path, found, report.appearance, title=where))
    probed = learning.probed(records, scenario=scenario)
    if probed:
        path = folder / f"forgetting{suffix}.png"
        saved.append(save_forgetting(path, probed, title=learning.title(records, scenario)))
    return saved


def _save_views(report: Report, scenario: str, *, folder: Path, suffix: str) -> list[Path]:
    saved: list[Path] = []
    for view in report.views:
        if view.scenario == scenario:
            saved.append(pictures.save_constellation(folder / f"constellation{suffix}.png", view))
            saved.append(pictures.save_channel(folder / f"channel{suffix}.png", view))
    return saved

"""A chart as the script takes it: columns, scales, limits and marks."""

import itertools
from typing import Any

from django.utils.translation import ngettext

from doover_web.data.series import Course

from .charts import Chart
from .picture import Ink, limits_of, name_of


def plotted(chart: Chart) -> dict[str, Any]:
    """For orjson; `breaks` of a line are the places of its points that begin anew after a gap."""
    scales = chart.picture.scales if chart.picture else []
    places = {scale.key: place for place, scale in enumerate(scales)}
    lines = []
    for shown in chart.numbers:
        drawn, line, course = shown.drawn, shown.drawn.line, shown.drawn.course
        lines.append(
            {
                "path": line.path,
                "title": line.title,
                "units": line.units,
                "decimals": line.decimals,
                "scale": places[drawn.axis],
                "step": course.step,
                "calm": drawn.is_calm,
                "band": drawn.has_band,
                "breaks": list(itertools.accumulate(len(run) for run in drawn.runs[:-1])),
                **Course("", 0, 0, 0, [point for run in drawn.runs for point in run]).columns(),
                "limits": [
                    {
                        "label": name_of(one, line),
                        "low": one.low,
                        "high": one.high,
                        "ink": _ink(Ink(drawn.place, one.colour)),
                    }
                    for one in limits_of(line, chart.view)
                ],
            }
        )
    return {
        "after": chart.span.after,
        "before": chart.span.before,
        "live": chart.span.is_live,
        "query": chart.query(),
        "sampled": chart.is_sampled,
        "lines": lines,
        "scales": [
            {
                "low": scale.low,
                "high": scale.high,
                "units": scale.units,
                "side": scale.side,
                "lowFixed": scale.low_is_fixed,
                "highFixed": scale.high_is_fixed,
            }
            for scale in scales
        ],
        "marks": [{"ms": mark.ms, "kind": mark.kind, "words": mark.words} for mark in chart.marks],
        "markLegend": [
            {"kind": mark.kind, "words": f"{words}: {mark.words}{_and_more(more)}"}
            for words, mark, more in chart.mark_kinds
        ],
    }


def _and_more(count: int) -> str:
    words = ngettext("and %(count)s more", "and %(count)s more", count) % {"count": count}
    return f", {words}" if count else ""


def _ink(ink: Ink) -> str:
    """`s-red` for a colour of the stylesheet, else the colour itself."""
    return f"s-{ink.name}" if ink.name else ink.attribute

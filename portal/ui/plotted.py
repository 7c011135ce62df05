"""A chart as the script takes it: columns, scales, limits and marks."""

from typing import Any

from .charts import Chart
from .picture import Ink, limits_of


def plotted(chart: Chart) -> dict[str, Any]:
    """For orjson; `i` of a line is its place in the legend."""
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
                "silence": drawn.silence,
                "held": drawn.is_held,
                **course.columns(),
                "limits": [
                    {"label": one.label, "low": one.low, "high": one.high, "ink": _ink(Ink(drawn.place, one.colour))}
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
    }


def _ink(ink: Ink) -> str:
    """`s-red` for a colour of the stylesheet, else the colour itself."""
    return f"s-{ink.name}" if ink.name else ink.attribute

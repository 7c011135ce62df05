"""What Pump 7 draws on its page."""

from .elements import (
    application,
    band,
    button,
    choice,
    flag,
    group,
    line,
    moment,
    number,
    number_field,
    plot,
    slider,
    text_field,
    warning,
    words,
)


def tank_tree() -> dict:
    levels = [band("Low", 0, 25, "red"), band("Half", 25, 70, "blue"), band("Full", 70, 100, "green")]
    course = {
        **line("Level", "%", "blue"),
        "ranges": [band("Low", 0, 20, "red")],
        "thresholds": [{"label": "Low", "value": 20, "colour": "red"}],
    }
    marks = [
        {"label": "Overflow", "value": 3.85, "colour": "tomato"},
        {"label": "Intake", "value": 0.4, "colour": "orange"},
    ]
    return application(
        "tank_1",
        "Main tank",
        warning("low_level", "Tank level is low"),
        number("level_pct", "Level", "%", 1, form="radialGauge", ranges=levels, defaultZoom="24h"),
        number("volume", "Volume", "L", 0, form="linearGauge", ranges="$tag.app().gauge_ranges:array:[]"),
        number("level_m", "Depth", "m", 3, thresholds=marks, defaultRangeView="line", live=True),
        number("outflow", "Outflow", "L/s", 2),
        words("state", "State"),
        moment("full_in", "Full at", precision="second", absoluteFormat="ddd HH:mm"),
        number_field("low_level", "Warn below", "%", 5, 60, 28),
        {
            **plot("day", "Level and outflow", level_pct=course, outflow=line("Outflow", "L/s", "orange")),
            "defaultRangeView": "zone",
        },
        group("sensor", "Level sensor", number("rssi", "Signal", "dBm", 0), moment("last_read", "Last reading")),
        icon="droplet",
        colour="blue",
        position=10,
    )


def pump_tree(least_suction: float) -> dict:
    suctions = [band("Low", 0, least_suction, "red"), band("Good", least_suction, 140, "green")]
    # Start makes water move, so it asks first and wants a reason in the log when there is one.
    confirm = {"title": "Start the pump?", "audit": {"required": False, "label": "Reason"}}
    return application(
        "pump_1",
        "Pump control",
        warning("suction_low", "Suction pressure is low"),
        number("speed_hz", "Speed", "Hz", 1),
        number("flow", "Flow", "L/s", 2, live=True),
        button("start_pump", "Start pump", icon="play", requiresConfirm=confirm, labelString="A siren sounds first"),
        button("stop_pump", "Stop pump", icon="stop", requiresConfirm=False),
        slider("speed", "Speed setpoint", "Hz", 20, 50, 0.5, 35),
        choice("mode", "Operating mode", {"auto": "Auto", "manual": "Manual", "off": "Off"}, "auto"),
        words("state", "State"),
        flag("running", "Running", hidden=True),  # the state says so too: this is for charts and alarms
        number("suction", "Suction", "kPa", 0, form="linearGauge", ranges=suctions),
        number("power_kw", "Power", "kW", 2),
        number("run_hours", "Run time", "h", 1),
        text_field("note", "Note for the next shift"),
        icon="gauge",
        colour="green",
        position=20,
    )

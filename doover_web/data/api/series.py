import orjson
from django.conf import settings
from ninja import Router

from doover_web.common.window import Window, read_window
from doover_web.common.wire import Forbidden, flag

from ..access import channel_to_read, channels_to_read, reach_agent, ref_of
from ..models import Channel
from ..timeseries import Reading, list_readings
from .answers import answer
from .messages import MESSAGES, WINDOW_SHAPE
from .schemas import SeriesOut

router = Router(tags=["series"])
PAGES = {"in": "query", "name": "paginate", "schema": {"type": "boolean"}}
SERIES_SHAPE = {"parameters": [*WINDOW_SHAPE["parameters"], PAGES]}


@router.get(MESSAGES + "/timeseries", response=SeriesOut, openapi_extra=SERIES_SHAPE)
def get_timeseries(request, agent_id: str, name: str):
    """The values of fields in a channel's messages (`data-api §7.5`)."""
    window = _window(request)
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_read(reach, name)
    if ref_of(reach, channel).hides_secrets:
        raise Forbidden("You may not read single values of this channel (device_configure)", code="no_configure")
    return answer(_series(request, window, [channel]))


@router.get("/agents/{agent_id}/data_series", response=SeriesOut, openapi_extra=SERIES_SHAPE)
def get_data_series(request, agent_id: str):
    """The same over every channel of the agent that the caller may read; each value names its channel."""
    window = _window(request)
    channels = channels_to_read(reach_agent(request.auth, agent_id))
    return answer(_series(request, window, channels, names=True))


def _window(request) -> Window:
    """Who pages goes back from `next` with `before`, so `after` is a floor there and the newest come first."""
    window = read_window(request.GET, maximum=settings.MAX_PAGE)
    return window.backwards() if flag(request.GET, "paginate") else window


def _series(request, window: Window, channels: list[Channel], *, names: bool = False) -> dict:
    readings = list_readings(channels, window, request.GET.getlist("field_name"))
    out: dict = {"count": len(readings), "results": [_reading_out(reading, names) for reading in readings]}
    if flag(request.GET, "paginate"):
        out["next"] = str(readings[-1].message_id) if len(readings) >= window.limit else None
    return out


def _reading_out(reading: Reading, names: bool) -> dict:
    out = {"value": orjson.Fragment(reading.value), "message_id": str(reading.message_id)}
    return {**out, "channel_name": reading.channel_name} if names else out

"""Commands in messages, as the simulated devices read them."""

from doover_web.common.snowflake import first_id_of
from doover_web.standalone.fleet import orders

NOW = 1_780_279_200_000
APPS = ("tank_1", "pump_1")


def message(at=NOW, **data):
    command = {"type": "rpc", "app_key": "pump_1", "method": "speed", "request": 35, **data}
    return {"id": str(first_id_of(at)), "data": {key: value for key, value in command.items() if value is not ...}}


def test_a_command_is_read_with_and_without_a_status():
    for status in (..., {"code": "sent"}, None):
        order = orders.read_order(message(status=status), APPS, NOW)
        assert (order.app, order.method, order.request) == ("pump_1", "speed", 35)


def test_a_request_may_be_null_but_not_missing():
    assert orders.read_order(message(request=None), APPS, NOW).request is None
    assert orders.read_order(message(request=...), APPS, NOW) is None


def test_what_is_not_for_us_is_left_alone():
    others = [
        message(app_key="somebody_else"),
        message(type="log"),
        message(method=7),
        message(status={"code": "acknowledged"}),
        message(status={"code": "success"}),
        {"id": "1", "data": [1, 2]},
        {"id": "1", "data": None},
    ]

    assert [orders.read_order(one, APPS, NOW) for one in others] == [None] * len(others)


def test_a_command_without_an_application_is_for_any():
    assert orders.read_order(message(app_key=...), APPS, NOW).app == ""


def test_an_expired_command_is_dropped():
    assert orders.read_order(message(expires_after=10_000), APPS, NOW + 9_000)
    assert orders.read_order(message(expires_after=10_000), APPS, NOW + 11_000) is None


def test_a_withdrawn_command_is_told_from_one_that_failed():
    cancelled = [{"cancelled_at": 1}, {"cancelled_by": {}}, {"info": "Command canceled"}, "Command cancelled"]
    failed = [{"code": "INTERLOCK", "message": "no"}, None, "sensor gone"]

    assert all(orders.is_cancelled(message(status={"code": "error", "message": said})) for said in cancelled)
    assert not any(orders.is_cancelled(message(status={"code": "error", "message": said})) for said in failed)
    assert not orders.is_cancelled(message(status={"code": "success", "message": {"cancelled_at": 1}}))


def test_only_what_we_had_begun_counts_as_left_over():
    assert orders.is_left_over(message(status={"code": "pending"}), APPS)
    assert not orders.is_left_over(message(status={"code": "sent"}), APPS)
    assert not orders.is_left_over(message(status={"code": "pending"}, app_key="other"), APPS)

"""What has to be done, and what a device's report means."""

import pytest

from doover_web.deployments.plan import (
    DropFunction,
    DropInterface,
    DropSettings,
    HangWidget,
    PutFunction,
    PutInterface,
    PutSettings,
    SendAway,
    TellDevice,
    Wanted,
    needs_device,
    report_of,
    standing_of,
    steps_away,
    steps_to,
)

TREE = {"type": "uiApplication"}


def kinds(steps):
    return [type(step) for step in steps]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted("DEV"), [PutSettings, TellDevice]),
        (Wanted("DEV", ui=TREE), [PutSettings, PutInterface, TellDevice]),
        (Wanted("DEV", widget="5", ui=TREE), [PutSettings, HangWidget, PutInterface, TellDevice]),
        (Wanted("PRO"), [PutSettings, PutFunction]),
        (Wanted("INT", is_org=True, ui=TREE), [PutSettings, PutInterface, PutFunction]),
        (Wanted("REP", is_org=True), [PutSettings, PutFunction]),
        (Wanted("TAS"), [PutSettings]),
        (Wanted("DEV", is_org=True), [PutSettings]),
    ],
)
def test_each_type_needs_its_own(wanted, expected):
    assert kinds(steps_to("app_1", wanted, {})) == expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Wanted("DEV", ui=TREE), [DropSettings, DropInterface, SendAway]),
        (Wanted("DEV"), [DropSettings, SendAway]),
        (Wanted("PRO"), [DropSettings, DropInterface, DropFunction]),
        (Wanted("TAS"), [DropSettings]),
    ],
)
def test_what_was_made_is_taken_away(standing, expected):
    assert kinds(steps_away("app_1", standing)) == expected


def test_a_new_name_takes_the_old_away_first():
    steps = steps_to("new", Wanted("DEV", ui=TREE), {}, ("old", Wanted("DEV", ui=TREE)))

    assert [(type(step), step.key) for step in steps] == [
        (DropSettings, "old"),
        (DropInterface, "old"),
        (SendAway, "old"),
        (PutSettings, "new"),
        (PutInterface, "new"),
        (TellDevice, "new"),
    ]


def test_an_interface_that_is_no_longer_there_goes():
    assert DropInterface in kinds(steps_to("app_1", Wanted("DEV"), {}, ("app_1", Wanted("DEV", ui=TREE))))


def test_only_what_a_device_does_needs_the_device():
    assert needs_device(steps_to("app_1", Wanted("DEV"), {}))
    assert needs_device(steps_away("app_1", Wanted("DEV")))
    assert not needs_device(steps_to("app_1", Wanted("PRO"), {}))
    assert not needs_device([])


def test_what_is_wanted_is_stored_and_read_again():
    wanted = Wanted("PRO", ui=TREE, starts=({"kind": "schedule"},), permissions=({"permission_id": "ag:1"},))

    assert Wanted.of({**wanted.stored(), "install_id": "7"}) == wanted


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"status": {"code": "SUC"}}, "SUC"),
        ({"status": {"code": "fai", "detail": "no"}}, "FAI"),
        ({"status": {"code": "RUN"}}, "RUN"),
        ({"status": "success"}, "SUC"),
        ({"status": "Failed"}, "FAI"),
        ({"status": {"code": "odd"}}, "RUN"),
        ({"status": {}}, "RUN"),
        ({"status": 5}, "RUN"),
        ({"status": ["SUC"]}, "RUN"),
        ({"result": "anything of the vendor's"}, "SUC"),
    ],
)
def test_a_report_in_its_many_shapes(data, code):
    assert report_of(data).code == code


@pytest.mark.parametrize("data", [None, 5, "SUC", ["SUC"]])
def test_what_is_no_document_is_no_report(data):
    assert report_of(data) is None


@pytest.mark.parametrize(
    ("actual", "code"),
    [
        ({"state": "running", "config_rev": "9"}, "SUC"),
        ({"state": "running", "config_rev": 9}, "SUC"),
        ({"state": "exited", "error": "crash", "config_rev": "9"}, "FAI"),
        ({"state": "pulling", "config_rev": "9"}, None),
        ({"state": "running", "config_rev": "8"}, None),
        ({"state": "running"}, None),
        ("running", None),
        (None, None),
    ],
)
def test_the_state_of_an_application_on_its_device(actual, code):
    report = standing_of(actual, "9")

    assert (report.code if report else None) == code

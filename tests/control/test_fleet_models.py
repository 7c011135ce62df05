"""What always holds of applications, installs and the rest of the fleet, whoever writes it."""

import pytest
from django.db import IntegrityError, transaction

from doover_web.control.models import (
    AppInstall,
    Application,
    ApplicationVersion,
    Device,
    DeviceType,
    DeviceTypeAccess,
    RegistryProfile,
)
from doover_web.identity.auth import caller_of_user


@pytest.fixture
def level(creek):
    """An application of Tallow Creek Water that runs on devices."""
    return Application.objects.create(
        organisation=creek, name="tank_level", display_name="Tank level", type=Application.Type.DEVICE
    )


def refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_a_key_is_once_on_an_agent_among_those_in_use(pump, level):
    AppInstall.objects.create(agent=pump, application=level, name="tank_level_1")
    refused(lambda: AppInstall.objects.create(agent=pump, application=level, name="tank_level_1"))


def test_a_release_has_a_number_of_its_own(level):
    ApplicationVersion.objects.create(application=level, number=1)
    refused(lambda: ApplicationVersion.objects.create(application=level, number=1))
    refused(lambda: ApplicationVersion.objects.create(application=level, number=0))


@pytest.mark.parametrize("place", [{"latitude": 1.5}, {"longitude": 2}, {"latitude": 91, "longitude": 0}])
def test_a_place_is_whole_and_on_earth(pump, place):
    refused(lambda: Device.objects.create(agent=pump, **place))


def test_a_password_is_not_in_clear_in_the_database(creek):
    profile = RegistryProfile(organisation=creek, name="ours", url="registry.example", username="creek")
    profile.password = "salt and water"
    profile.save()

    [row] = RegistryProfile.objects.values_list("sealed_password", flat=True)
    assert "salt" not in row
    assert RegistryProfile.objects.get().password == "salt and water"


def test_a_type_is_its_owners_until_a_list_opens_it(creek, alice, mallory):
    skid = DeviceType.objects.create(organisation=creek, name="Pump skid")
    hers, elsewhere = caller_of_user(alice).standing, caller_of_user(mallory).standing
    other = mallory.memberships.get().organisation

    def seen(standing):
        return skid in DeviceType.objects.visible_to(standing)

    assert (seen(hers), seen(elsewhere)) == (True, False)
    row = DeviceTypeAccess.objects.create(device_type=skid, organisation=other, access="WHL")
    assert seen(elsewhere)
    row.access = "BLK"
    row.save()
    assert not seen(elsewhere)
    row.organisation = creek
    row.save()
    assert seen(elsewhere), "only others are blocked"

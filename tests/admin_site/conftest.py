"""People at Tallow Creek Water beside Alice and Bob, and a tree of groups."""

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.test import Client

from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Group, User

PASSWORD = "correct horse battery staple"


@pytest.fixture
def as_caller():
    """`as_caller(alice)`: the caller that a verb is done by, as she stands now."""
    return lambda user: caller_of_user(User.objects.select_related("agent").get(pk=user.pk))


@pytest.fixture
def north(creek):
    """A group below the root."""
    return Group.objects.create(organisation=creek, parent=creek.root_group, name="North")


@pytest.fixture
def root(db):
    """A superuser who belongs nowhere."""
    return User.objects.create_superuser("root@example.com", PASSWORD, name="Root Admin")


@pytest.fixture
def sits():
    """A browser in which somebody has just written the password."""

    def browser_of(who):
        client, request = Client(), HttpRequest()
        client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        request.session = client.session
        record_authentication(request, who, "password", reauthenticated=True)
        request.session.save()
        return client

    return browser_of

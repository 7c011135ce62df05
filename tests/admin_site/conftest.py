"""People at Tallow Creek Water beside Alice and Bob, and a tree of groups."""

import pytest

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

"""Upper Weir, a group of Tallow Creek Water, and answers that must be good."""

import pytest

from doover_web.identity.models import Group


@pytest.fixture
def weir(creek):
    """Upper Weir, a group below the root."""
    return Group.objects.create(organisation=creek, parent=creek.root_group, name="Upper Weir")


@pytest.fixture
def ok():
    """`ok(response)`: what a call that must succeed answers."""

    def told(response, status=200):
        assert response.status_code == status, response.content
        return response.json() if response.content else None

    return told

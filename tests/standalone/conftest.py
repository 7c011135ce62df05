import pytest

from doover_web.standalone import server


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    """A running bin/serve with a database of its own, which the stories here share."""
    with server.start(tmp_path_factory.mktemp("portal") / "var", from_nothing=True) as running:
        yield running

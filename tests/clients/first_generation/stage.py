"""What every story begins with."""

from pydoover.cloud.api import Client

from . import WORLD


def by_token(token=WORLD["token"], base_url=WORLD["base_url"], **more):
    return Client(token=token, base_url=base_url, **more)


def raises(kind, call, *args, **options):
    try:
        call(*args, **options)
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was not raised")

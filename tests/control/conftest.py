"""Upper Weir, a group of Tallow Creek Water, and answers that must be good."""

import pytest
from asgiref.sync import async_to_sync

from doover_web.control.models import Application, DeviceType
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


@pytest.fixture
def skid(creek):
    """Pump skid, a kind of device of Tallow Creek Water."""
    return DeviceType.objects.create(organisation=creek, name="Pump skid")


@pytest.fixture
def level(creek):
    """Tank level, an application of Tallow Creek Water that runs on devices."""
    schema = {
        "type": "object",
        "properties": {"height": {"type": "number", "default": 2}, "unit": {"type": "string"}},
        "required": ["unit"],
    }
    return Application.objects.create(
        organisation=creek,
        name="tank_level",
        display_name="Tank level",
        type=Application.Type.DEVICE,
        config_schema=schema,
    )


@pytest.fixture
def wrong():
    """`wrong(response)`: the fields that a refused call names."""

    def told(response, status=400):
        assert response.status_code == status, response.content
        return list(response.json().get("errors", {}))

    return told


@pytest.fixture
def bytes_of():
    """`bytes_of(response)`: a file, as it was sent in pieces."""

    async def gathered(response):
        return b"".join([piece async for piece in response.streaming_content])

    return async_to_sync(gathered)


@pytest.fixture
def form():
    """`form(name="Gateway", file=("setup.sh", b"…"))`: keywords of a call whose body is multipart."""

    def keywords(**parts):
        lines = []
        for name, value in parts.items():
            filename, content = value if isinstance(value, tuple) else (None, str(value).encode())
            named = f'; filename="{filename}"\r\nContent-Type: application/octet-stream' if filename else ""
            lines.append(f'--x\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content)
        body = b"\r\n".join([*lines, b"--x--", b""])
        return {"raw": body, "content_type": "multipart/form-data; boundary=x"}

    return keywords

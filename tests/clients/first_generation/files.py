"""Files, and histories as CSV."""

import base64

import requests
from pydoover.cloud.api import Message

from . import AGENT, HOME, WORLD
from .stage import by_token

PNG = b"\x89PNG" + bytes(3000)


def story_files():
    client = by_token()
    channel = client.create_channel("files", AGENT)
    channel.publish({"kept": 1})
    path = HOME / "dot.png"
    path.write_bytes(PNG)
    channel.update_from_file(path)
    channel.update()
    assert channel.aggregate["output_type"] == "image/png"
    assert base64.b64decode(channel.aggregate["output"]) == PNG
    assert channel.aggregate["kept"] == 1
    channel.update_from_file(path, "text/x-own")
    channel.update()
    assert channel.aggregate["output_type"] == "text/x-own"
    unknown = HOME / "reading.unheard-of"
    unknown.write_bytes(b"as it is")
    channel.update_from_file(unknown)
    channel.update()
    assert channel.aggregate == {"kept": 1, "output": base64.b64encode(b"as it is").decode()}
    kept = [one.fetch_payload() for one in client.get_channel_messages(channel.key)]
    assert [one.get("output_type", "-") for one in kept] == [None, "text/x-own", "image/png", "-"]
    assert base64.b64decode(kept[2]["output"]) == PNG
    assert client.get_message(channel.key, channel.fetch_messages(1)[0].id).fetch_payload() == kept[0]


def story_a_file_fetched_as_one():
    """The newer API and the pages have it as an attachment, under the channel's name."""
    client = by_token()
    channel = client.create_channel("camera", AGENT)
    path = HOME / "photo.png"
    path.write_bytes(PNG)
    channel.update_from_file(path)
    headers = {"Authorization": f"Token {WORLD['token']}"}
    at = f"{WORLD['base_url']}/api/agents/{WORLD['pump_id']}/channels/camera"
    state = requests.get(f"{at}/aggregate", headers=headers, timeout=20).json()
    assert state["data"] == {"output_type": "image/png"}
    [file] = state["attachments"]
    assert (file["filename"], file["content_type"], file["size"]) == ("camera.png", "image/png", len(PNG))
    fetched = requests.get(f"{at}/aggregate/attachments/camera.png", headers=headers, timeout=20)
    assert (fetched.content, fetched.headers["Content-Type"]) == (PNG, "image/png")


def story_csv_exports():
    client = by_token()
    channel = client.create_channel("exported", AGENT)
    for number in range(3):
        channel.publish({"n": number, "words": 'say "hi", twice\nover'})
    address = f"{WORLD['base_url']}/ch/v1/channel/{channel.key}/messages/export.csv"
    answer = requests.get(address, headers={"Authorization": f"Token {WORLD['token']}"}, timeout=20)
    assert answer.status_code == 200
    path = HOME / "export.csv"
    path.write_bytes(answer.content)
    read = Message.from_csv_export(client, path)
    assert [one.fetch_payload()["n"] for one in read] == [0, 1, 2]
    live = {one.id: one for one in channel.fetch_messages(10)}
    assert {one.id for one in read} == set(live)
    assert all(abs((one.timestamp - live[one.id].timestamp).total_seconds()) < 0.01 for one in read)
    assert (read[0].channel_name, read[0].channel_id) == ("exported", channel.key)
    assert read[0].agent_id == WORLD["user"]
    read[0].update()
    assert read[0].fetch_payload()["n"] == 0

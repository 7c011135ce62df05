"""Files that hang on a message or on a state, as records and as JSON (`data-api §5`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from .links import link_to


@dataclass(frozen=True, slots=True)
class Attached:
    """A file where it hangs; `blob_id` names its bytes, which several places may share. `size` is in bytes."""

    id: int
    blob_id: int
    filename: str
    content_type: str | None
    size: int


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was sent and is in the storage already, to be hung somewhere."""

    blob_id: int
    filename: str
    content_type: str | None
    size: int
    sha256: bytes


def read_attached(text: str | None) -> tuple[Attached, ...]:
    """The files of a message or a state from its column; most have none."""
    return tuple(Attached(*fields) for fields in orjson.loads(text)) if text else ()


def write_attached(files: Sequence[Attached]) -> str | None:
    """The column for these files, in their order."""
    if not files:
        return None
    return orjson.dumps([(one.id, one.blob_id, one.filename, one.content_type, one.size) for one in files]).decode()


def bears_name(file: Attached, channel: str) -> bool:
    """Whether a file is called as its channel is, with an extension or without: `camera.png` on `camera`."""
    stem, _, extension = file.filename.removeprefix(channel).partition(".")
    return file.filename.startswith(channel) and not stem and "." not in extension


def namesake(channel: str, files: Iterable[Attached]) -> Attached | None:
    """The file that bears the channel's name: what the first generation calls its `output`."""
    return next((one for one in files if bears_name(one, channel)), None)


def once_more(file: Attached) -> NewFile:
    """The same bytes, to be hung in another place as well."""
    return NewFile(file.blob_id, file.filename, file.content_type, file.size, b"")


def attached_out(agent_id: int, files: Sequence[Attached]) -> list[dict]:
    """The files in the shape of the wire; each link is signed now, so hand it only to who may read the channel."""
    return [
        {
            "filename": one.filename,
            "content_type": one.content_type,
            "size": one.size,
            "url": link_to(agent_id, one.id, one.filename),
        }
        for one in files
    ]

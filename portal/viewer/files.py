"""The files of a message or of the state as a page lists them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from doover_web.data.attached import Attached
from doover_web.data.links import path_to
from doover_web.pages import words

PICTURE = re.compile(r"image/(png|jpeg|gif|webp|avif|bmp)")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file: `size` in words, `address` a link that is good for some hours."""

    name: str
    kind: str
    size: str
    address: str
    is_picture: bool


def file_rows(agent_id: int, files: Sequence[Attached]) -> list[FileRow]:
    return [
        FileRow(
            one.filename,
            one.content_type or "",
            words.size(one.size),
            path_to(agent_id, one.id, one.filename),
            PICTURE.fullmatch(one.content_type or "") is not None,
        )
        for one in files
    ]

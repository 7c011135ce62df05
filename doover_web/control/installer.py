"""What makes a machine into a device: its configuration and its type's files, as a script and as archives (pure,
`control-api §3.5`, `edge §9`)."""

import gzip
import io
import shlex
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from doover_web.common.wire import BadRequest

CONFIG = "device_config.json"
SCRIPT = "install.sh"
MOST_FILES = 5_000
LARGEST = 200 * 1024 * 1024  # bytes, unpacked

# Of a type that brings no files of its own: puts the configuration where the device agent looks for it.
PLAIN = b"""#!/bin/sh
# Puts the configuration of this device in place. DOOVER_CONFIG names another file.
set -eu
target="${DOOVER_CONFIG:-/etc/doover/device_config.json}"
mkdir -p "$(dirname "$target")"
umask 077
cp device_config.json "$target.new"
mv "$target.new" "$target"
echo "The configuration is at $target"
"""

FETCH = """#!/bin/sh
# Sets this machine up as the device {agent_id}. The address in it works for an hour.
set -eu
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
curl -fsSL {tarball} -o "$work/installer.tar.gz"
mkdir "$work/files"
tar -xzf "$work/installer.tar.gz" -C "$work/files"
cd "$work/files"
sh ./install.sh
"""


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of an installer."""

    name: str
    content: bytes
    mode: int = 0o644


def config_of(*, agent_id: int, organisation_id: int, token: str, url: str) -> bytes:
    """The configuration that a device starts with (`data-api §4.10`)."""
    config = {
        "agent_id": str(agent_id),
        "organisation_id": str(organisation_id),
        "auth_token": token,
        "data_api": f"{url}/api",
        "data_wss": f"{url.replace('http', 'ws', 1)}/gateway",
        "control_api": url,
    }
    return orjson.dumps(config, option=orjson.OPT_INDENT_2)


def fetching_script(*, agent_id: int, tarball: str) -> str:
    """A script that fetches the archive and runs what is in it."""
    return FETCH.format(agent_id=agent_id, tarball=shlex.quote(tarball))


def files_of(upload: bytes | None, config: bytes) -> list[Packed]:
    """What an installer holds: the files of the type's upload (unpacked when it is an archive), else our own script;
    and the configuration."""
    if upload is None:
        found = [Packed(SCRIPT, PLAIN, 0o755)]
    elif upload.startswith(b"\x1f\x8b"):
        found = list(_of_tar(upload))
    elif upload.startswith(b"PK"):
        found = list(_of_zip(upload))
    else:
        found = [Packed(SCRIPT, upload, 0o755)]
    return [*(one for one in found if one.name != CONFIG), Packed(CONFIG, config, 0o600)]


def tarball(files: Iterable[Packed]) -> bytes:
    """The files as a `.tar.gz`."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for file in files:
            entry = tarfile.TarInfo(file.name)
            entry.size, entry.mode = len(file.content), file.mode
            archive.addfile(entry, io.BytesIO(file.content))
    return held.getvalue()


def zipped(files: Iterable[Packed]) -> bytes:
    """The same files as a `.zip`."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name)
            entry.external_attr = file.mode << 16
            archive.writestr(entry, file.content)
    return held.getvalue()


def filled(template: str, values: Mapping[str, str]) -> str:
    """A copy command with the device's values in place of `{name}` and `{{ name }}`; other braces stay."""
    text = template
    for name, value in values.items():
        for spelling in (f"{{{{ {name} }}}}", f"{{{{{name}}}}}", f"{{{name}}}"):
            text = text.replace(spelling, value)
    return text


def _of_tar(upload: bytes) -> Iterable[Packed]:
    left = LARGEST
    try:
        with tarfile.open(fileobj=gzip.GzipFile(fileobj=io.BytesIO(upload)), mode="r|") as archive:
            for count, entry in enumerate(archive):
                left -= entry.size
                if left < 0 or count >= MOST_FILES:
                    raise BadRequest("The type's installer unpacks to too much", code="bad_installer")
                file = archive.extractfile(entry) if entry.isfile() and _is_inside(entry.name) else None
                if file is not None:
                    yield Packed(_bare(entry.name), file.read(), entry.mode & 0o755)
    except (tarfile.TarError, OSError, EOFError) as problem:
        raise BadRequest(f"The type's installer cannot be unpacked: {problem}", code="bad_installer") from problem


def _of_zip(upload: bytes) -> Iterable[Packed]:
    try:
        with zipfile.ZipFile(io.BytesIO(upload)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > LARGEST:
                raise BadRequest("The type's installer unpacks to too much", code="bad_installer")
            for entry in entries:
                if not entry.is_dir() and _is_inside(entry.filename):
                    mode = (entry.external_attr >> 16) & 0o755 or 0o644
                    yield Packed(_bare(entry.filename), archive.read(entry), mode)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as problem:
        raise BadRequest(f"The type's installer cannot be unpacked: {problem}", code="bad_installer") from problem


def _is_inside(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/") and "\\" not in name


def _bare(name: str) -> str:
    return name.removeprefix("./")

"""Collects what is marked for translation, updates the catalogues in `doover_web/locale`, and compiles them.

`--check` changes nothing: it fails when a catalogue misses a message, holds one untranslated, or is not compiled.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "doover_web" / "locale"
LANGUAGES = ["de"]
WHENEVER = datetime(2026, 1, 1, tzinfo=UTC)  # so that the same messages compile to the same file
WRITTEN = LOCALE / "en_AU" / "LC_MESSAGES" / "django.mo"
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
OPTIONS = {"parse_template_string": "true"}  # of scripts: words within a template string
PLACE = re.compile(r"%\((\w+)\)[sd]")


def python_files() -> Iterator[tuple[Path, str, str]]:
    for package in ("doover_web", "portal", "admin_site"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, "python", path.read_text()


def templates() -> Iterator[tuple[Path, str, str]]:
    from django.utils.translation.template import templatize

    for path in sorted((ROOT / "templates").rglob("*.*")):
        # What comes out is near enough to Python, but for the indents.
        lines = templatize(path.read_text()).splitlines()
        yield path, "python", "\n".join(line.strip() for line in lines)


def scripts() -> Iterator[tuple[Path, str, str]]:
    for path in sorted((ROOT / "static" / "js").rglob("*.js")):
        yield path, "javascript", path.read_text()


DOMAINS = {"django": (python_files, templates), "djangojs": (scripts,)}


def collected(domain: str) -> Catalog:
    """Every marked message of the code, with the files it stands in."""
    found = Catalog()
    for sources in DOMAINS[domain]:
        for path, language, text in sources():
            place = path.relative_to(ROOT).as_posix()
            for _, message, comments, context in extract(
                language, io.BytesIO(text.encode()), KEYWORDS, options=OPTIONS
            ):
                found.add(message, locations=[(place, None)], auto_comments=comments, context=context)
    return found


def files_of(language: str, domain: str) -> tuple[Path, Path]:
    folder = LOCALE / language / "LC_MESSAGES"
    return folder / f"{domain}.po", folder / f"{domain}.mo"


def load(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def as_written() -> bytes:
    """The language of the code as a catalogue: without one, each message is looked for in those of all libraries and
    not found, which costs a page of three hundred messages some milliseconds."""
    catalog = Catalog(locale="en_AU", creation_date=WHENEVER, revision_date=WHENEVER)
    for message in collected("django"):
        if message.id:
            catalog.add(message.id, message.id, context=message.context)
    return compiled(catalog)


def bring_in_step(language: str, domain: str) -> None:
    source, binary = files_of(language, domain)
    source.parent.mkdir(parents=True, exist_ok=True)
    catalog = load(source, language) if source.exists() else Catalog(locale=language, fuzzy=False)
    catalog.update(collected(domain), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    with source.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, ignore_obsolete=True, omit_header=False)
    binary.write_bytes(compiled(catalog))
    missing = [message for message in catalog if message.id and is_untranslated(message)]
    print(f"{language} {domain}: {len(catalog)} messages, {len(missing)} not translated")


def complaints(language: str, domain: str) -> list[str]:
    """What is wrong with one catalogue, in sentences."""
    source, binary = files_of(language, domain)
    catalog = load(source, language)
    wrong = []
    for message in collected(domain):
        if not message.id:
            continue
        kept = catalog.get(message.id, message.context)
        if kept is None or is_untranslated(kept):
            wrong.append(f"{message.id!r} ({message.locations[0][0]}) has no translation")
        elif places(kept.id) != places(kept.string):
            wrong.append(f"{message.id!r}: its translation has other places to fill")
    if not binary.exists() or binary.read_bytes() != compiled(catalog):
        wrong.append("not compiled")
    return [f"{source.relative_to(ROOT)}: {one}. Run bin/messages" for one in wrong]


def is_untranslated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return not all(strings)


def places(texts) -> set[str]:
    """The names to fill in; a singular may leave its number out."""
    parts = texts if isinstance(texts, tuple | list) else (texts,)
    return set(PLACE.findall(parts[-1]))


def main() -> int:
    settings.configure(USE_I18N=True, USE_TZ=True)
    django.setup()
    pairs = [(language, domain) for language in LANGUAGES for domain in DOMAINS]
    if "--check" in sys.argv[1:]:
        wrong = [one for pair in pairs for one in complaints(*pair)]
        if not WRITTEN.exists() or WRITTEN.read_bytes() != as_written():
            wrong.append(f"{WRITTEN.relative_to(ROOT)}: not compiled. Run bin/messages")
        print("\n".join(wrong[:40]) or "Every message is translated and compiled.")
        return 1 if wrong else 0
    for pair in pairs:
        bring_in_step(*pair)
    WRITTEN.parent.mkdir(parents=True, exist_ok=True)
    WRITTEN.write_bytes(as_written())
    return 0


if __name__ == "__main__":
    sys.exit(main())

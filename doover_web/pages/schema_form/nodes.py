"""What a schema asks for at each place, and how it is entered. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doover_web.common.secrets import looks_secret

DEEPEST = 8  # objects within objects that are drawn; what lies deeper is written as JSON
MOST_PARTS = 200  # conditional parts of one object
ORIGIN = "~origin"  # in an entry of a list, while a form is open: which one of the stored list it was
SCALARS = (str, int, float)
ONE_LINE = {"string": "text", "integer": "integer", "number": "number", "boolean": "switch"}

Place = tuple[str | int, ...]
Judge = Callable[[dict, dict], bool]


@dataclass(frozen=True, slots=True)
class Node:
    """One place of a document: its schema, and the kind of input it is entered with."""

    place: Place
    schema: dict
    kind: str
    is_required: bool = False

    @property
    def name(self) -> str:
        """The name of its input: `c/sensors/0/label`."""
        return "/".join(["c", *[str(step).replace("~", "~0").replace("/", "~1") for step in self.place]])

    @property
    def key(self) -> str:
        return str(self.place[-1]) if self.place else ""


class Form:
    """A schema, and who judges its conditions: `fits(document, condition)`."""

    def __init__(self, schema: Mapping, fits: Judge):
        self.schema, self._fits = dict(schema), fits

    @property
    def root(self) -> Node:
        return Node((), self.schema, "object")

    def below(self, node: Node, document: Mapping) -> list[Node]:
        """What an object asks for when it is `document`, in order; parts whose condition is not met are left out."""
        found: dict[str, tuple[Any, bool]] = {}
        whole = {**self._defaults(node.schema), **document}
        for part in self._parts(node.schema, whole, 0):
            for name, schema in _object(part.get("properties")).items():
                found[name] = (schema, name in _list(part.get("required")))
        nodes = [self._node((*node.place, name), schema, required) for name, (schema, required) in found.items()]
        return sorted(nodes, key=_position)

    def item(self, node: Node, index: int) -> Node:
        """One item of a list."""
        return self._node((*node.place, index), node.schema.get("items"), False)

    def every(self, schema: Any) -> dict[str, dict]:
        """The properties of a schema, with those of all its conditional parts."""
        found: dict[str, dict] = {}
        for part in _all_parts(self._referred(schema), 0):
            found |= {name: self._referred(one) for name, one in _object(part.get("properties")).items()}
        return found

    def items(self, schema: Any) -> dict:
        return self._referred(self._referred(schema).get("items"))

    def _node(self, place: Place, schema: Any, required: bool) -> Node:
        schema = self._referred(schema)
        return Node(place, schema, self._kind(schema, str(place[-1]), len(place)), required)

    def _kind(self, schema: dict, key: str, depth: int) -> str:
        if schema.get("x-hidden") is True:
            return "hidden"
        if _is_choice(schema):
            return "choice"
        type = _type(schema)
        if type == "string" and is_secret(key, schema):
            return "secret"
        if type == "string" and schema.get("format") == "date-time":
            return "moment"
        if type == "object" and self.every(schema) and depth < DEEPEST:
            return "object"
        if type == "array":
            return "json" if is_secret(key, schema) else self._list_kind(schema, depth)
        if type in ("integer", "number") and is_secret(key, schema):
            return "json"
        return ONE_LINE.get(type, "json")

    def _list_kind(self, schema: dict, depth: int) -> str:
        items = self.items(schema)
        if _is_choice(items):
            return "checks"
        if _type(items) in ("string", "integer", "number"):
            return "lines"
        return "cards" if _type(items) == "object" and self.every(items) and depth < DEEPEST else "json"

    def _defaults(self, schema: dict) -> dict:
        known = {name: self._referred(one).get("default") for name, one in _object(schema.get("properties")).items()}
        return {name: value for name, value in known.items() if value is not None}

    def _parts(self, schema: dict, document: dict, depth: int) -> Iterator[dict]:
        """The schema and those of its conditional parts that apply."""
        yield schema
        for part in [schema, *_list(schema.get("allOf"))[:MOST_PARTS]]:
            if not isinstance(part, dict) or depth > DEEPEST:
                continue
            if isinstance(part.get("if"), dict):
                branch = part.get("then" if self._fits(document, part["if"]) else "else")
                if isinstance(branch, dict):
                    yield from self._parts(branch, document, depth + 1)
            elif part is not schema:
                yield from self._parts(part, document, depth + 1)

    def _referred(self, schema: Any) -> dict:
        """The schema behind a `$ref` into the same document."""
        schema = _object(schema)
        for _ in range(DEEPEST):
            target = schema.get("$ref")
            if not isinstance(target, str) or not target.startswith("#"):
                break
            found: Any = self.schema
            for step in target[1:].split("/")[1:]:
                found = _object(found).get(step.replace("~1", "/").replace("~0", "~"))
            schema = {**_object(found), **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema


def is_secret(key: str, schema: Mapping) -> bool:
    """Whether a text is written and never shown again."""
    return schema.get("writeOnly") is True or schema.get("format") == "password" or looks_secret(key)


def _all_parts(schema: dict, depth: int) -> Iterator[dict]:
    yield schema
    if depth <= DEEPEST:
        for part in [schema, *_list(schema.get("allOf"))[:MOST_PARTS]]:
            for branch in (_object(part).get("then"), _object(part).get("else"), None if part is schema else part):
                if isinstance(branch, dict):
                    yield from _all_parts(branch, depth + 1)


def _is_choice(schema: dict) -> bool:
    among = schema.get("enum")
    return isinstance(among, list) and bool(among) and all(one is None or isinstance(one, SCALARS) for one in among)


def _type(schema: dict) -> str:
    """The one type, apart from null; empty when there are several, or none."""
    among = schema.get("type")
    types = [one for one in (among if isinstance(among, list) else [among]) if one != "null"]
    if len(types) == 1 and isinstance(types[0], str):
        return types[0]
    return "object" if types == [None] and isinstance(schema.get("properties"), dict) else ""


def _position(node: Node) -> float:
    value = node.schema.get("x-position")
    return value if isinstance(value, int | float) and not isinstance(value, bool) else float("inf")


def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []

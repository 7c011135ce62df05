"""The types that the Control API's schemas are made of, as they travel and as they are here."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema

from doover_web.common.snowflake import ID_MAX


def _number(value: Any) -> int | None:
    """An id comes as digits or as an integer (`control-api §1.2`); an empty text of a form is none."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("an id is a decimal number, as text or as an integer")
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > ID_MAX:
        raise ValueError("an id is a decimal number of up to 63 bits")
    return int(text)


# Something else's id in a body: text on the wire, a number here.
Id = Annotated[int, BeforeValidator(_number), WithJsonSchema({"type": "string"})]
Ids = list[Id]
# An id in a path; the router lets digits through only.
PathId = Annotated[int, WithJsonSchema({"type": "string", "pattern": r"^\d+$"})]
# Any JSON document.
AnyJson = Annotated[Any, WithJsonSchema({})]
# An uploaded file, or text that clears it.
IS_FILE = WithJsonSchema({"anyOf": [{"type": "string", "format": "binary"}, {"type": "null"}]})
File = Annotated[Any, IS_FILE]
Key = Annotated[UUID, WithJsonSchema({"type": "string", "format": "uuid"})]
Email = Annotated[str, Field(json_schema_extra={"format": "email"})]
Link = Annotated[str, Field(json_schema_extra={"format": "uri"})]

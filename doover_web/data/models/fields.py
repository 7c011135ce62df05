import orjson
from django.db import models


class OrderedJSONField(models.Field):
    """A JSON document in PostgreSQL's `json` type, which keeps the order of keys; `jsonb` would sort them."""

    def db_type(self, connection):
        return "json"

    def get_db_prep_value(self, value, connection, prepared=False):
        return None if value is None else orjson.dumps(value).decode()

    def from_db_value(self, value, expression, connection):
        return orjson.loads(value) if isinstance(value, str | bytes) else value

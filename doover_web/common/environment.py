"""Reads settings from the environment, and names the variable that cannot be read."""

from typing import Any

import environ
from environ import ImproperlyConfigured

YES_OR_NO = {"true", "on", "ok", "y", "yes", "1", "false", "off", "n", "no", "0", ""}
KINDS = {int: "a whole number", float: "a number"}


class Environment(environ.Env):
    """As its base, but a value that is none stops the start with what to write instead."""

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False):
        written = self.ENVIRON.get(var, "")
        if cast is bool and written.strip().lower() not in YES_OR_NO:
            raise ImproperlyConfigured(f"{var} is {written!r}. Write true or false.")
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError:
            raise ImproperlyConfigured(f"{var} is {written!r}. Write {KINDS.get(cast, 'another value')}.") from None

    def db_url(self, var: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        try:
            return super().db_url(var, *arguments, **options)
        except ValueError:
            raise ImproperlyConfigured(f"{var} is no address. Write postgres://user:password@host:5432/name") from None

    def email_url(self, var: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        try:
            return super().email_url(var, *arguments, **options)
        except (ValueError, ImproperlyConfigured):
            message = f"{var} is no address of a mail server. Write smtp+tls://user:password@mail.example.com:587"
            raise ImproperlyConfigured(message) from None

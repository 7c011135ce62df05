"""The ways to reach somebody, with the names and numbers of the contract (`data-api §12.2`)."""

from enum import IntEnum


class Kind(IntEnum):
    Email = 1
    Sms = 2
    WebPush = 3
    Http = 4
    Placeholder = 5
    FirebasePush = 6


CHOICES = [(kind.value, kind.name) for kind in Kind]

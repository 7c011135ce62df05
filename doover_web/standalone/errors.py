"""What goes wrong for a reason the reader can do something about."""


class CannotStart(Exception):
    """Shown to the person at the terminal as it is, without a traceback."""


class InUse(CannotStart):
    """Another process works in this data directory."""

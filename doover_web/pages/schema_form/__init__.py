"""A JSON Schema as a form and back: what an application wants to know, without script (`ui-schema §20`). Pure.

A form shows the settings of one layer. What the layers below give stands in its inputs as a placeholder, so an empty
input means "as it is given below".
"""

from .draw import Field, draw
from .lists import changed_list
from .nodes import Form
from .read import Reading, read
from .veil import unveil, veil

__all__ = ["Field", "Form", "Reading", "changed_list", "draw", "read", "unveil", "veil"]

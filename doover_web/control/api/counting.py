"""Counting what belongs to each row of a list, in the list's own query."""

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce


def counted(rows: QuerySet, by: str) -> Coalesce:
    """How many of `rows`, already narrowed to those of the outer row, there are; grouped by the field they share."""
    found = rows.order_by().values(by).annotate(found=Count("pk")).values("found")
    return Coalesce(Subquery(found, output_field=IntegerField()), 0)

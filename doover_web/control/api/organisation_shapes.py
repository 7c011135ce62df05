"""What is told of an organisation in full: its domains, its root group, its theme (`control-api §3.3`)."""

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from doover_web.identity.models import Group, Organisation

from ..models import Domain
from ..models.theme import COLOURS, IMAGES
from .shapes import name_ref


def in_full(rows: QuerySet, prefix: str = "") -> QuerySet:
    """Rows with all that is told of the organisation that they are, or that `prefix` leads to."""
    roots = Prefetch(f"{prefix}groups", Group.objects.filter(parent=None), to_attr="roots")
    domains = Prefetch(f"{prefix}domains", Domain.objects.order_by("-is_default", "hostname"))
    return rows.select_related(f"{prefix}theme", f"{prefix}agent").prefetch_related(domains, roots)


def organisation(row: Organisation) -> dict:
    """All of it but its secrets, which nobody is told. `row` comes from `in_full`."""
    return {
        "id": str(row.id),
        "name": row.name,
        "archived": row.archived_at is not None,
        "application_id": str(row.agent.key),
        "domains": [domain(one) for one in row.domains.all()],
        "root_group": name_ref(row.roots[0]),  # type: ignore[attr-defined]
        "test_field_A": row.test_field_a,
        "retention_period": row.retention_period,
        "legacy_doover_api_key": None,
        "llm_api_key": None,
        "extra_config": row.extra_config,
        "theme": theme(row),
    }


def domain(row: Domain) -> dict:
    return {"id": str(row.id), "hostname": row.hostname, "default": row.is_default}


def theme(row: Organisation) -> dict:
    """The organisation's colours and the addresses of its pictures; the house's where it chose none."""
    chosen = getattr(row, "theme", None)
    colours = {name: getattr(chosen, name, usual) for name, usual in COLOURS.items()}
    kept = {name: getattr(chosen, f"{name}_id", None) for name in IMAGES}
    return colours | {name: picture(row, name, upload_id) if upload_id else None for name, upload_id in kept.items()}


def picture(row: Organisation, name: str, upload_id: int) -> str:
    """Where a picture is shown; another one has another address, so browsers may keep it."""
    return f"{settings.PUBLIC_URL}/themes/{row.id}/{name}/?v={upload_id}"

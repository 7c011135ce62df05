"""Host names of organisations' sites."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from doover_web.common.wire import BadRequest, Conflict
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers
from doover_web.identity.models import Organisation

from ..look import forget_look
from ..models import Domain

MANAGES = "domains_manage"
MOST = 50  # of one organisation
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOSTNAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")


@transaction.atomic
def add_domain(*, organisation: Organisation, hostname: str, is_default: bool, by: Caller | None) -> Domain:
    """Have a site of `organisation` found under `hostname`; its first is the default. Conflict when it is taken."""
    check_administers(by, organisation, MANAGES)
    held = _locked(organisation).count()
    if held >= MOST:
        raise BadRequest(f"An organisation has {MOST} domains at most", code="too_many")
    domain = Domain(organisation=organisation, hostname=_hostname(hostname))
    return _keep(domain, is_default or not held, by, "domain.created")


@transaction.atomic
def edit_domain(*, domain: Domain, hostname: str, is_default: bool, by: Caller | None) -> Domain:
    """Change the name, or make it the default, which takes that from the one that was."""
    check_administers(by, domain.organisation, MANAGES)
    _locked(domain.organisation)
    if domain.is_default and not is_default:
        raise Conflict("Make another domain the default instead", code="last_default")
    forget_look(domain.organisation_id, domain.hostname)  # the old name
    domain.hostname = _hostname(hostname)
    return _keep(domain, is_default, by, "domain.edited")


@transaction.atomic
def remove_domain(*, domain: Domain, by: Caller | None) -> None:
    """Conflict for the default while there are others."""
    check_administers(by, domain.organisation, MANAGES)
    if domain.is_default and _locked(domain.organisation).count() > 1:
        raise Conflict("Make another domain the default first", code="last_default")
    _record("domain.deleted", domain, by)
    domain.delete()


def _locked(organisation: Organisation):
    """The domains of an organisation, which nobody else changes meanwhile."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    return Domain.objects.filter(organisation=organisation)


def _keep(domain: Domain, is_default: bool, by: Caller | None, action: str) -> Domain:
    if is_default:
        Domain.objects.filter(organisation=domain.organisation, is_default=True).exclude(pk=domain.pk).update(
            is_default=False
        )
    domain.is_default = is_default
    try:
        with transaction.atomic():
            domain.save()
    except IntegrityError as problem:
        raise Conflict(f"{domain.hostname} is in use already", code="hostname_taken") from problem
    _record(action, domain, by, default=is_default)
    return domain


def _hostname(text: str) -> str:
    """A name as browsers send it. Not this server's own, or its visitors would see somebody's colours."""
    name = text.strip().lower().rstrip(".")
    if len(name) > 253 or not HOSTNAME.fullmatch(name):
        raise BadRequest("hostname is a name such as site.example.com, without scheme or port", code="bad_hostname")
    if name == (urlsplit(settings.PUBLIC_URL).hostname or ""):
        raise Conflict("This is the server's own name", code="hostname_taken")
    return name


def _record(action: str, domain: Domain, by: Caller | None, **metadata) -> None:
    forget_look(domain.organisation_id, domain.hostname)
    audit.record(action, actor=by, subject=domain, organisation_id=domain.organisation_id, **metadata)

"""Deploying an install, taking it away, trying again, going back, calling it off."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from doover_web.common.wire import Conflict
from doover_web.control.models import AppInstall
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent

from ..access import INSTALL, check_configures, check_may_deploy
from ..carry import end, follow
from ..describe import described
from ..models import Deployment
from ..models.deployment import log_line
from ..wake import wake

MOST_DEPENDENCIES = 50


@transaction.atomic
def deploy(*, install: AppInstall, by: Caller | None) -> Deployment:
    """Have `install` run as it is described now. What is under way there is called off.

    A configuration that does not fit makes a deployment that failed, with what is wrong in its log.
    """
    install = _locked(install)
    check_may_deploy(by, install)
    _deploy_missing(install, by)
    wish = described(install, by)
    deployment = _begin(
        install,
        by,
        version=wish.release.version if wish.release else None,
        app_key=install.name,
        deployment_config=wish.block,
        wanted=wish.wanted.stored(),
    )
    if wish.issues:
        deployment.fail("The configuration does not fit:\n" + wish.problems)
    else:
        wake([deployment.id])
    follow(deployment)
    _record("app.deployed", deployment, by)
    return deployment


def deploy_all(*, installs: Iterable[AppInstall], by: Caller | None) -> list[Deployment]:
    """Deploy several installs as a set: all of them are begun, or none."""
    with transaction.atomic():
        return [deploy(install=install, by=by) for install in installs]


@transaction.atomic
def remove(*, install: AppInstall, by: Caller | None) -> Deployment | None:
    """Take what `install` has on its agent away. None when nothing of it is there."""
    check_configures(by, install.agent, install.application.type)
    standing = _last_done(install)
    begun = Deployment.objects.open().filter(install=install).order_by("-id").first()
    source = begun or standing
    if source is None or source.action == Deployment.Action.REMOVE:
        return source
    wanted = {**source.wanted, "install_id": str(install.id)}
    fields = {"version": source.version, "app_key": source.app_key, "wanted": wanted, "deployment_config": {}}
    removal = _begin(install, by, action=Deployment.Action.REMOVE, **fields)
    wake([removal.id])
    _record("app.uninstalled", removal, by)
    return removal


@transaction.atomic
def bring_back(*, install: AppInstall, by: Caller | None) -> Deployment:
    """Deploy what stood before the install was archived; what is described now when nothing did."""
    before = _last_done(install, action=Deployment.Action.DEPLOY)
    return deploy(install=install, by=by) if before is None else _again(_locked(install), before, by, "app.deployed")


@transaction.atomic
def retry(*, deployment: Deployment, by: Caller | None) -> Deployment:
    """The same once more, after it failed or was cancelled. Conflict while it runs, or when it is done."""
    if deployment.status not in (Deployment.Status.FAILED, Deployment.Status.CANCELLED):
        raise Conflict("Only a deployment that failed or was cancelled can be tried again", code="not_failed")
    install = _still_there(deployment)
    if deployment.action == Deployment.Action.REMOVE:
        raise Conflict("A removal is tried again by archiving the install again", code="is_removal")
    if not deployment.deployment_config:
        return deploy(install=install, by=by)
    return _again(install, deployment, by, "app.deployed")


@transaction.atomic
def roll_back(*, deployment: Deployment, by: Caller | None) -> Deployment:
    """Have run again what stood before `deployment`. The install keeps its settings, so it is out of step then."""
    install = _still_there(deployment)
    before = deployment.previous
    if before is None or before.action == Deployment.Action.REMOVE:
        raise Conflict("Nothing stood there before", code="nothing_before")
    rolled = _again(install, before, by, "app.rolled_back")
    AppInstall.objects.filter(pk=install.pk, deployment_config={}).update(synced="NO")
    return rolled


@transaction.atomic
def redeploy(*, deployment: Deployment, by: Caller | None) -> Deployment:
    """Have run again what `deployment` brought, which succeeded. The install keeps its settings, as by `roll_back`."""
    if deployment.status != Deployment.Status.SUCCEEDED or deployment.action != Deployment.Action.DEPLOY:
        raise Conflict("Only what was deployed once can be deployed again as it was", code="not_deployed")
    install = _still_there(deployment)
    made = _again(install, deployment, by, "app.rolled_back")
    AppInstall.objects.filter(pk=install.pk, deployment_config={}).update(synced="NO")
    return made


@transaction.atomic
def cancel(*, deployment: Deployment, by: Caller | None) -> Deployment:
    """Call it off. What was done by then stays done; Conflict when it has ended."""
    check_configures(by, deployment.agent, deployment.application.type)
    if not end(deployment, Deployment.Status.CANCELLED, f"Cancelled by {by.name if by else 'the server'}"):
        raise Conflict("This deployment has ended", code="ended")
    _record("app.deployment_cancelled", deployment, by)
    return deployment


def _again(install: AppInstall, source: Deployment, by: Caller | None, action: str) -> Deployment:
    check_may_deploy(by, install)
    made = _begin(
        install,
        by,
        version=source.version,
        app_key=source.app_key,
        deployment_config=source.deployment_config,
        wanted=source.wanted,
    )
    wake([made.id])
    _record(action, made, by, of=str(source.id))
    return made


def _begin(install: AppInstall, by: Caller | None, *, app_key: str, **fields) -> Deployment:
    """A new deployment in the queue, in place of what is open for the install or under its key."""
    made = Deployment(
        agent=install.agent,
        install=install,
        application=install.application,
        app_key=app_key,
        previous=_last_done(install),
        by=Agent.objects.filter(pk=by.agent_id).first() if by else None,
        by_name=by.name if by else "",
        **fields,
    )
    under_way = (
        Deployment.objects.open()
        .select_for_update(no_key=True, of=("self",))
        .select_related("agent__organisation", "install")
    )
    for one in under_way.filter(install=install) | under_way.filter(agent=install.agent, app_key=app_key):
        one.cancel(f"A newer deployment takes its place ({made.id})")
    made.log_output = log_line(timezone.now(), f"Begun by {made.by_name or 'the server'}")
    made.save(force_insert=True)
    return made


def _last_done(install: AppInstall, action: str | None = None) -> Deployment | None:
    done = Deployment.objects.filter(install=install, status=Deployment.Status.SUCCEEDED)
    return (done.filter(action=action) if action else done).order_by("-id").first()


def _deploy_missing(install: AppInstall, by: Caller | None) -> None:
    """Deploy first what this needs and what was never deployed (`control-api §5.3`)."""
    needed = install.manages.in_use().filter(agent=install.agent).exclude(pk=install.pk)
    for one in needed.exclude(deployments__status__in=["QUE", "RUN", "SUC"])[:MOST_DEPENDENCIES]:
        deploy(install=one, by=by)


def _still_there(deployment: Deployment) -> AppInstall:
    if deployment.install is None:
        raise Conflict("The install is gone", code="gone")
    return _locked(deployment.install)


def _locked(install: AppInstall) -> AppInstall:
    """The install as it is now, with nobody else deploying it meanwhile."""
    AppInstall.objects.lock(install.pk, install.solution_install_id)
    return AppInstall.objects.select_related(*INSTALL).get(pk=install.pk)


def _record(action: str, deployment: Deployment, by: Caller | None, **more) -> None:
    audit.record(
        action,
        actor=by,
        subject=deployment.agent,
        organisation_id=deployment.agent.organisation_id,
        app_key=deployment.app_key,
        deployment=str(deployment.id),
        **more,
    )

"""Listener of the fleet: what was decided about installs becomes deployments, in the same transaction."""

from doover_web.control.events import DeployWanted, FleetEvent, RemovalWanted, ReturnWanted

from .actions.deployment import bring_back, deploy_all, remove


def heard(event: FleetEvent) -> None:
    """Begin the deployments that `event` asks for."""
    if isinstance(event, DeployWanted):
        deploy_all(installs=event.installs, by=event.by)
    elif isinstance(event, RemovalWanted):
        remove(install=event.install, by=event.by)
    elif isinstance(event, ReturnWanted):
        bring_back(install=event.install, by=event.by)

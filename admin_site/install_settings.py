"""The settings of an install as a form sees them: what is below them, what runs, and what they make together."""

import hashlib
from functools import cached_property

import orjson
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest
from doover_web.control.config import Issue, merge_layers, resolve
from doover_web.control.layers import all_layers_of, layers_of
from doover_web.control.models import AppInstall, Application
from doover_web.control.releases import Release, release_of
from doover_web.data.redaction import hide_secrets
from doover_web.deployments.describe import Described, described
from doover_web.deployments.models import Deployment
from doover_web.identity.models import Agent
from doover_web.pages.schema_form import Form, veil

from .drafts import form_over

OFFERED = 200  # suggestions for one input


class Settings:
    """One install, for somebody who may see its secrets or not."""

    def __init__(self, install: AppInstall, *, shows_secrets: bool):
        self.install, self.shows_secrets = install, shows_secrets
        self.problem = ""

    @cached_property
    def release(self) -> Release:
        try:
            return release_of(self.install)
        except BadRequest as problem:
            self.problem = problem.message
            return Release(self.install.application, None)

    @cached_property
    def form(self) -> Form:
        return form_over(self.release.config_schema)

    @property
    def own(self) -> dict:
        return self._shown(self.install.deployment_config)

    @cached_property
    def below(self) -> list[tuple[str, dict]]:
        """What the layers below give, lowest first: who gives it, in words, and what."""
        links = list(self.install.ordered_profiles.select_related("profile"))
        profiles = [(_("from %(what)s") % {"what": one.profile}, one.profile.deployment_config) for one in links]
        base = []
        if self.install.template is not None:
            lower = self._layers[: len(self._layers) - 1 - len(profiles)]
            base = [(_("from the solution"), merge_layers(lower))]
        return [(words, self._shown(document)) for words, document in [*base, *profiles]]

    @cached_property
    def _layers(self) -> list[dict]:
        try:
            return all_layers_of(self.install)
        except BadRequest as problem:
            self.problem = problem.message
            return layers_of(self.install)

    @property
    def given(self) -> dict:
        return merge_layers(document for _words, document in self.below)

    def faults(self, own: dict) -> list[Issue]:
        """What is wrong with settings in place of the own ones; what is only missing may come later."""
        found = resolve(self.release.config_schema, [*self._layers[:-1], own]).issues
        return [one for one in found if not one.is_missing]

    @cached_property
    def wanted(self) -> Described:
        return described(self.install, None)

    @cached_property
    def standing(self) -> Deployment | None:
        """What stands on the agent, or nothing."""
        found = Deployment.objects.standing(self.install.agent_id, self.install.name)
        return found if found is not None and found.action == Deployment.Action.DEPLOY else None

    @property
    def differs(self) -> bool:
        """Whether a deployment now would change something."""
        return self.standing is not None and self.standing.deployment_config != self.wanted.block

    def covered(self, document: dict) -> dict:
        """A document for a page: secrets covered, or left out for who may not configure."""
        return veil(self.form, self.form.schema, self._shown(document))

    @property
    def stamp(self) -> str:
        return stamp_of(self.install)

    def offered(self, caller) -> dict[str, list[tuple[str, str]]]:
        """Values to choose from, by the format of the setting (`ui-schema §20.3`)."""
        devices = (
            Agent.objects.visible_to(caller).devices().in_use().filter(organisation=self.install.agent.organisation)
        )
        beside = AppInstall.objects.in_use().filter(agent=self.install.agent).exclude(pk=self.install.pk)
        asked = orjson.dumps(self.form.schema).decode()
        return {
            name: [(str(value), str(words)) for value, words in rows()]
            for name, rows in {
                "doover-application": lambda: beside.order_by("name").values_list("name", "display_name")[:OFFERED],
                "doover-resource-application": lambda: _applications(caller),
                "doover-resource-device": lambda: [(one.id, one.title) for one in devices.order_by("name")[:OFFERED]],
                "doover-resource-group": lambda: (
                    self.install.agent.organisation.groups.in_use().order_by("name").values_list("id", "name")[:OFFERED]
                ),
            }.items()
            if f'"{name}"' in asked
        }

    def _shown(self, document: dict) -> dict:
        return document if self.shows_secrets else hide_secrets(document)


def stamp_of(install: AppInstall) -> str:
    """Tells one state of an install's settings from any other: a form that is sent says which one it was drawn from."""
    profiles = list(install.ordered_profiles.order_by("position").values_list("profile_id", flat=True))
    parts = [install.deployment_config, install.display_name, install.name, install.version, profiles]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def _applications(caller) -> list[tuple[int, str]]:
    found = Application.objects.visible_to(caller.standing).in_use().order_by("display_name")
    return list(found.values_list("id", "display_name")[:OFFERED])

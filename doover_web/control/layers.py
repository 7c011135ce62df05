"""What an install's configuration is made of, lowest first: template, profiles, its own settings
(`control-api §5.2`)."""

from collections.abc import Iterable

from . import config, values
from .deployed import standing_config
from .models import AppInstall, ConfigProfile, SolutionTemplate


def base_config(template: SolutionTemplate) -> dict:
    """What a template gives its installs: its profiles in order, and its own settings on top."""
    profiles = [one.profile.deployment_config for one in template.ordered_profiles.all()]
    return config.merge_layers([*profiles, template.deployment_config])


def layers_of(install: AppInstall) -> list[dict]:
    """The layers of an install over the defaults of its application."""
    template = [base_config(install.template)] if install.template else []
    profiles = [one.profile.deployment_config for one in install.ordered_profiles.all()]
    return [*template, *profiles, install.deployment_config]


def check_settings(schema: dict, layers: Iterable[dict], field: str = "deployment_config") -> None:
    """Refuse settings that do not fit the schema, at their place; what is only missing may come later."""
    found = [one for one in config.resolve(schema, layers).issues if not one.is_missing]
    if found:
        errors = {_place(field, place): texts for place, texts in config.errors_of(found).items()}
        raise values.wrong_all(errors)


def _place(field: str, place: str) -> str:
    return field if place == "non_field_errors" else f"{field}.{place}"


def synced_of(install: AppInstall) -> str:
    """Whether what runs is what is described: `OV` with settings of its own, else `NO` until it was deployed so."""
    if install.deployment_config:
        return AppInstall.Synced.OVERRIDDEN
    wanted = config.resolve(install.application.config_schema, layers_of(install)).config
    return config.synced(None, wanted, standing_config(install))


def order_profiles(links, owner: str, thing, profiles: Iterable[ConfigProfile]) -> None:
    """Put these profiles, in this order, in place of those that an install or a template has."""
    links.filter(**{owner: thing}).delete()
    links.bulk_create(
        [links.model(**{owner: thing, "profile": one, "position": place}) for place, one in enumerate(profiles)]
    )

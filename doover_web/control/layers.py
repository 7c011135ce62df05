"""What an install's configuration is made of, lowest first: template, what the solution makes of its few values,
profiles, its own settings (`control-api §5.2, §3.10`)."""

from collections.abc import Iterable

import orjson

from doover_web.common.wire import BadRequest

from . import config, values
from .blocks import as_dict
from .deployed import standing_config
from .known import known_of
from .models import AppInstall, ConfigProfile, SolutionTemplate
from .releases import Release, release_of
from .rendering import render


def base_config(template: SolutionTemplate) -> dict:
    """What a template gives its installs: its profiles in order, and its own settings on top."""
    profiles = [one.profile.deployment_config for one in template.ordered_profiles.all()]
    return config.merge_layers([*profiles, template.deployment_config])


def layers_of(install: AppInstall) -> list[dict]:
    """The layers of an install over the defaults of its application."""
    template = [base_config(install.template)] if install.template else []
    return [*template, *(one.deployment_config for one in profiles_of(install)), install.deployment_config]


def all_layers_of(install: AppInstall) -> list[dict]:
    """The same with what the solution gives, above its template. BadRequest says what is wrong with the solution."""
    found = layers_of(install)
    return found if install.template is None else [found[0], _of_solution(install), *found[1:]]


def resolved_of(install: AppInstall, release: Release) -> config.Resolved:
    """All of it over the defaults of a release, with what is known of the device."""
    key = install.agent.organisation.llm_api_key  # type: ignore[union-attr]
    return config.resolve(release.config_schema, all_layers_of(install), known_of(install), llm_key=key)


def profiles_of(install: AppInstall) -> list[ConfigProfile]:
    """Its profiles in their order, or those that a change would give it, while that is tried out."""
    if install.tried_profiles is not None:
        return install.tried_profiles
    links = install.ordered_profiles
    known = "ordered_profiles" in getattr(install, "_prefetched_objects_cache", {})
    return [one.profile for one in (links.all() if known else links.select_related("profile"))]


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
    standing = standing_config(install)
    if standing is None:
        return AppInstall.Synced.OUT_OF_STEP
    try:
        wanted = resolved_of(install, release_of(install)).config
    except BadRequest:  # no such release, or a solution that cannot be rendered: it could not be deployed so either
        return AppInstall.Synced.OUT_OF_STEP
    return config.synced(None, wanted, standing)


def order_profiles(links, owner: str, thing, profiles: Iterable[ConfigProfile]) -> None:
    """Put these profiles, in this order, in place of those that an install or a template has."""
    links.filter(**{owner: thing}).delete()
    links.bulk_create(
        [links.model(**{owner: thing, "profile": one, "position": place}) for place, one in enumerate(profiles)]
    )


def _of_solution(install: AppInstall) -> dict:
    """What the solution's template makes of its few values for this application."""
    made_by = install.solution_install
    if made_by is None or install.template is None or not made_by.solution.jinja_template.strip():
        return {}
    solution = made_by.solution
    chosen = config.resolve(solution.config_schema, [solution.config, made_by.deployment_config], known_of(install))
    values = {**known_of(install), "config": chosen.config, "solution": {"display_name": solution.display_name}}
    text = render(solution.jinja_template, values, "The solution's template")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"The solution's template makes no JSON: {problem}", code="bad_template") from problem
    return as_dict(as_dict(document).get(install.template.name or install.name))

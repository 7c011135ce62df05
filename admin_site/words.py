"""The permissions by area. Pure."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from doover_web.pages.permission_words import FLAGS

AREAS = {
    "organisation": {
        gettext_noop("People"): ("users_view", "users_invite", "users_manage", "user_permissions_manage"),
        gettext_noop("Applications and devices"): (
            "applications_view",
            "applications_manage",
            "device_types_view",
            "device_types_manage",
            "conatiner_registry_profile_view",
            "conatiner_registry_profile_manage",
            "integrations_manage",
            "reports_create",
        ),
        gettext_noop("The site"): ("access_site", "theme_manage", "domains_manage", "billing_manager"),
    },
    "group": {
        gettext_noop("Groups and people"): (
            "group_view",
            "group_edit",
            "group_move",
            "group_users_view",
            "group_users_manage",
        ),
        gettext_noop("Devices"): (
            "device_view",
            "device_history",
            "device_control",
            "device_private_view",
            "device_configure",
            "device_create",
            "device_tunnels",
            "alarms_view",
            "alarms_manage",
            "turn_client_connect",
        ),
        gettext_noop("Dashboards and billing"): (
            "dashboard_view",
            "dashboard_control",
            "dashboard_edit",
            "dashboard_create",
            "billing_manager",
        ),
    },
}


def areas_of(kind: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The flags of organisation or group roles as (area, [(flag, words)])."""
    return [(_(area), [(flag, FLAGS[flag]) for flag in flags]) for area, flags in AREAS[kind].items()]

"""Permissions in words. Pure."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

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
FLAGS = {
    "users_view": gettext_lazy("See members and roles"),
    "users_invite": gettext_lazy("Invite people"),
    "users_manage": gettext_lazy("Change and remove members"),
    "user_permissions_manage": gettext_lazy("Make and give roles, share"),
    "applications_view": gettext_lazy("See applications"),
    "applications_manage": gettext_lazy("Change applications"),
    "device_types_view": gettext_lazy("See device types"),
    "device_types_manage": gettext_lazy("Change device types"),
    "conatiner_registry_profile_view": gettext_lazy("See container registries"),
    "conatiner_registry_profile_manage": gettext_lazy("Change container registries"),
    "integrations_manage": gettext_lazy("Integrations"),
    "reports_create": gettext_lazy("Reports"),
    "access_site": gettext_lazy("Use the site"),
    "theme_manage": gettext_lazy("Theme"),
    "domains_manage": gettext_lazy("Domains"),
    "billing_manager": gettext_lazy("Billing"),
    "group_view": gettext_lazy("See the group"),
    "group_edit": gettext_lazy("Rename, create below, archive"),
    "group_move": gettext_lazy("Move the group"),
    "group_users_view": gettext_lazy("See people"),
    "group_users_manage": gettext_lazy("Give roles to people"),
    "device_view": gettext_lazy("See devices"),
    "device_history": gettext_lazy("Look back in time"),
    "device_control": gettext_lazy("Control"),
    "device_private_view": gettext_lazy("See private channels"),
    "device_configure": gettext_lazy("Configure"),
    "device_create": gettext_lazy("Create devices"),
    "device_tunnels": gettext_lazy("Remote access"),
    "alarms_view": gettext_lazy("See alarms"),
    "alarms_manage": gettext_lazy("Change alarms"),
    "turn_client_connect": gettext_lazy("Video"),
    "dashboard_view": gettext_lazy("See dashboards"),
    "dashboard_control": gettext_lazy("Use controls on dashboards"),
    "dashboard_edit": gettext_lazy("Change dashboards"),
    "dashboard_create": gettext_lazy("Create dashboards"),
}


def areas_of(kind: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The flags of organisation or group roles as (area, [(flag, words)])."""
    return [(_(area), [(flag, FLAGS[flag]) for flag in flags]) for area, flags in AREAS[kind].items()]

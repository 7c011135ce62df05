"""Permissions in words. Pure."""

from doover_web.identity.flags import Rights

AREAS = {
    "organisation": {
        "People": ("users_view", "users_invite", "users_manage", "user_permissions_manage"),
        "Applications and devices": (
            "applications_view",
            "applications_manage",
            "device_types_view",
            "device_types_manage",
            "conatiner_registry_profile_view",
            "conatiner_registry_profile_manage",
            "integrations_manage",
            "reports_create",
        ),
        "The site": ("access_site", "theme_manage", "domains_manage", "billing_manager"),
    },
    "group": {
        "Groups and people": ("group_view", "group_edit", "group_move", "group_users_view", "group_users_manage"),
        "Devices": (
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
        "Dashboards and billing": (
            "dashboard_view",
            "dashboard_control",
            "dashboard_edit",
            "dashboard_create",
            "billing_manager",
        ),
    },
}
FLAGS = {
    "users_view": "See members and roles",
    "users_invite": "Invite people",
    "users_manage": "Change and remove members",
    "user_permissions_manage": "Make and give roles, share",
    "applications_view": "See applications",
    "applications_manage": "Change applications",
    "device_types_view": "See device types",
    "device_types_manage": "Change device types",
    "conatiner_registry_profile_view": "See container registries",
    "conatiner_registry_profile_manage": "Change container registries",
    "integrations_manage": "Integrations",
    "reports_create": "Reports",
    "access_site": "Use the site",
    "theme_manage": "Theme",
    "domains_manage": "Domains",
    "billing_manager": "Billing",
    "group_view": "See the group",
    "group_edit": "Rename, create below, archive",
    "group_move": "Move the group",
    "group_users_view": "See people",
    "group_users_manage": "Give roles to people",
    "device_view": "See devices",
    "device_history": "Look back in time",
    "device_control": "Control",
    "device_private_view": "See private channels",
    "device_configure": "Configure",
    "device_create": "Create devices",
    "device_tunnels": "Remote access",
    "alarms_view": "See alarms",
    "alarms_manage": "Change alarms",
    "turn_client_connect": "Video",
    "dashboard_view": "See dashboards",
    "dashboard_control": "Use controls on dashboards",
    "dashboard_edit": "Change dashboards",
    "dashboard_create": "Create dashboards",
}
RIGHTS = {
    Rights.VIEW: "see",
    Rights.HISTORY: "look back",
    Rights.CONTROL: "control",
    Rights.PRIVATE: "private channels",
    Rights.CONFIGURE: "configure",
    Rights.CREATE: "create",
    Rights.TUNNELS: "remote access",
    Rights.ALARMS_VIEW: "see alarms",
    Rights.ALARMS_MANAGE: "change alarms",
    Rights.TURN: "video",
}


def rights_in_words(rights: Rights) -> str:
    """`see, look back, control` for a mask; what only groups have is left out."""
    return ", ".join(words for right, words in RIGHTS.items() if rights & right) or "nothing"


def areas_of(kind: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The flags of organisation or group roles as (area, [(flag, words)])."""
    return [(area, [(flag, FLAGS[flag]) for flag in flags]) for area, flags in AREAS[kind].items()]

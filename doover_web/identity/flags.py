"""The words of roles (`control-api §4.2, §4.3`) and the permission bits they stand for (`§4.5`). Pure."""

from enum import IntFlag


class Rights(IntFlag):
    """What a caller may do with one agent or group: the permission bits of the data plane."""

    NONE = 0
    VIEW = 1 << 1
    PRIVATE = 1 << 2
    CONFIGURE = 1 << 3
    CREATE = 1 << 4
    TUNNELS = 1 << 5
    HISTORY = 1 << 8
    ALARMS_VIEW = 1 << 20
    ALARMS_MANAGE = 1 << 21
    TURN = 1 << 24
    CONTROL = 1 << 29
    GROUP_VIEW = 1 << 32
    GROUP_EDIT = 1 << 33
    GROUP_MOVE = 1 << 34
    PEOPLE_VIEW = 1 << 35
    PEOPLE_MANAGE = 1 << 36
    BILLING = 1 << 38


EVERYTHING = Rights((1 << 40) - 2)

# Flags of group roles that say what may be done with the devices of a group and those below.
DEVICE_FLAGS = {
    "device_view": Rights.VIEW,
    "device_private_view": Rights.PRIVATE,
    "device_configure": Rights.CONFIGURE,
    "device_create": Rights.CREATE,
    "device_tunnels": Rights.TUNNELS,
    "device_history": Rights.HISTORY,
    "device_control": Rights.CONTROL,
    "alarms_view": Rights.ALARMS_VIEW,
    "alarms_manage": Rights.ALARMS_MANAGE,
    "turn_client_connect": Rights.TURN,
}
# The same for dashboards.
DASHBOARD_FLAGS = {
    "dashboard_view": Rights.VIEW | Rights.HISTORY,
    "dashboard_control": Rights.CONTROL,
    "dashboard_edit": Rights.CONFIGURE,
    "dashboard_create": Rights.CREATE,
}
# What may be done with the group itself.
TREE_FLAGS = {
    "group_view": Rights.GROUP_VIEW,
    "group_edit": Rights.GROUP_EDIT,
    "group_move": Rights.GROUP_MOVE,
    "group_users_view": Rights.PEOPLE_VIEW,
    "group_users_manage": Rights.PEOPLE_MANAGE,
    "billing_manager": Rights.BILLING,
}
GROUP_FLAGS = (*TREE_FLAGS, *DEVICE_FLAGS, *DASHBOARD_FLAGS)

# The misspelling is part of the wire.
ORGANISATION_FLAGS = (
    "access_site",
    "applications_view",
    "applications_manage",
    "device_types_view",
    "device_types_manage",
    "users_view",
    "users_invite",
    "users_manage",
    "user_permissions_manage",
    "reports_create",
    "integrations_manage",
    "theme_manage",
    "domains_manage",
    "conatiner_registry_profile_view",
    "conatiner_registry_profile_manage",
    "billing_manager",
)

BUILT_IN_GROUP_ROLES = {
    "Admin": tuple(flag for flag in GROUP_FLAGS if flag != "billing_manager"),
    "Technician": (
        "group_view",
        "group_users_view",
        "device_view",
        "device_history",
        "device_control",
        "device_private_view",
        "device_configure",
        "device_tunnels",
        "device_create",
        "alarms_view",
        "alarms_manage",
        "dashboard_view",
        "dashboard_control",
    ),
    "Operator": (
        "group_view",
        "device_view",
        "device_history",
        "device_control",
        "alarms_view",
        "dashboard_view",
        "dashboard_control",
    ),
    "Viewer": ("group_view", "device_view", "device_history", "alarms_view", "dashboard_view"),
}
# What somebody is in an organisation that only shared something with them.
GUEST = "Guest"
# Name → (flags, the group role it gives on the root group).
BUILT_IN_ORGANISATION_ROLES: dict[str, tuple[tuple[str, ...], str | None]] = {
    "Admin": (ORGANISATION_FLAGS, "Admin"),
    "Developer": (
        (
            "access_site",
            "applications_view",
            "applications_manage",
            "device_types_view",
            "device_types_manage",
            "conatiner_registry_profile_view",
            "conatiner_registry_profile_manage",
            "integrations_manage",
            "reports_create",
            "users_view",
        ),
        None,
    ),
    "Billing": (("billing_manager", "access_site"), None),
    "Member": (
        (
            "access_site",
            "applications_view",
            "device_types_view",
            "users_view",
            "conatiner_registry_profile_view",
        ),
        None,
    ),
    GUEST: (("access_site",), None),
}


def rights_of_flags(flags, kinds: dict[str, Rights]) -> Rights:
    """The bits that `flags` stand for, of one of the tables above."""
    rights = Rights.NONE
    for flag in flags:
        rights |= kinds.get(flag, Rights.NONE)
    return rights

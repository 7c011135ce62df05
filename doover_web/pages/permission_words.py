"""Permissions in words: what the flags of the wire are called where people read. Pure."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
_NAMED = re.compile(rf"\b({'|'.join(FLAGS)})\b")


def in_words(text: object) -> str:
    """A sentence with the words of permissions in place of their flags, as the pages of roles name them."""
    return _NAMED.sub(lambda found: _("“%(words)s”") % {"words": FLAGS[found[1]]}, str(text))

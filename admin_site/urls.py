"""The addresses of the admin portal."""

from django.urls import path, re_path

from .views import (
    access,
    audit,
    credentials,
    deployments,
    groups,
    installs,
    invitations,
    notifications,
    oauth_clients,
    organisations,
    overview,
    roles,
    sharing,
    storage,
    users,
)

app_name = "admin_site"
ID = "-?[0-9]{1,19}"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("users/", users.users, name="users"),
    path("users/download/", users.download, name="users_csv"),
    path("users/invitations/", invitations.invitations, name="invitations"),
    re_path(rf"^user/(?P<user_id>{ID})/access/$", users.user, name="user"),
    re_path(rf"^user/(?P<user_id>{ID})/assume/$", users.assume, name="assume"),
    re_path(rf"^device/(?P<agent_id>{ID})/access/$", access.device, name="device"),
    re_path(rf"^device/(?P<agent_id>{ID})/tokens/$", credentials.device, name="device_tokens"),
    path("services/", credentials.services, name="services"),
    path("oauth-clients/", oauth_clients.clients, name="oauth_clients"),
    path("oauth-clients/new/", oauth_clients.new, name="new_oauth_client"),
    re_path(r"^oauth-clients/(?P<client_id>[\w.-]{1,100})/$", oauth_clients.client, name="oauth_client"),
    path("roles/", roles.roles, name="roles"),
    re_path(r"^roles/(?P<kind>organisation|group)/new/$", roles.new, name="new_role"),
    re_path(rf"^roles/(?P<kind>organisation|group)/(?P<role_id>{ID})/$", roles.role, name="role"),
    path("groups/", groups.groups, name="groups"),
    re_path(rf"^groups/(?P<group_id>{ID})/$", groups.group, name="group"),
    path("sharing/", sharing.sharing, name="sharing"),
    path("sharing/new/", sharing.new, name="new_sharing"),
    re_path(rf"^sharing/(?P<profile_id>{ID})/$", sharing.profile, name="sharing_profile"),
    re_path(rf"^install/(?P<install_id>{ID})/$", installs.install, name="install"),
    re_path(rf"^install/(?P<install_id>{ID})/deployments/$", deployments.deployments, name="deployments"),
    re_path(rf"^deployment/(?P<deployment_id>{ID})/$", deployments.deployment, name="deployment"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/download/", notifications.download, name="notifications_csv"),
    path("storage/", storage.storage, name="storage"),
    path("audit/", audit.audit, name="audit"),
    path("audit/download/", audit.download, name="audit_csv"),
    re_path(rf"^audit/(?P<entry_id>{ID})/$", audit.entry, name="audit_entry"),
]

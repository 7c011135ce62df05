"""The addresses of the admin portal."""

from django.urls import path, re_path

from .views import access, audit, groups, invitations, organisations, overview, roles, sharing, users

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
    path("roles/", roles.roles, name="roles"),
    re_path(r"^roles/(?P<kind>organisation|group)/new/$", roles.new, name="new_role"),
    re_path(rf"^roles/(?P<kind>organisation|group)/(?P<role_id>{ID})/$", roles.role, name="role"),
    path("groups/", groups.groups, name="groups"),
    re_path(rf"^groups/(?P<group_id>{ID})/$", groups.group, name="group"),
    path("sharing/", sharing.sharing, name="sharing"),
    path("sharing/new/", sharing.new, name="new_sharing"),
    re_path(rf"^sharing/(?P<profile_id>{ID})/$", sharing.profile, name="sharing_profile"),
    path("audit/", audit.audit, name="audit"),
    path("audit/download/", audit.download, name="audit_csv"),
    re_path(rf"^audit/(?P<entry_id>{ID})/$", audit.entry, name="audit_entry"),
]

"""What members might do by one word becomes roles: in the organisation, and on its root group."""

from django.db import migrations

from doover_web.identity.flags import BUILT_IN_GROUP_ROLES, BUILT_IN_ORGANISATION_ROLES
from doover_web.identity.ids import new_agent_id, new_token_id

# The old word → the role in the organisation, and the role on its root group.
ROLES = {"admin": ("Admin", "Admin"), "operator": ("Member", "Operator"), "viewer": ("Member", "Viewer")}


def give_roles(apps, schema_editor):
    model = {name: apps.get_model("identity", name) for name in ("Agent", "Group", "GroupGrant", "Membership")}
    roots = {}
    for organisation in apps.get_model("identity", "Organisation").objects.all():
        key = new_agent_id()
        root = model["Group"](id=key, organisation=organisation, name=organisation.name, lineage=[key])
        root.save(force_insert=True)
        roots[organisation.id] = root
        model["Agent"].objects.filter(organisation=organisation, kind__in=["device", "dashboard"]).update(group=root)
    for membership in model["Membership"].objects.all():
        own, on_root = ROLES[membership.old_role]
        membership.role = _organisation_role(apps, own)
        membership.save(update_fields=["role"])
        group = roots[membership.organisation_id]
        model["GroupGrant"].objects.create(group=group, user_id=membership.user_id, role=_group_role(apps, on_root))


def _group_role(apps, name):
    defaults = {"id": new_token_id(), "flags": list(BUILT_IN_GROUP_ROLES[name])}
    roles = apps.get_model("identity", "GroupRole").objects
    return roles.get_or_create(organisation=None, name=name, defaults=defaults)[0]


def _organisation_role(apps, name):
    flags, on_root = BUILT_IN_ORGANISATION_ROLES[name]
    default = _group_role(apps, on_root) if on_root else None
    defaults = {"id": new_token_id(), "flags": list(flags), "default_root_group_role": default}
    roles = apps.get_model("identity", "OrganisationRole").objects
    return roles.get_or_create(organisation=None, name=name, defaults=defaults)[0]


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_roles")]

    operations = [migrations.RunPython(give_roles, migrations.RunPython.noop)]

"""The audit log is not emptied either; what a role gave on the root group is told from what people gave there."""

from django.db import migrations, models

NOT_EMPTIED = """
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON identity_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION identity_audit_append_only();
"""
# What members hold on the root group and their role gives there.
BY_DEFAULT = """
UPDATE identity_groupgrant held SET by_default = true
FROM identity_membership member
JOIN identity_organisationrole role ON role.id = member.role_id
JOIN identity_group root ON root.organisation_id = member.organisation_id AND root.parent_id IS NULL
WHERE held.user_id = member.user_id AND held.group_id = root.id AND held.role_id = role.default_root_group_role_id
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0014_control_fields")]

    operations = [
        migrations.AddField(
            model_name="groupgrant",
            name="by_default",
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(BY_DEFAULT, migrations.RunSQL.noop),
        migrations.RunSQL(NOT_EMPTIED, "DROP TRIGGER audit_not_emptied ON identity_auditentry"),
    ]

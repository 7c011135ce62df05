"""The words of before go; every device hangs in a group; the audit log only grows."""

from django.db import migrations, models

APPEND_ONLY = """
CREATE FUNCTION identity_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON identity_auditentry
    FOR EACH ROW EXECUTE FUNCTION identity_audit_append_only();
"""
REWRITABLE = """
DROP TRIGGER audit_append_only ON identity_auditentry;
DROP FUNCTION identity_audit_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_roles_of_members")]

    operations = [
        migrations.RemoveField(model_name="membership", name="old_role"),
        migrations.AddConstraint(
            model_name="agent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["device", "dashboard"]), _negated=True),
                    ("group__isnull", False),
                    _connector="OR",
                ),
                name="device_hangs_in_group",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, REWRITABLE),
    ]

"""The tree of groups, who acts in it, and where devices hang."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Conflict

from .. import audit
from ..auth import Caller
from ..changes import devices_moved, rights_changed
from ..guard import check_right
from ..models import Agent, Group
from ..permissions import Rights

LONGEST_NAME = 255


@transaction.atomic
def create_group(*, parent: Group, name: str, by: Caller | None) -> Group:
    """A new group below `parent`. Conflict when one in use there has its name."""
    check_right(by, parent, Rights.GROUP_EDIT, "group_edit")
    parent = Group.objects.select_for_update().get(pk=parent.pk)
    with _alone(name := _named(name), parent):
        group = Group.objects.create(organisation_id=parent.organisation_id, parent=parent, name=name)
    _record("group.created", group, by, parent=parent.name)
    rights_changed()
    return group


@transaction.atomic
def rename_group(*, group: Group, name: str, by: Caller | None) -> Group:
    check_right(by, group, Rights.GROUP_EDIT, "group_edit")
    before, group.name = group.name, _named(name)
    with _alone(group.name, group.parent):
        group.save(update_fields=["name"])
    _record("group.edited", group, by, before=before, after=group.name)
    return group


@transaction.atomic
def move_group(*, group: Group, parent: Group, by: Caller | None) -> Group:
    """Hang `group` and all under it below `parent`; its people's roles from above change with that."""
    check_right(by, group, Rights.GROUP_MOVE, "group_move")
    check_right(by, parent, Rights.GROUP_EDIT, "group_edit")
    before = group.parent.name if group.parent else ""
    with _alone(group.name, parent):
        group.move_below(parent)
    _record("group.edited", group, by, parent_before=before, parent_after=parent.name)
    devices_moved(Agent.objects.devices().filter(group__lineage__contains=[group.id]))
    rights_changed()
    return group


@transaction.atomic
def archive_group(*, group: Group, by: Caller | None) -> Group:
    """Take `group` and all under it out of the trees that people see; nothing in it is touched, and twice is once."""
    check_right(by, group, Rights.GROUP_EDIT, "group_edit")
    if group.is_root:
        raise BadRequest(_("The root group cannot be archived"), code="root_group")
    if group.archived_at is not None:
        return group
    return _set_archived(group, timezone.now(), "group.archived", by)


@transaction.atomic
def unarchive_group(*, group: Group, by: Caller | None) -> Group:
    check_right(by, group, Rights.GROUP_EDIT, "group_edit")
    if group.archived_at is None:
        return group
    return _set_archived(group, None, "group.unarchived", by)


@transaction.atomic
def delete_group(*, group: Group, by: Caller | None) -> None:
    """Remove an empty group. Conflict while something hangs in it."""
    check_right(by, group, Rights.GROUP_EDIT, "group_edit")
    if group.is_root:
        raise BadRequest(_("The root group cannot be deleted"), code="root_group")
    if group.children.exists() or group.agents.exists():
        raise Conflict(
            _("%(group)s still holds groups or devices; move them first") % {"group": group}, code="not_empty"
        )
    _record("group.deleted", group, by)
    group.delete()
    rights_changed()


@transaction.atomic
def move_device(*, device: Agent, group: Group, by: Caller | None) -> Agent:
    """Hang a device or a dashboard into another group of its organisation."""
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    check_right(by, group, Rights.CREATE, "device_create")
    if group.organisation_id != device.organisation_id:
        raise BadRequest(_("A device stays in its organisation"), code="other_organisation")
    before, device.group = device.group.name if device.group else "", group
    device.save(update_fields=["group"])
    audit.record(
        "device.updated",
        actor=by,
        subject=device,
        organisation_id=device.organisation_id,
        group_before=before,
        group_after=group.name,
    )
    devices_moved(Agent.objects.devices().filter(pk=device.pk))
    rights_changed()
    return device


def _named(name: str) -> str:
    name = name.replace("\x00", "").strip()
    if not name:
        raise BadRequest(_("A group needs a name"), code="no_name")
    if len(name) > LONGEST_NAME:
        raise BadRequest(_("A name has %(most)s characters at most") % {"most": LONGEST_NAME}, code="long_name")
    return name


@contextmanager
def _alone(name: str, parent: Group | None) -> Iterator[None]:
    """A change that gives a group in `parent` this name. Conflict when another that is in use has it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        if "group_name_once_in_its_parent" not in str(problem):
            raise
        message = f"There is a group {name!r} in {parent} already"
        raise Conflict(message, code="name_taken", errors={"name": [message]}) from problem


def _set_archived(group: Group, moment, action: str, by: Caller | None) -> Group:
    group.archived_at = moment
    with _alone(group.name, group.parent):
        group.save(update_fields=["archived_at"])
    _record(action, group, by)
    rights_changed()
    return group


def _record(action: str, group: Group, by: Caller | None, **metadata) -> None:
    audit.record(action, actor=by, subject=group, organisation_id=group.organisation_id, **metadata)

from .agent import Agent
from .audit import AuditEntry
from .group import Group, GroupGrant
from .invitation import Invitation, InvitedGroup
from .organisation import Membership, Organisation
from .role import GroupRole, OrganisationRole
from .sharing import SharingProfile
from .token import SigningKey, Token
from .user import User

__all__ = [
    "Agent",
    "AuditEntry",
    "Group",
    "GroupGrant",
    "GroupRole",
    "Invitation",
    "InvitedGroup",
    "Membership",
    "Organisation",
    "OrganisationRole",
    "SharingProfile",
    "SigningKey",
    "Token",
    "User",
]

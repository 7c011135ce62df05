from .agent import Agent
from .organisation import Membership, Organisation
from .token import SigningKey, Token
from .user import User

__all__ = ["Agent", "Membership", "Organisation", "SigningKey", "Token", "User"]

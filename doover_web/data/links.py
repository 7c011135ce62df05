"""Signed links to attachments: whoever holds one may fetch that one file for some hours (`data-api §7.6`)."""

import hmac
import time
from urllib.parse import quote

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "doover_web.data.links"
HOUR = 3600
HOURS = 4  # a link is valid for this long at least, and for up to one more


def link_to(agent_id: int, attachment_id: int, filename: str) -> str:
    """An absolute link, good for four to five hours. It stays the same within the hour, so that browsers may keep
    what they fetched with it."""
    return settings.PUBLIC_URL + path_to(agent_id, attachment_id, filename)


def path_to(agent_id: int, attachment_id: int, filename: str) -> str:
    """The same link for pages of this very site, whichever of its names they were opened by."""
    end = (int(time.time()) // HOUR + HOURS + 1) * HOUR
    signature = _sign(agent_id, attachment_id, filename, end)
    name = quote(filename, safe="")
    return f"/api/attachments/{attachment_id}/{name}?agent={agent_id}&exp={end}&sig={signature}"


def is_signed(agent_id: int, attachment_id: int, filename: str, end: int, signature: str) -> bool:
    """Whether this server made a link to exactly this file, whatever became of its time."""
    return hmac.compare_digest(_sign(agent_id, attachment_id, filename, end).encode(), signature.encode())


def _sign(agent_id: int, attachment_id: int, filename: str, end: int) -> str:
    """The key is the secret key's, for this purpose alone."""
    told = f"{agent_id}/{attachment_id}/{end}/{filename}"
    return salted_hmac(SALT, told, algorithm="sha256").hexdigest()

"""Signing in: OAuth and the account pages. What counts there is what is sent, not who is signed in."""

from urllib.parse import urlencode

from doover_web.identity.clients import COMMAND_LINE

from ..lines import OPEN, Lines, everybody, page

line = Lines()

# Credentials come in the request; a cookie or a bearer adds nothing.
WRONG, UNKNOWN = everybody(400), everybody(401)
ASKED = {"client_id": COMMAND_LINE, "scope": "offline_access"}
line("POST", "/oauth2/device_authorize?" + urlencode(ASKED), OPEN)
line("POST", "/oauth2/token?grant_type=refresh_token&refresh_token=dvr_x&client_id=x", WRONG)
line("POST", "/api/oauth2/token?grant_type=client_credentials&client_id=x&client_secret=x", UNKNOWN)
line("POST", "/oauth2/revoke?token=x&client_id=x&client_secret=x", UNKNOWN)
line("POST", "/oauth2/introspect?token=x&client_id=x&client_secret=x", UNKNOWN)
line("POST", "/publishers/mint-token/", everybody(403), body={"provider": "GH", "token": "x"})
# The bearer here is an access token with the scope openid, which none of these has; a cookie means nothing.
line(
    "GET",
    "/oauth2/userinfo",
    everybody(401, by_token=True, stranger=403, bare=403, guest=403, looker=403, admin=403, root=403, narrow=403),
)

line("GET", "/oauth2/authorize?client_id=nowhere", everybody(400))
line("GET", "/oauth2/device?user_code=NONE-NONE", page(stranger=404, bare=404, looker=404, admin=404))
line("POST", "/oauth2/device", page(stranger=200, bare=200), form={"user_code": ""})
line("GET", "/oauth2/logout", page(stranger=200, bare=200))

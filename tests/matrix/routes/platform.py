"""What tells nobody's business: health, discovery, descriptions of the APIs."""

from ..lines import OPEN, Lines

line = Lines()

line("GET", "/healthz", OPEN)
line("GET", "/openapi/", OPEN)
line("GET", "/openapi/data.json", OPEN)
line("GET", "/.well-known/openid-configuration", OPEN)
line("GET", "/.well-known/oauth-authorization-server", OPEN)
line("GET", "/.well-known/jwks.json", OPEN)

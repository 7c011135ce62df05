"""What tells nobody's business: health, discovery, descriptions of the APIs."""

from ..lines import NO_SUCH, OPEN, Lines

line = Lines()

line("GET", "/healthz", OPEN)
line("GET", "/words/de.js", OPEN)
# It has chosen no colours.
line("GET", "/look/{creek}.css", NO_SUCH)
line("GET", "/openapi/", OPEN)
line("GET", "/openapi/data.json", OPEN)
line("GET", "/openapi/control.json", OPEN)
line("GET", "/.well-known/openid-configuration", OPEN)
line("GET", "/.well-known/oauth-authorization-server", OPEN)
line("GET", "/.well-known/jwks.json", OPEN)
line("GET", "/openapi/legacy.json", OPEN)
# What the first generation has no address for.
line("GET", "/ch/v1/nowhere/at/all/here/", NO_SUCH)
line("POST", "/apps/api/v1/nowhere/", NO_SUCH)

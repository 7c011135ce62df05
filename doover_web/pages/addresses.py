"""Which addresses at the root belong to the Control API (`control-api §3`)."""

import re

_WORDS = (
    "agents|users|organisations|groups|devices|applications|app_installs|app_deployments|solutions|solution_installs"
    "|integrations|tunnels|reports|shared_devices|shared_groups|container/registry|themes|billing|assistant|analytics"
    "|rollouts|bulk_jobs|publishers|site|public|permissions/sync|pwa_icon|pwa_splash|pwa_install_screenshot"
)
CONTROL = re.compile(rf"/(?:{_WORDS}|manifest\.webmanifest)(?:/|$)")
# Those that end in no slash.
BARE = ("/permissions/sync", "/manifest.webmanifest")

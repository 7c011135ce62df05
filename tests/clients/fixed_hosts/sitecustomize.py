"""Name resolution for a client whose addresses are fixed: Python loads this first, the client itself is untouched."""

import os

import requests

HERE = os.environ["FIXED_HOSTS_LEAD_TO"]
FIXED = {
    "https://auth.doover.com": HERE,
    "https://data.doover.com": HERE,
    "https://api.doover.com": HERE,
}
_send = requests.Session.request


def request(self, method, url, *args, **kwargs):
    for fixed, here in FIXED.items():
        if url == fixed or url.startswith(f"{fixed}/"):
            url = here + url.removeprefix(fixed)
    return _send(self, method, url, *args, **kwargs)


requests.Session.request = request

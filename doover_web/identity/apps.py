from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "doover_web.identity"
    label = "identity"

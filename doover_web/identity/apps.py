from importlib import import_module

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "doover_web.identity"
    label = "identity"

    def ready(self) -> None:
        import_module("doover_web.identity.signins").connect()

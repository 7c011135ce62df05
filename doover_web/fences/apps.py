from django.apps import AppConfig


class FencesConfig(AppConfig):
    name = "doover_web.fences"
    label = "fences"

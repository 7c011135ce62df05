from django.apps import AppConfig


class ControlConfig(AppConfig):
    name = "doover_web.control"
    label = "control"

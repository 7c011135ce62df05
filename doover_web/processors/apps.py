from django.apps import AppConfig


class ProcessorsConfig(AppConfig):
    name = "doover_web.processors"
    label = "processors"

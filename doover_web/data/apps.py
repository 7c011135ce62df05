from django.apps import AppConfig


class DataConfig(AppConfig):
    name = "doover_web.data"
    label = "data"

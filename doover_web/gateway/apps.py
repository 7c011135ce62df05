from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "doover_web.gateway"
    label = "gateway"

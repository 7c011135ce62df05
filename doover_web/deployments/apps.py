from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "doover_web.deployments"
    label = "deployments"

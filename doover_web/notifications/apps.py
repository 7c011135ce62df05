from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "doover_web.notifications"
    label = "notifications"

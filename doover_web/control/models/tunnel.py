import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from doover_web.common.secrets import seal, unseal
from doover_web.identity.models import Agent

from ..hosts import at_port
from ..ids import new_id


class Tunnel(models.Model):
    """Remote access to a port that a device can reach (`control-api §3.9`). It is open while `endpoint` says where."""

    class Protocol(models.TextChoices):
        TCP = "tcp"
        RTSP = "rtsp"
        HTTP = "http"
        HTTPS = "https"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    device = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="tunnels")
    name = models.CharField(max_length=200)
    # The target, as seen from the device.
    hostname = models.CharField(max_length=200)
    port = models.IntegerField()
    protocol = models.CharField(max_length=5, choices=Protocol, default=Protocol.TCP)
    timeout = models.IntegerField(default=1800)  # seconds until it closes by itself
    ip_restricted = models.BooleanField(default=False)
    ip_whitelist = models.JSONField(default=list)
    is_favourite = models.BooleanField(default=False)
    # Whom the tunnel's client signs in as at the target, a hint; the password is encrypted and never shown again.
    username = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  null is on the wire
    sealed_password = models.TextField(blank=True)
    disable_tls_verification = models.BooleanField(default=False)
    # As the device reported it last: host:port, or empty while the tunnel is closed.
    endpoint = models.CharField(max_length=255, blank=True)
    # While it shall be open; then the server asks the device to close it.
    wanted_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="tunnel_port_is_one", condition=Q(port__gte=1, port__lte=65535)),
            models.CheckConstraint(name="tunnel_timeout_positive", condition=Q(timeout__gte=1)),
            models.CheckConstraint(
                name="tunnel_protocol_known", condition=Q(protocol__in=["tcp", "rtsp", "http", "https"])
            ),
        ]
        indexes = [
            # The sweep that closes tunnels whose time is over.
            models.Index(fields=["wanted_until"], name="tunnel_by_end", condition=Q(wanted_until__isnull=False)),
        ]

    def __str__(self):
        return self.name

    @property
    def password(self) -> str:
        return unseal(self.sealed_password, settings.SECRET_KEY) if self.sealed_password else ""

    @password.setter
    def password(self, text: str | None) -> None:
        self.sealed_password = seal(text, settings.SECRET_KEY) if text else ""

    @property
    def address(self) -> str:
        return at_port(self.hostname, self.port)

    @property
    def is_active(self) -> bool:
        return bool(self.endpoint)

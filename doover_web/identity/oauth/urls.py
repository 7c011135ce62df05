"""The addresses that the published clients know, under the names that django-allauth looks for."""

from django.urls import include, path

from . import authorize, device, inspect, metadata, publisher, token

app_name = "idp"
_oidc = [
    path(".well-known/openid-configuration", metadata.configuration, name="configuration"),
    path(".well-known/oauth-authorization-server", metadata.configuration),
    path(".well-known/jwks.json", metadata.jwks, name="jwks"),
    path("oauth2/authorize", authorize.authorization, name="authorization"),
    path("oauth2/device", device.page, name="device_authorization"),
    path("oauth2/device_authorize", device.authorize, name="device_code"),
    path("oauth2/token", token.token, name="token"),
    # Below the data API's address, for client credentials.
    path("api/oauth2/token", token.token),
    path("oauth2/userinfo", inspect.userinfo, name="userinfo"),
    path("oauth2/revoke", inspect.revoke, name="revoke"),
    path("oauth2/introspect", inspect.introspect, name="introspect"),
    path("oauth2/logout", authorize.logout, name="logout"),
]
urlpatterns = [
    path("", include((_oidc, "oidc"))),
    path("publishers/mint-token/", publisher.mint, name="publisher"),
]

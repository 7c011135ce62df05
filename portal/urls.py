"""The addresses of the customer site and the channel viewer; a closing slash may be left out."""

from django.urls import path, re_path

from . import account, invitations, tokens
from .viewer import csv_files
from .viewer import views as viewer
from .views import (
    activity,
    alarm_overview,
    alarms,
    chart,
    commands,
    device,
    fences,
    frame,
    groups,
    help,
    home,
    installed,
    map,
    notifications,
    past,
    remote,
    reports,
    search,
    subscriptions,
)

app_name = "portal"
AGENT = r"(?P<agent>-?[0-9]{1,19}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"
DEVICE = r"device/(?P<agent_id>-?[0-9]{1,19})"

urlpatterns = [
    path("", home.home, name="home"),
    path("home/devices.csv", home.download, name="home_csv"),
    path("favourite/", home.favourite, name="favourite"),
    re_path(r"^group/(?P<group_id>-?[0-9]{1,19})/?$", groups.group, name="group"),
    re_path(r"^map/?$", map.fleet_map, name="map"),
    path("map/points.json", map.points, name="map_points"),
    re_path(r"^map/device/(?P<agent_id>-?[0-9]{1,19})/popup$", map.popup, name="map_popup"),
    re_path(r"^map/device/(?P<agent_id>-?[0-9]{1,19})/track\.json$", map.track, name="map_track"),
    re_path(r"^map/fences/?$", fences.fences, name="fences"),
    re_path(r"^map/fences/new/?$", fences.new, name="new_fence"),
    re_path(r"^map/fences/(?P<fence_id>-?[0-9]{1,19})/?$", fences.fence, name="fence"),
    re_path(r"^search/?$", search.search, name="search"),
    re_path(r"^help/?$", help.help, name="help"),
    path("theme/", frame.theme, name="theme"),
    path("organisation/", frame.organisation, name="organisation"),
    path("me/", account.me, name="me"),
    path("me/sessions/", account.sessions, name="sessions"),
    path("me/tokens/", tokens.tokens, name="tokens"),
    path("me/profile/", tokens.profile, name="profile"),
    path("me/notifications/", notifications.received, name="notifications"),
    path("me/notifications/endpoints/", notifications.endpoints, name="endpoints"),
    path("me/notifications/subscriptions/", subscriptions.subscriptions, name="subscriptions"),
    path("sw.js", installed.worker, name="worker"),
    # Where browsers know it from that were told of notifications before the site had one.
    path("me/notifications/worker.js", installed.worker),
    path("offline/", installed.offline, name="offline"),
    path("me/stop-acting/", frame.stop, name="stop_assuming"),
    re_path(r"^invitation/(?P<secret>dvi_[A-Za-z0-9_-]{20,64})/?$", invitations.invitation, name="invitation"),
    # Stands before the address of the same name in the account pages.
    path("accounts/logout/", frame.sign_out, name="sign_out"),
    path("report/", reports.reports, name="reports"),
    path("report/new/", reports.new, name="report_new"),
    re_path(r"^report/(?P<report_id>-?[0-9]{1,18})/?$", reports.report, name="report"),
    re_path(rf"^{DEVICE}/?$", device.device, name="device"),
    re_path(r"^remote/?$", remote.remote, name="remote"),
    re_path(rf"^{DEVICE}/remote/?$", remote.device, name="device_tunnels"),
    re_path(rf"^{DEVICE}/location/?$", map.location, name="device_location"),
    re_path(rf"^{DEVICE}/details/?$", device.details, name="device_details"),
    path("activity/", activity.everywhere, name="activity"),
    path("activity/export.csv", activity.export, name="activity_export"),
    re_path(rf"^{DEVICE}/activity/?$", activity.of_device, name="device_activity"),
    re_path(rf"^{DEVICE}/activity/export\.csv$", activity.export_of_device, name="device_activity_export"),
    re_path(rf"^{DEVICE}/past/?$", past.past, name="device_past"),
    path("alarms/", alarm_overview.overview, name="alarms"),
    re_path(rf"^{DEVICE}/alarms/?$", alarms.of_device, name="device_alarms"),
    re_path(rf"^{DEVICE}/chart/?$", chart.chart, name="chart"),
    re_path(rf"^{DEVICE}/chart/export\.csv$", chart.export, name="chart_export"),
    re_path(rf"^{DEVICE}/commands/?$", commands.commands, name="commands"),
    re_path(rf"^{DEVICE}/here/?$", device.onlookers, name="here"),
    re_path(
        rf"^{DEVICE}/commands/(?P<message_id>[0-9]{{1,19}})/(?P<deed>cancel|retry|dismiss)/?$",
        commands.command,
        name="command",
    ),
    re_path(r"^channels/?$", viewer.agents, name="agents"),
    re_path(r"^channels/dda/?$", viewer.start, name="start"),
    re_path(rf"^channels/{AGENT}/?$", viewer.channels, name="channels"),
    re_path(rf"^connections/{AGENT}/?$", viewer.connections, name="connections"),
    re_path(rf"^channels/{AGENT}/(?P<name>[^/]+)/download$", viewer.download, name="download"),
    re_path(rf"^channels/{AGENT}/(?P<name>[^/]+)/export\.csv$", csv_files.export, name="export"),
    re_path(rf"^channels/{AGENT}/(?P<name>[^/]+)/import\.csv$", csv_files.bring_in, name="import"),
    re_path(rf"^channels/{AGENT}/(?P<name>[^/]+)(?:/(?P<path>.*))?$", viewer.channel, name="channel"),
]

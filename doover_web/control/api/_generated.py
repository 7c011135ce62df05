"""The schemas of the Control API, made from its specification by `bin/control-schemas`. Do not edit."""
# A field that may be left out has None as its default, and takes None only where it says so.
# mypy: disable-error-code="assignment"

import warnings
from datetime import datetime
from typing import Literal

from ninja import Field, Schema

from .types import AnyJson, Email, File, Id, Ids, Key, Link

warnings.filterwarnings("ignore", message='Field name "copy" in', category=UserWarning)


class GroupSimple(Schema):
    organisation: str
    children: list["GroupSimple"]
    id: str
    name: str
    archived: bool
    shared: bool


class FixedLocation(Schema):
    latitude: float
    longitude: float


class Agent(Schema):
    organisation: str
    id: str
    name: str
    display_name: str
    group: str
    fa_icon: str | None
    fixed_location: FixedLocation | None
    archived: bool
    connection_determination: str
    type: str


class PermissionUser(Schema):
    id: str
    username: str
    email: Email
    first_name: str
    last_name: str
    last_activity: datetime | None


class BasicOrganisation(Schema):
    id: str
    name: str
    archived: bool


class BasicGroupRole(Schema):
    id: str
    name: str


class OrganisationRole(Schema):
    id: str
    name: str
    description: str
    organisation: BasicOrganisation | None
    default_root_group_role: BasicGroupRole | None
    archived: bool
    billing_manager: bool
    applications_manage: bool
    applications_view: bool
    device_types_manage: bool
    device_types_view: bool
    user_permissions_manage: bool
    users_manage: bool
    users_view: bool
    users_invite: bool
    reports_create: bool
    integrations_manage: bool
    theme_manage: bool
    domains_manage: bool
    conatiner_registry_profile_manage: bool
    conatiner_registry_profile_view: bool
    access_site: bool


class OrganisationUser(Schema):
    organisation: str
    user: PermissionUser
    role: OrganisationRole


class Agents(Schema):
    groups: list[GroupSimple]
    agents: list[Agent]
    organisation_users: list[OrganisationUser]
    superusers: list[PermissionUser]
    sharing: str


class ApplicationDeployment(Schema):
    id: str
    app_install: str
    status: Literal["QUE", "RUN", "SUC", "FAI", "CAN"]
    created_at: datetime
    log_output: str
    deployment_config: AnyJson
    docker_message_id: str | None


class SlimApplication(Schema):
    id: str
    archived: bool
    name: str
    type: Literal["DEV", "PRO", "TAS", "INT", "REP"]
    display_name: str
    description: str
    depends_on: list[str]
    config_schema: AnyJson
    organisation: BasicOrganisation
    icon_url: str | None
    banner_url: str | None


class DeviceSuperBasic(Schema):
    id: str
    name: str
    display_name: str


class SlimApplicationConfigProfile(Schema):
    id: str
    organisation: str
    display_name: str
    description: str
    application: str
    deployment_config: AnyJson


class ApplicationInstallationSolution(Schema):
    id: str
    name: str


class SlimApplicationTemplate(Schema):
    id: str
    name: str
    display_name: str
    description: str
    application: SlimApplication
    deployment_config: AnyJson
    synced: bool
    base_config: AnyJson


class ApplicationInstallation(Schema):
    id: str
    archived: bool
    name: str
    display_name: str
    application: SlimApplication
    organisation: BasicOrganisation | None
    device: DeviceSuperBasic | None
    version: str | None
    managed_by: list[str]
    deployment_config: AnyJson
    latest_deployment: ApplicationDeployment | None
    pre_archive_latest_deployment: str | None
    config_profiles: list[SlimApplicationConfigProfile]
    solution: ApplicationInstallationSolution | None
    solution_id: str | None
    template: SlimApplicationTemplate | None
    synced: Literal["OK", "NO", "OV"]


class ApplicationInstallationIn(Schema):
    name: str = Field(None, min_length=1)
    display_name: str = Field(max_length=100, min_length=1)
    application_id: Id
    device_id: Id | None
    version: str | None = Field(None, max_length=20)
    deployment_config: AnyJson = None
    config_profile_ids: Ids = None
    solution_id: Id | None = None


class SlimContainerRegistry(Schema):
    id: str
    name: str
    description: str
    archived: bool


class Application(Schema):
    id: str
    archived: bool
    name: str
    display_name: str
    description: str
    long_description: str
    type: Literal["DEV", "PRO", "TAS", "INT", "REP"]
    visibility: Literal["COR", "PUB", "PRI", "INT"]
    allow_many: bool
    config_schema: AnyJson
    ui_schema: AnyJson
    tag_schema: AnyJson
    depends_on: list[str]
    organisation: BasicOrganisation
    approx_installs: int
    stars: int = Field(ge=-2147483648, le=2147483647)
    container_registry_profile: SlimContainerRegistry | None
    deployment_data: str | None
    image_name: str | None
    lambda_arn: str | None
    lambda_config: AnyJson
    config_profiles: list[SlimApplicationConfigProfile]
    icon_url: str | None
    banner_url: str | None
    repository_url: Link | None


class ApplicationIn(Schema):
    name: str = Field(max_length=100, min_length=1, pattern="^[0-9a-z_]*$")
    display_name: str = Field(max_length=100, min_length=1)
    description: str
    long_description: str = None
    type: Literal["DEV", "PRO", "TAS", "INT", "REP"]
    visibility: Literal["COR", "PUB", "PRI", "INT"]
    allow_many: bool = None
    config_schema: AnyJson = None
    ui_schema: AnyJson = None
    tag_schema: AnyJson = None
    depends_on: list[str]
    organisation_id: Id | None
    stars: int = Field(None, ge=-2147483648, le=2147483647)
    container_registry_profile_id: Id | None
    deployment_data: str | None = None
    image_name: str | None = Field(None, max_length=255)
    lambda_arn: str | None = Field(None, max_length=255)
    lambda_config: AnyJson = None
    icon_url: str | None = Field(None, max_length=500)
    banner_url: str | None = Field(None, max_length=500)
    repository_url: Link | None = Field(None, max_length=500)


class ProcessorSourceUploadRequestIn(Schema):
    file: File


class ApplicationWidgetUploadRequestIn(Schema):
    file: File


class ApplicationConfigProfile(Schema):
    id: str
    organisation: BasicOrganisation
    display_name: str
    description: str
    deployment_config: AnyJson
    application: Application


class ApplicationConfigProfileIn(Schema):
    id: Id = None
    display_name: str = Field(max_length=255, min_length=1)
    description: str = None
    deployment_config: AnyJson = None
    application_id: Id


class ApplicationOrganisationAccess(Schema):
    id: str
    organisation: BasicOrganisation
    access: Literal["WHL", "BLK"]


class ApplicationOrganisationAccessIn(Schema):
    application_id: Id
    organisation_id: Id | None
    access: Literal["WHL", "BLK"]


class ContainerRegistryProfileRow(Schema):
    id: str
    organisation: BasicOrganisation
    archived: bool
    name: str
    description: str


class ContainerRegistryProfileIn(Schema):
    name: str = Field(max_length=255, min_length=1)
    description: str
    url: str = Field(max_length=200, min_length=1)
    username: str = Field(max_length=100, min_length=1)
    password: str = Field(max_length=100, min_length=1)


class ContainerRegistryProfile(Schema):
    id: str
    organisation: BasicOrganisation
    archived: bool
    name: str
    description: str
    url: str
    username: str
    password: str


class NestedDeviceType(Schema):
    id: str
    organisation: BasicOrganisation
    archived: bool
    name: str
    config: AnyJson
    config_schema: AnyJson
    device_extra_config_schema: AnyJson
    installer: Link | None
    installer_info: str
    install_type: Literal["NONE", "COPY_COMMAND", "INSTALL_PACKAGE", "BOTH"]
    copy_command: str
    description: str
    logo_url: str | None
    extra_info: str | None
    stars: int = Field(ge=-2147483648, le=2147483647)
    default_icon: str | None
    solution: str | None
    active_count: int
    hooks: str


class SlimGroup(Schema):
    id: str
    name: str
    archived: bool
    organisation: BasicOrganisation


class Device(Schema):
    id: str
    archived: bool
    name: str
    display_name: str
    type: NestedDeviceType
    organisation: BasicOrganisation
    group: SlimGroup
    fa_icon: str | None
    notes: str | None
    extra_config: AnyJson
    fusion_entity_id: Key | None
    fusion_entity_secret: str | None
    fixed_location: FixedLocation | None
    history_since: datetime | None


class DeviceIn(Schema):
    name: str = None
    display_name: str = Field(max_length=255, min_length=1)
    type_id: Id
    group_id: Id
    fa_icon: str | None = None
    notes: str | None = None
    extra_config: AnyJson = None
    fixed_location: FixedLocation | None = None
    solution_config: AnyJson = None
    history_since: datetime | None = None


class DeviceInstallerInfoResponse(Schema):
    title: str
    description: str
    copy: str | None
    install_package_url: str | None
    install_type: str
    panel_type: str


class BasicDeviceType(Schema):
    id: str
    organisation: BasicOrganisation
    archived: bool
    name: str


class SlimDevice(Schema):
    id: str
    name: str
    display_name: str
    organisation: BasicOrganisation
    type: BasicDeviceType


class ApplicationTemplate(Schema):
    id: str
    name: str
    display_name: str
    description: str
    application: Application
    deployment_config: AnyJson
    synced: bool
    config_profiles: list[ApplicationConfigProfile]
    base_config: AnyJson


class Solution(Schema):
    id: str
    archived: bool
    display_name: str
    description: str
    jinja_template: str
    config_schema: AnyJson
    config: AnyJson
    application_templates: list[ApplicationTemplate]
    organisation: BasicOrganisation
    install_count: int


class SolutionInstallation(Schema):
    id: str
    display_name: str
    device: SlimDevice
    organisation: BasicOrganisation | None
    deployed_at: datetime
    status: Literal["QUE", "RUN", "SUC", "FAI", "CAN"]
    application_installs: list[ApplicationInstallation]
    solution: Solution
    deployment_config: AnyJson
    synced: str


class SolutionInstallationIn(Schema):
    display_name: str = Field(max_length=100, min_length=1)
    device_id: Id
    solution_id: Id
    deployment_config: AnyJson = None


class Tunnel(Schema):
    id: str
    name: str
    device: DeviceSuperBasic
    endpoint: str
    endpoint_id: str
    is_active: bool
    hostname: str
    port: int = Field(ge=-2147483648, le=2147483647)
    protocol: Literal["tcp", "rtsp", "http", "https"]
    username: str | None
    password: str | None
    timeout: int = Field(ge=-2147483648, le=2147483647)
    ip_restricted: bool
    disable_tls_verification: bool
    ip_whitelist: AnyJson
    is_favourite: bool


class TunnelIn(Schema):
    name: str = Field(max_length=200, min_length=1)
    device_id: Id = None
    hostname: str = Field(max_length=200, min_length=1)
    port: int = Field(ge=-2147483648, le=2147483647)
    protocol: Literal["tcp", "rtsp", "http", "https"]
    username: str | None = Field(None, max_length=200)
    password: str | None = Field(None, max_length=200)
    timeout: int = Field(None, ge=-2147483648, le=2147483647)
    ip_restricted: bool = None
    disable_tls_verification: bool = None
    ip_whitelist: AnyJson = None
    is_favourite: bool = None


class DeviceType(Schema):
    id: str
    organisation: BasicOrganisation
    archived: bool
    name: str
    config: AnyJson
    config_schema: AnyJson
    device_extra_config_schema: AnyJson
    installer: Link | None
    installer_info: str
    install_type: Literal["NONE", "COPY_COMMAND", "INSTALL_PACKAGE", "BOTH"]
    copy_command: str
    description: str
    logo_url: str | None
    extra_info: str | None
    stars: int = Field(ge=-2147483648, le=2147483647)
    default_icon: str | None
    solution: Solution | None
    active_count: int
    hooks: str


class DeviceTypeIn(Schema):
    name: str = Field(max_length=255, min_length=1)
    config: AnyJson = None
    config_schema: AnyJson = None
    device_extra_config_schema: AnyJson = None
    installer: File = None
    installer_info: str = Field(None, min_length=1)
    install_type: Literal["NONE", "COPY_COMMAND", "INSTALL_PACKAGE", "BOTH"] = None
    copy_command: str = Field(None, min_length=1)
    description: str = None
    logo_url: str | None = Field(None, max_length=500)
    extra_info: str | None = None
    stars: int = Field(None, ge=-2147483648, le=2147483647)
    default_icon: str | None = Field(None, max_length=100)
    solution_id: Id | None = None
    hooks: str = Field(None, max_length=255)


class DeviceTypeOrganisationAccess(Schema):
    id: str
    organisation: BasicOrganisation
    access: Literal["WHL", "BLK"]


class DeviceTypeOrganisationAccessIn(Schema):
    device_type_id: Id
    organisation_id: Id | None
    access: Literal["WHL", "BLK"]


class OrganisationSimple(Schema):
    id: str
    name: str


class GroupParent(Schema):
    id: str
    name: str


class GroupRow(Schema):
    id: str
    name: str
    organisation: OrganisationSimple
    archived: bool
    parent: GroupParent | None


class GroupIn(Schema):
    name: str = Field(max_length=255, min_length=1)
    parent_id: Id


class GroupChildren(Schema):
    id: str
    name: str


class Group(Schema):
    id: str
    name: str
    organisation: OrganisationSimple
    archived: bool
    parent: GroupParent | None
    children: list[GroupChildren]
    my_permissions: dict[str, bool] | None


class GroupBasic(Schema):
    id: str
    name: str


class GroupRole(Schema):
    id: str
    name: str
    description: str
    organisation: BasicOrganisation | None
    archived: bool
    billing_manager: bool
    group_move: bool
    group_edit: bool
    group_view: bool
    group_users_manage: bool
    group_users_view: bool
    device_create: bool
    device_configure: bool
    device_tunnels: bool
    device_private_view: bool
    device_control: bool
    device_history: bool
    device_view: bool
    alarms_manage: bool
    alarms_view: bool
    turn_client_connect: bool
    dashboard_create: bool
    dashboard_edit: bool
    dashboard_control: bool
    dashboard_view: bool


class GroupPermission(Schema):
    group: GroupBasic
    user: PermissionUser
    role: GroupRole


class GroupPermissionIn(Schema):
    user_id: Id
    role_id: Id | None


class GroupRoleIn(Schema):
    name: str = Field(max_length=255, min_length=1)
    description: str = None
    billing_manager: bool = None
    group_move: bool = None
    group_edit: bool = None
    group_view: bool = None
    group_users_manage: bool = None
    group_users_view: bool = None
    device_create: bool = None
    device_configure: bool = None
    device_tunnels: bool = None
    device_private_view: bool = None
    device_control: bool = None
    device_history: bool = None
    device_view: bool = None
    alarms_manage: bool = None
    alarms_view: bool = None
    turn_client_connect: bool = None
    dashboard_create: bool = None
    dashboard_edit: bool = None
    dashboard_control: bool = None
    dashboard_view: bool = None


class OrganisationSuperBasic(Schema):
    id: str
    name: str


class IngestionEndpoint(Schema):
    id: str
    url: str
    token: str


class Integration(Schema):
    id: str
    name: str
    display_name: str
    application: SlimApplication
    deployment_config: AnyJson
    organisation: OrganisationSuperBasic
    latest_deployment: ApplicationDeployment | None
    ingestion_endpoints: list[IngestionEndpoint]


class IntegrationIn(Schema):
    name: str = Field(max_length=100, min_length=1)
    display_name: str = Field(max_length=100, min_length=1)
    application_id: Id
    deployment_config: AnyJson = None


class OrganisationDomain(Schema):
    id: str
    hostname: str
    default: bool


class Theme(Schema):
    accent_colour: str
    brand_logo_colour: str
    navbar_colour: str
    navbar_text_colour: str
    sidebar_colour: str
    sidebar_text_colour: str
    banner_image: Link | None
    login_banner: Link | None
    sidebar_banner_image: Link | None
    site_logo: Link | None


class Organisation(Schema):
    name: str
    archived: bool
    application_id: str
    domains: list[OrganisationDomain]
    root_group: GroupBasic
    id: str
    test_field_A: int = Field(ge=-2147483648, le=2147483647)
    retention_period: int = Field(ge=-2147483648, le=2147483647)
    legacy_doover_api_key: str | None
    llm_api_key: str | None
    extra_config: AnyJson
    theme: Theme


class ThemeIn(Schema):
    accent_colour: str = Field(max_length=20, min_length=1)
    brand_logo_colour: str = Field(max_length=20, min_length=1)
    navbar_colour: str = Field(max_length=20, min_length=1)
    navbar_text_colour: str = Field(max_length=20, min_length=1)
    sidebar_colour: str = Field(max_length=20, min_length=1)
    sidebar_text_colour: str = Field(max_length=20, min_length=1)
    banner_image: File = None
    login_banner: File = None
    sidebar_banner_image: File = None
    site_logo: File = None


class OrganisationIn(Schema):
    name: str = Field(max_length=255, min_length=1)
    test_field_A: int = Field(None, ge=-2147483648, le=2147483647)
    retention_period: int = Field(None, ge=-2147483648, le=2147483647)
    legacy_doover_api_key: str | None = Field(None, max_length=255)
    llm_api_key: str | None = Field(None, max_length=255)
    extra_config: AnyJson = None
    theme: ThemeIn = None


class OrganisationDomainIn(Schema):
    hostname: str = Field(max_length=255, min_length=1)
    default: bool = None


class PendingUser(Schema):
    id: str
    email: Email
    organisation: Organisation
    created_at: datetime
    message: str | None
    last_invited: datetime | None


class PendingUserIn(Schema):
    email: Email = Field(max_length=254, min_length=1)
    organisation_id: Id
    message: str | None = None


class OrganisationRoleIn(Schema):
    name: str = Field(max_length=255, min_length=1)
    description: str = None
    default_root_group_role_id: Id | None = None
    billing_manager: bool = None
    applications_manage: bool = None
    applications_view: bool = None
    device_types_manage: bool = None
    device_types_view: bool = None
    user_permissions_manage: bool = None
    users_manage: bool = None
    users_view: bool = None
    users_invite: bool = None
    reports_create: bool = None
    integrations_manage: bool = None
    theme_manage: bool = None
    domains_manage: bool = None
    conatiner_registry_profile_manage: bool = None
    conatiner_registry_profile_view: bool = None
    access_site: bool = None


class OrganisationSharedReceiveProfile(Schema):
    id: str
    name: str
    description: str
    organisation: BasicOrganisation
    sharing_organisation_id: str
    sharing_base_url: str
    sharing_data_url: str | None
    sharing_auth_tenant_id: str | None
    sharing_profile_id: str


class OrganisationSharedReceiveProfileIn(Schema):
    id: Id = None
    name: str = Field(max_length=255, min_length=1)
    description: str
    sharing_organisation_id: Id
    sharing_base_url: str = Field(min_length=1)
    sharing_data_url: str | None = None
    sharing_auth_tenant_id: str | None = None
    sharing_profile_id: Id


class OrganisationSharingProfile(Schema):
    id: str
    name: str
    description: str
    all_devices: list[Device]
    devices: list[Device]
    groups: list[GroupRow]
    role: OrganisationRole
    dd_permission_id: int = Field(ge=-9223372036854775808, le=9223372036854775807)
    organisation: BasicOrganisation
    organisation_id: str
    shared_organisation_id: str


class OrganisationSharingProfileIn(Schema):
    id: Id = None
    name: str = Field(max_length=255, min_length=1)
    description: str
    device_ids: Ids = None
    group_ids: Ids = None
    role_id: Id | None
    dd_permission_id: int = Field(ge=-9223372036854775808, le=9223372036854775807)
    shared_organisation_id: Id


class GroupRoleAssignmentIn(Schema):
    group_id: Id
    role_id: Id


class OrganisationUserIn(Schema):
    user_email: Email = Field(min_length=1)
    role_id: Id | None
    add_to_group: list[GroupRoleAssignmentIn] = None


class PublicApplicationRow(Schema):
    id: str
    archived: bool
    name: str
    display_name: str
    description: str
    long_description: str
    type: Literal["DEV", "PRO", "TAS", "INT", "REP"]
    visibility: Literal["COR", "PUB", "PRI", "INT"]
    allow_many: bool
    config_schema: AnyJson
    approx_installs: int
    stars: int
    image_name: str | None
    depends_on: list[str]
    icon_url: str | None
    banner_url: str | None


class ReportCreateIn(Schema):
    name: str = Field(None, min_length=1)
    config: AnyJson
    report_generator_id: Id
    period_start: int
    period_end: int


class CreateReportResponse(Schema):
    id: str


class ReportSchedule(Schema):
    id: str
    archived: bool
    name: str
    display_name: str
    application: SlimApplication
    deployment_config: AnyJson
    organisation: OrganisationSuperBasic
    latest_deployment: ApplicationDeployment | None


class Attachment(Schema):
    filename: str
    content_type: str
    size: int
    url: str


class Report(Schema):
    id: str
    devices: list[str]
    logs: str
    period_end: int
    period_start: int
    report_generator: SlimApplication
    status: str
    name: str
    config: AnyJson
    schedule: ReportSchedule | None
    files: list[Attachment]


class ReportScheduleIn(Schema):
    name: str = None
    display_name: str = Field(max_length=100, min_length=1)
    application_id: Id
    deployment_config: AnyJson = None


class RemoteSharedDeviceGroup(Schema):
    id: str
    name: str
    organisation: BasicOrganisation
    archived: bool


class RemoteSharedDeviceType(Schema):
    id: str
    name: str


class RemoteSharedDevice(Schema):
    id: str
    name: str
    display_name: str
    organisation: BasicOrganisation
    group: RemoteSharedDeviceGroup
    type: RemoteSharedDeviceType
    archived: bool


class SharedDevice(Schema):
    id: str
    device_id: str
    device: RemoteSharedDevice
    organisation: BasicOrganisation
    group: SlimGroup
    shared_profile: OrganisationSharedReceiveProfile


class SharedDeviceIn(Schema):
    id: Id = None
    device_id: Id
    group_id: Id
    shared_profile_id: Id


class RemoteSharedGroup(Schema):
    id: str
    name: str
    organisation: BasicOrganisation


class SharedGroup(Schema):
    id: str
    organisation: BasicOrganisation
    group: SlimGroup
    shared_profile: OrganisationSharedReceiveProfile
    shared_group: RemoteSharedGroup
    shared_group_id: str


class SharedGroupIn(Schema):
    id: Id = None
    group_id: Id
    shared_profile_id: Id
    shared_group_id: Id


class CustomerSite(Schema):
    name: str
    application_id: str
    id: str
    theme: Theme
    archived: bool


class SolutionIn(Schema):
    display_name: str = Field(max_length=255, min_length=1)
    description: str = None
    jinja_template: str = Field(None, min_length=1)
    config_schema: AnyJson = None
    config: AnyJson = None


class ApplicationTemplateIn(Schema):
    name: str = Field(None, min_length=1)
    display_name: str = Field(max_length=255, min_length=1)
    description: str = None
    application_id: Id
    deployment_config: AnyJson = None
    synced: bool = None
    config_profile_ids: Ids = None
    solution_id: Id | None


class SolutionOrganisationAccess(Schema):
    id: str
    organisation: BasicOrganisation
    access: Literal["WHL", "BLK"]


class SolutionOrganisationAccessIn(Schema):
    solution_id: Id
    organisation_id: Id | None
    access: Literal["WHL", "BLK"]


class ThemeWithId(Schema):
    id: str
    accent_colour: str
    brand_logo_colour: str
    navbar_colour: str
    navbar_text_colour: str
    sidebar_colour: str
    sidebar_text_colour: str
    banner_image: Link | None
    login_banner: Link | None
    sidebar_banner_image: Link | None
    site_logo: Link | None


class ThemeWithIdIn(Schema):
    accent_colour: str = Field(max_length=20, min_length=1)
    brand_logo_colour: str = Field(max_length=20, min_length=1)
    navbar_colour: str = Field(max_length=20, min_length=1)
    navbar_text_colour: str = Field(max_length=20, min_length=1)
    sidebar_colour: str = Field(max_length=20, min_length=1)
    sidebar_text_colour: str = Field(max_length=20, min_length=1)
    banner_image: File = None
    login_banner: File = None
    sidebar_banner_image: File = None
    site_logo: File = None


class UserOrganisationInfo(Schema):
    role: AnyJson


class User(Schema):
    id: str
    fusionauth_id: Key | None
    username: str
    email: Email
    first_name: str
    last_name: str
    is_superuser: bool
    organisation_info: UserOrganisationInfo | None
    custom_data: AnyJson
    last_synced: int | None
    last_login: int | None


class UserIn(Schema):
    custom_data: AnyJson = None

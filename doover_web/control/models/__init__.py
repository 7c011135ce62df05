from .application import Application, ApplicationAccess, ApplicationVersion, ConfigProfile
from .dashboard import Dashboard
from .device import Device
from .device_type import DeviceType, DeviceTypeAccess
from .domain import Domain
from .install import AppInstall, InstallProfile
from .registry import RegistryProfile, TrustedPublisher
from .report import ReportJob, ReportSchedule
from .sharing import ReceivedProfile, SharedDevice, SharedGroup
from .solution import Solution, SolutionAccess, SolutionInstall, SolutionTemplate, TemplateProfile
from .theme import Theme
from .tunnel import Tunnel
from .upload import Upload

__all__ = [
    "AppInstall",
    "Application",
    "ApplicationAccess",
    "ApplicationVersion",
    "ConfigProfile",
    "Dashboard",
    "Device",
    "DeviceType",
    "DeviceTypeAccess",
    "Domain",
    "InstallProfile",
    "ReceivedProfile",
    "RegistryProfile",
    "ReportJob",
    "ReportSchedule",
    "SharedDevice",
    "SharedGroup",
    "Solution",
    "SolutionAccess",
    "SolutionInstall",
    "SolutionTemplate",
    "TemplateProfile",
    "Theme",
    "TrustedPublisher",
    "Tunnel",
    "Upload",
]

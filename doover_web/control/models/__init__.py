from .application import Application
from .device import Device
from .tunnel import Tunnel

__all__ = ["Application", "Device", "Tunnel"]

from .awaited import Awaited
from .delivery import Delivery, Notification
from .endpoint import Endpoint, VapidKey
from .preference import Preference
from .subscription import Subscription

__all__ = ["Awaited", "Delivery", "Endpoint", "Notification", "Preference", "Subscription", "VapidKey"]

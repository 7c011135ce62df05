from .delivery import Delivery, Notification
from .endpoint import Endpoint, VapidKey
from .preference import Preference
from .subscription import Subscription

__all__ = ["Delivery", "Endpoint", "Notification", "Preference", "Subscription", "VapidKey"]

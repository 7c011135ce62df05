from .deployment import Deployment

__all__ = ["Deployment"]

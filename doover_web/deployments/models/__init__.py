from .bulk import BulkJob, BulkRow
from .deployment import Deployment
from .rollout import Rollout, RolloutDevice
from .usage import UsageDay

__all__ = ["BulkJob", "BulkRow", "Deployment", "Rollout", "RolloutDevice", "UsageDay"]

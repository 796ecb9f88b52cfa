"""Write the provider's state into rows. Callbacks, sweeps and "Check now" all end here."""

from dubbing.sync.assets import sync_asset
from dubbing.sync.results import keep_result

__all__ = ["keep_result", "sync_asset"]

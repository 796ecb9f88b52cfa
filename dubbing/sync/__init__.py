"""What the provider tells us, written into rows. Callback, sweep and "sync now" all end here."""

from dubbing.sync.assets import sync_asset
from dubbing.sync.results import keep_result

__all__ = ["keep_result", "sync_asset"]

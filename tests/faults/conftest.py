"""What the fault tests share with those of the product."""

from tests.dubbing.conftest import trusting

__all__ = ["trusting"]

"""Films are looked at once here: these tests are not about how."""

from tests.support.looks import remembered_looks

__all__ = ["remembered_looks"]

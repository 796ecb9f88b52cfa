"""What the portal is delivered with: a bill of materials of the image’s lock, and which of it has known flaws.

Run by ``make sbom`` and ``make audit``, in an environment of its own (``requirements-audit.lock``).
"""

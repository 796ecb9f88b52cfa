"""Collect static files under names that carry their hash, so that browsers can keep them forever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Storage like whitenoise's, with the imports of our own modules also rewritten to hashed names.

    Django's own option also reads comments, and fails on an example in one of django-htmx's.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((r"""(?P<matched>\b(?P<how>from|import) "(?P<url>\.\.?/[^"]+)";)""", '%(how)s "%(url)s";'),)),
    )
    # Each pass carries a changed hash one import further up.
    max_post_process_passes = 20

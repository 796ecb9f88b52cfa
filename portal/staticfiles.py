"""Files of the pages, collected once under names that carry their hash: then browsers keep them for good."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """As whitenoise does it, with the imports of our own modules rewritten to those names too.

    Django's own switch reads every file's comments as well, and stumbles over an example in one of django-htmx.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((r"""(?P<matched>\b(?P<how>from|import) "(?P<url>\.\.?/[^"]+)";)""", '%(how)s "%(url)s";'),)),
    )
    # Each pass carries a changed hash one import further up.
    max_post_process_passes = 20

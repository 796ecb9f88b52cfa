"""The WSGI application of the web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

from dubbing.checks import refuse_wrong_start  # noqa: E402 - needs the applications
from portal import observability  # noqa: E402

# A server with a wrong configuration must not answer at all.
refuse_wrong_start()
observability.start("web")

"""The WSGI application of the web process."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# What is loaded here stays. A full search for garbage would look through all of it each time, which stops all threads
# for 0.1 s every few dozen pages.
gc.disable()

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from dubbing.checks import refuse_wrong_start  # noqa: E402 - needs the applications
from portal import observability, warm_up  # noqa: E402

# A server with a wrong configuration must not answer at all.
refuse_wrong_start()
observability.start("web")
warm_up.load_pages()
gc.freeze()
gc.enable()

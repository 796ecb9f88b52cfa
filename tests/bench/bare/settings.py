"""The portal's settings, with other addresses."""

from portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.bare.urls"

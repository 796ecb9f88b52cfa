"""Requests of tests to servers on this machine, which all speak plain http."""

from __future__ import annotations

import httpx

# Without a context for TLS, which takes 16 ms to make and would be made for each request.
plain_http = httpx.Client(verify=False, trust_env=False)

"""A real OpenID Connect provider in a process of its own, and a browser that signs in through it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
from django.http import HttpResponse
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
NODE = shutil.which("node")
OLDEST_NODE = 20
CLIENT_ID = "dubbing-portal"


def is_there() -> bool:
    """Whether this machine can run it: by what ``npm ci`` installs, and a Node that is new enough."""
    if not NODE or not (ROOT / "node_modules" / "oauth2-mock-server").exists():
        return False
    version = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.removeprefix("v").split(".")[0]) >= OLDEST_NODE


class IdentityProvider:
    """`with IdentityProvider() as provider:` it listens at `provider.url` and says what `say` was given."""

    def __enter__(self) -> Self:
        assert NODE
        script = str(Path(__file__).with_suffix(".mjs"))
        self._process = subprocess.Popen([NODE, script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        self.http = httpx.Client(trust_env=False, timeout=20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self._process.terminate()
        self._process.wait(40)
        assert self._process.stdout
        self._process.stdout.close()

    def say(self, **said: Any) -> None:
        """From now on. `claims`: of the ID token; `without`: claims left out; `userinfo`, `discovery`: added there.

        `unsigned`, `forged`: what is wrong with the signature; `denied`: the person does not agree;
        `tokenStatus`: of the answer with the tokens.
        """
        assert self.http.post(f"{self.url}/_say", data={"said": json.dumps(said)}).text == "ok"

    def agree(self, address: str) -> str:
        """Where the provider sends the browser that came to `address`, as a path of the portal."""
        answer = self.http.get(address)
        assert answer.status_code == 302, answer.text
        target = urlsplit(answer.headers["Location"])
        return f"{target.path}?{target.query}"

    def sign_in(self, browser: Client, following: str = "") -> HttpResponse:
        """The whole way: the button, the provider, and back."""
        return browser.get(self.agree(begin(browser, following)))  # type: ignore[return-value]


def begin(browser: Client, following: str = "") -> str:
    """Press the button. Returns the provider's address, to which the browser is led."""
    page = browser.post("/sign-in/sso/", {"next": following})
    assert page.status_code == 200, page.content.decode()
    return str(page["Refresh"]).partition("url=")[2]


def asked(address: str) -> dict[str, str]:
    """The parameters with which the provider is asked."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

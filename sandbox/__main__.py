"""Start the sandbox: `python -m sandbox --api-key KEY`."""

import argparse
import os
import sys
from pathlib import Path

import uvicorn
from pydantic import ValidationError

from sandbox.app import make_app
from sandbox.config import Config
from sandbox.switches import Policy


def _policy(text: str) -> str:
    try:
        return Policy(progress=text).progress
    except ValidationError as error:
        raise argparse.ArgumentTypeError("must be at_once, looks:N or seconds:N") from error


def parse(arguments: list[str]) -> Config:
    """Read the command line and the environment."""
    parser = argparse.ArgumentParser(prog="sandbox", description="A stand-in for the Panjaya Dubbing Studio API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--state-dir", type=Path, default=Path("var/sandbox"))
    parser.add_argument("--api-key", default=os.environ.get("SANDBOX_API_KEY", ""), help="or SANDBOX_API_KEY")
    parser.add_argument("--policy", type=_policy, help="at_once, looks:N or seconds:N (seconds:3 at first)")
    parser.add_argument("--allow-host", action="append", default=[], help="a host that may be fetched or called back")
    given = parser.parse_args(arguments)
    if not given.api_key:
        parser.error("an API key is needed: --api-key or SANDBOX_API_KEY")
    return Config(
        api_key=given.api_key,
        state_dir=given.state_dir.absolute(),
        host=given.host,
        port=given.port,
        policy=given.policy,
        allow_hosts=frozenset(given.allow_host),
    )


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    config = parse(sys.argv[1:])
    app = make_app(config)
    uvicorn.run(
        app,
        host=config.host,
        port=config.port,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()

"""API tokens are guessed from many addresses: none is found, and somebody with a right one goes on working."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.measuring import Figure, Sizes, below, workplace
from tests.bench.portal import QuietSandbox, ask
from tests.support.portal import Portal


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Tokens found, how often the right one was refused, how many guesses were looked at, and milliseconds of each."""
    with (
        workplace() as folder,
        QuietSandbox(folder / "sandbox") as sandbox,
        Portal(folder / "portal", sandbox, API_REQUESTS_PER_MINUTE=str(sizes.guesses)) as portal,
    ):
        told = ask(portal, "guesses", sizes.guesses)
    context: dict[str, object] = {"guesses": sizes.guesses, "addresses": told["addresses"], "seconds": told["seconds"]}
    yield below(1, "tokens_found", told["found"], "tokens", **context)
    yield below(1, "right_token_refused", told["refused"], "requests", **context, used=told["used"])
    # The limit holds for a quarter of an hour, and the guessing may take several.
    yield below(sizes.guesses, "guesses_looked_at", told["looked_at"], "guesses", **context)
    yield below(50, "guess_milliseconds", 1000 * told["seconds"] / sizes.guesses, "ms", **context)

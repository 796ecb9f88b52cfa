"""HTML character references in subtitles, which would be spoken: `&amp;`, `&#39;`, `&aacute;`."""

import html
import re
from html.entities import html5, name2codepoint

# "&amp;#39;" was escaped twice or more. All levels match at once, so that one pass is enough.
_AGAIN = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)
_REFERENCE = re.compile(
    r"&(?:#[0-9]{1,7};|#x[0-9a-f]{1,6};|[a-z][a-z0-9]{1,31};|(?:amp|lt|gt|quot|nbsp)(?![a-z0-9;=]))", re.IGNORECASE
)
_SHORTEST_NAME = 4  # of the names that only HTML 5 has: "&in;" is more likely meant literally
_MOST_ROUNDS = 4


def decoded(text: str) -> str:
    """The text with references replaced by their characters. "AT&T" and "R&D;" stay as they are."""
    for _ in range(_MOST_ROUNDS):
        if "&" not in text:
            break
        before, text = text, _REFERENCE.sub(_character, _AGAIN.sub("&amp;", text))
        if text == before:
            break
    return text


def _character(match: re.Match[str]) -> str:
    written = match[0]
    name = written[1:].removesuffix(";")
    known = name.startswith("#") or name in name2codepoint or name.lower() in {"amp", "lt", "gt", "quot", "apos"}
    if known or (len(name) >= _SHORTEST_NAME and f"{name};" in html5):
        return html.unescape(written if written.endswith(";") else f"{written};")
    return written

"""What input may contain: UTF-8, characters that a text can have, unambiguous JSON. Anything else is a 400.

``HeadGate`` checks addresses and cookies, ``FormGate`` forms, and views read JSON with ``json_of``. So no view, model
or database gets what it cannot store, and the sender is told in words. How large it may be: ``body_gate``.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ENCODED, MULTIPART = FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
DEEPEST = 50
_STRICT = "utf-8-strict"
_HALF = re.compile("[\ud800-\udfff]")
_REPLACED = "\ufffd"

_NUL = _("The request contains an invalid character (NUL). Remove it and send it again.")
_NOT_UTF_8 = _("The request is not valid UTF-8. Send it as UTF-8.")
_BROKEN = _("The connection was lost before the whole request arrived. Send it again.")
_TOO_DEEP = _("The JSON is nested too deeply.")

View = Callable[..., HttpResponse]


def _strictly(data: Any, errors: str = "strict", /) -> tuple[str, int]:
    return codecs.utf_8_decode(data, "strict", True)


# Django reads multipart fields with "replace", and afterwards nobody can tell what was there.
_CODEC = codecs.CodecInfo(codecs.utf_8_encode, _strictly, name=_STRICT)
codecs.register(lambda name: _CODEC if name == _STRICT.replace("-", "_") else None)


class Unreadable(BadRequest):
    """The input cannot be read; the message says why, and what to do."""


class HeadGate:
    """Runs first: refuses an address or a cookie with text that no database could be queried for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = unquote_to_bytes(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))
        if b"\0" in query or "\0" in request.path_info or any("\0" in cookie for cookie in request.COOKIES.values()):
            return _plainly(str(_NUL))
        return self.get_response(request) if _is_utf_8(query) else _plainly(str(_NOT_UTF_8))


class FormGate:
    """Runs before anything reads values from a form, and after the limits on its size."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse a form that cannot be read. Views that programs call without a form read the body themselves."""
        if getattr(view, "csrf_exempt", False) or getattr(view, "takes_large_body", False):
            return None
        try:
            _check_charset(request)
            if request.method == "POST" and request.content_type in FORMS:
                _check_form(request)
        except Unreadable as problem:
            return _refuse(request, view, str(problem))
        return None

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Answer a view's Unreadable."""
        return JsonResponse({"message": str(problem)}, status=400) if isinstance(problem, Unreadable) else None


def json_of(request: HttpRequest, *, most: int | None = None, drop_halves: bool = False) -> Any:
    """The JSON in the body. Raises Unreadable if it is invalid or contains text or numbers that cannot be stored.

    ``most``: bytes; without it, Django's own limit raises RequestDataTooBig. ``drop_halves``: leave out halves of
    characters, which editing can leave behind, instead of refusing them.
    """
    if request.content_type in FORMS:
        raise Unreadable(gettext("This address accepts JSON, not a form. Send it as application/json."))
    try:
        body = request.body if most is None else request.read(most + 1)
        if most is not None and len(body) > most:
            raise Unreadable(
                gettext("The request is larger than %(limit)s bytes, which is the limit.") % {"limit": most}
            )
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
        return _checked(value, DEEPEST, drop_halves)
    except UnicodeDecodeError:
        raise Unreadable(str(_NOT_UTF_8)) from None
    except (UnreadablePostError, RawPostDataException):
        raise Unreadable(str(_BROKEN)) from None
    except RecursionError:
        raise Unreadable(str(_TOO_DEEP)) from None
    except ValueError:
        raise Unreadable(gettext("The request is not valid JSON.")) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Unreadable(gettext("An object in the JSON has the same name twice."))
    return values


def _no_number(name: str) -> float:
    raise Unreadable(gettext("%(name)s is not a number in JSON.") % {"name": name})


def _checked(value: Any, levels: int, drop_halves: bool) -> Any:
    if levels <= 0:
        raise Unreadable(str(_TOO_DEEP))
    if isinstance(value, str):
        return _text(value, drop_halves)
    if isinstance(value, list):
        return [_checked(item, levels - 1, drop_halves) for item in value]
    if isinstance(value, dict):
        return {_text(name, False): _checked(item, levels - 1, drop_halves) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable(gettext("A number in the JSON is too large."))
    return value


def _text(text: str, drop_halves: bool) -> str:
    if "\0" in text:
        raise Unreadable(str(_NUL))
    if _HALF.search(text):
        if not drop_halves:
            raise Unreadable(
                gettext("The request contains half a character (a lone surrogate). Remove it and send it again.")
            )
        return _HALF.sub("", text)
    return text


def _check_charset(request: HttpRequest) -> None:
    """Refuse other charsets: Django would decode the whole form and the query by the one that a stranger names."""
    charset = (request.content_params or {}).get("charset")
    if charset is None:
        return
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if name != "utf-8":
        raise Unreadable(
            gettext("The request uses the encoding “%(name)s”. Send it as UTF-8.") % {"name": charset[:40]}
        )
    request.encoding = name  # Django knows it by this name only


def _check_form(request: HttpRequest) -> None:
    if request.content_type == MULTIPART:
        request.encoding = _STRICT
        request.parse_file_upload = partial(_parse_with_headers_checked, request)  # type: ignore[method-assign]
    try:
        fields = request.POST
    except (TooManyFieldsSent, TooManyFilesSent):
        raise Unreadable(gettext("The form has more fields than the portal accepts.")) from None
    except RequestDataTooBig:
        raise Unreadable(gettext("The form is larger than the portal accepts.")) from None
    except UnreadablePostError:
        raise Unreadable(str(_BROKEN)) from None
    except UnicodeDecodeError:
        raise Unreadable(str(_NOT_UTF_8)) from None
    except (MultiPartParserError, BadRequest, ValueError):
        raise Unreadable(gettext("The form cannot be read.")) from None
    texts = [text for name, values in fields.lists() for text in (name, *map(str, values))]
    _check_texts(request, texts)


def _parse_with_headers_checked(request: HttpRequest, meta: dict[str, Any], body: Any) -> Any:
    boundary = str((request.content_params or {}).get("boundary", "")).encode()
    return HttpRequest.parse_file_upload(request, meta, cast(Any, _PartHeaders(body, boundary)))


class _PartHeaders:
    """A multipart body, checked as it is read. Django silently drops a part whose header it cannot decode.

    Raises UnicodeDecodeError for such a header.
    """

    MOST = 8192

    def __init__(self, body: Any, boundary: bytes) -> None:
        self._body = body
        self._mark = b"--" + boundary
        self._kept = b""

    def read(self, *size: int) -> bytes:
        """Read the next bytes and check their part headers."""
        data: bytes = self._body.read(*size)
        self._kept += data
        while (start := self._kept.find(self._mark)) >= 0:
            end = self._kept.find(b"\r\n\r\n", start)
            if end < 0 and len(self._kept) - start < self.MOST:
                self._kept = self._kept[start:]
                return data
            header = self._kept[start : end if end >= 0 else start + self.MOST]
            codecs.getincrementaldecoder("utf-8")().decode(header)  # a character cut off at the end is fine
            self._kept = self._kept[start + len(header) :]
        self._kept = self._kept[-len(self._mark) :]
        return data


def _check_texts(request: HttpRequest, texts: Iterable[str]) -> None:
    replaced = False
    for text in texts:
        if "\0" in text:
            raise Unreadable(str(_NUL))
        replaced = replaced or _REPLACED in text
    # Django puts this character where it could not decode, but somebody may also have sent it.
    doubtful = request.content_type == ENCODED and (replaced or not request.body.isascii())
    if doubtful and not _is_utf_8(unquote_to_bytes(request.body)):
        raise Unreadable(str(_NOT_UTF_8))


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse(request: HttpRequest, view: View, message: str) -> HttpResponse:
    """The refusal in words, for a browser that shows a page, for a script, or for a fragment of a page."""
    accepts = request.headers.get("Accept", "")
    if getattr(view, "answers_scripts", False) or "application/json" in accepts:
        return JsonResponse({"message": message}, status=400)
    if "text/html" in accepts and not request.headers.get("HX-Request"):
        return render(request, "400.html", {"message": message}, status=400)
    return _plainly(message)


def _plainly(message: str) -> HttpResponse:
    return HttpResponse(message + "\n", status=400, content_type="text/plain; charset=utf-8")

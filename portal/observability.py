"""Errors go to Sentry, and spans of requests and jobs to an OpenTelemetry collector, if the environment names them.

The packages are optional, and imported only then (``dubbing/software.py`` says which are missing). Everything is
redacted like log lines. No local variable, header, cookie, address or form leaves the process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from dubbing.platform import tracing
from portal.logs import Context, redact

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_KEPT = {
    "event_id", "timestamp", "level", "logger", "logentry", "exception", "platform", "release", "environment", "sdk",
}  # fmt: skip


def start(process: str) -> None:
    """Start both, as far as the settings name them. ``process``: web, worker or beat."""
    if settings.SENTRY_DSN:
        _start_sentry(process)
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        _start_opentelemetry(process)


def _start_sentry(process: str) -> None:
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    # Nothing else than errors in the log: Django's and Celery's own integrations would send requests and arguments.
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.VERSION,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR),
            ExcepthookIntegration(),
            AtexitIntegration(callback=lambda *_: None),
        ],
        before_send=lambda event, hint: _scrub(event, hint, process),
        include_local_variables=False,
        max_breadcrumbs=0,
        send_default_pii=False,
    )


def _scrub(event: Event, hint: Hint, process: str) -> Event:
    """Only what is known to be harmless, redacted, with what the log line says that it is about."""
    about = {"process": process}
    if record := hint.get("log_record"):
        Context().filter(record)
        about |= record.about
    event.update(_redacted({name: value for name, value in event.items() if name in _KEPT}))
    for name in event.keys() - _KEPT:
        event.pop(name)  # type: ignore[misc]
    event["tags"] = _redacted(about)
    return event


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(each) for name, each in value.items()}
    return [_redacted(each) for each in value] if isinstance(value, list | tuple) else value


def _start_opentelemetry(process: str) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import Status, StatusCode

    about = {"service.name": "dubbing-portal", "service.version": settings.VERSION, "portal.process": process}
    provider = TracerProvider(resource=Resource(about))
    exporter = OTLPSpanExporter(endpoint=f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("portal")

    @contextmanager
    def open_span(name: str) -> Iterator[tracing.Span]:
        # Not the exception itself: its message may quote anything.
        with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    tracing.collect_with(open_span)


class SpanMiddleware:
    """A span for each request, named by its route: addresses contain tokens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = request.method if request.method in _METHODS else "OTHER"
        with tracing.open_span(method) as span:
            response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else ""
            span.update_name(f"{method} {route}".strip())
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", response.status_code)
            span.set_attribute("portal.request", str(getattr(request, "request_id", "")))
            return response


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

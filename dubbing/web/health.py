"""The health checks of a web process, for load balancers and container health checks. They need no sign-in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from dubbing.operation import file_storage


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, 503 when it does not."""
    is_there = _database_answers()
    return JsonResponse({"database": "ok" if is_there else "does not answer"}, status=200 if is_there else 503)


@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    """200 while this process answers: one that does not should be restarted. Needs no database."""
    return JsonResponse({"portal": "answers"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served: the database answers, and files can be written. Otherwise 503."""
    problem = file_storage.find_write_problem()
    found = {
        "database": "ok" if _database_answers() else "does not answer",
        "storage": f"cannot be written: {problem}" if problem else "ok",
    }
    return JsonResponse(found, status=200 if set(found.values()) == {"ok"} else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True

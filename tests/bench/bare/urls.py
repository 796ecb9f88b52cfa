"""A view with one insert, behind the portal's middleware."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from dubbing.models import Callback
from dubbing.web.health import healthz


@csrf_exempt
@login_not_required
def insert(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what came, nothing else."""
    body = request.read()
    digest = hashlib.sha256(body).hexdigest()
    Callback.objects.create(submission_id=pk, body=body, sha256=digest, last_received_at=timezone.now())
    return HttpResponse(status=204)


urlpatterns = [path("insert/<int:pk>/", insert), path("healthz", healthz)]

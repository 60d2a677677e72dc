"""A view of Django behind the gate: path("webhooks", django_view.webhooks) in urls.py."""

import time

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .models import Done, book
from .verify_forward import verify_forward


# The sender has no cookie of this site: the gate's signature is what is checked.
@csrf_exempt
@require_POST
def webhooks(request):
    event = verify_forward(
        method=request.method,
        url=settings.POSTERN_DESTINATION,  # as `to` of the policy has it
        # Of all that Django gives, request.body alone is the bytes; request.POST has read them.
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        secrets=settings.POSTERN_SECRETS,
        now_seconds=int(time.time()),
    )
    if event is None:
        return HttpResponse(status=401)
    with transaction.atomic():
        # `Done.key` is unique: an event that comes again changes nothing.
        if Done.objects.get_or_create(key=event["key"])[1]:
            book(event, request.body)
    return HttpResponse()

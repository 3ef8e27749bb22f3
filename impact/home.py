"""The first page after signing in, by role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "core/home.html")


def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin pages use the same sign-in as everything else."""
    return redirect(
        f"{reverse('account_login')}?{urlencode({'next': request.GET.get('next', reverse('admin:index'))})}"
    )

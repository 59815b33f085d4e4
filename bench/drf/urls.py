"""The addresses of the Django contestant."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from bench.drf.api import CustomerViewSet, OrderViewSet

_router = SimpleRouter()
_router.register("customer", CustomerViewSet)
_router.register("sales_order", OrderViewSet)

urlpatterns = [path("api/", include(_router.urls)), path("admin/", admin.site.urls)]

"""The customer list in Django's admin, which is its page of 25 rows."""

from __future__ import annotations

from django.contrib import admin

from bench.drf.models import Customer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[misc]
    """Customers, 25 a page, in the order of their codes."""

    list_display = (
        "id", "code", "name", "level", "country", "city", "phone", "email",
    )  # fmt: skip
    list_display_links = ("name",)
    list_per_page = 25
    ordering = ("code",)
    search_fields = ("code", "name")

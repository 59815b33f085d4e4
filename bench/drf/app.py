"""The Django contestant as a WSGI application.

`python -m bench.drf.app NAME PASSWORD` makes Django's tables and one user with a role and a token,
and prints the token.
"""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.drf.settings")


def prepare(name: str, password: str) -> str:
    """Make Django's tables and one user in a group that may do everything; return its token."""
    django.setup()
    # Models can be imported only after the set-up.
    from django.contrib.auth.models import Group, Permission, User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from rest_framework.authtoken.models import Token  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    role = Group.objects.create(name="sales")
    role.permissions.set(Permission.objects.filter(content_type__app_label="drf"))
    user = User.objects.create_user(name, password=password, is_staff=True)
    user.groups.add(role)
    return str(Token.objects.create(user=user).key)


if __name__ == "__main__":
    sys.stdout.write(prepare(*sys.argv[1:3]) + "\n")
else:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

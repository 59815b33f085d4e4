"""The two pluggy markers of the platform."""

import pluggy

PROJECT = "tradeloom"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

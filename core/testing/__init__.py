"""Floor 10: what the tests of a plugin inherit.

Three lines examine a whole plugin::

    class TestCreditPlugin(PluginConformance):
        plugin = "acme_credit"
"""

from core.testing.conformance import PluginConformance

__all__ = ["PluginConformance"]

"""Packages that bring plugins, installed for one test: real modules, real entry points."""

import importlib
import sys
import textwrap


class Packages:
    """A folder on the import path for packages that bring plugins, as ``pip install`` would put them there."""

    def __init__(self, folder):
        self.folder = folder

    def install(self, name, code, *, entry=None, files=None):
        """Make a package with an entry point; ``code`` is its module ``plugin``, which sets PLUGIN."""
        package = self.folder / f"{name}_package"
        package.mkdir()
        (package / "__init__.py").write_text('"""A plugin."""\n')
        for path, text in {"plugin.py": code, **(files or {})}.items():
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_text(textwrap.dedent(text), encoding="utf-8")
        facts = self.folder / f"{name}_package-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}-package\nVersion: 1.0\n"
        )
        (facts / "entry_points.txt").write_text(
            f"[tradeloom.plugins]\n{entry or name} = {name}_package.plugin:PLUGIN\n"
        )
        return package

    def change(self, name, code):
        """Replace the plugin's code; the next look at it imports it anew."""
        (self.folder / f"{name}_package" / "plugin.py").write_text(textwrap.dedent(code))
        self.forget()

    def forget(self):
        """Let what was imported from here be imported anew."""
        for name in [n for n in sys.modules if n.split(".")[0].endswith("_package")]:
            del sys.modules[name]
        importlib.invalidate_caches()

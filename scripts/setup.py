"""Fetch everything once: ``python3 -m scripts.setup``. ``make test`` calls it too."""

from __future__ import annotations

from . import odoo_source, python_env, system_packages
from .console import main, say


def prepare(kind: str) -> None:
    """Odoo and the Python packages of ``run`` or ``test``; for tests system packages too."""
    python_env.check_python()
    if kind == "test":
        system_packages.ensure()
    python_env.ensure("run")
    if kind == "test":
        python_env.ensure("test")
    source = odoo_source.ensure()
    python_env.link_odoo(source.python_path)
    say(f"Odoo 19 from: {source.origin}")


def everything() -> int:
    """Prepare for demo and tests."""
    prepare("test")
    return 0


if __name__ == "__main__":
    main(everything)

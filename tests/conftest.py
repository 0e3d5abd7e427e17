"""Paths for the pure tests: an addon's services are imported as ``<addon>_services``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT.parent / "shared" / "vectors"


def _expose(addon: Path) -> None:
    """Register ``addons/<addon>/services`` as the top-level package ``<addon>_services``."""
    init = addon / "services" / "__init__.py"
    name = f"{addon.name}_services"
    if not init.exists() or name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        name, init, submodule_search_locations=[str(init.parent)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


for folder in sorted((ROOT / "addons").glob("isp_*")):
    _expose(folder)


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Recorded data kept beside the repository; tests that need it skip when it is absent."""
    if not VECTORS.is_dir():
        pytest.skip("shared/vectors is not beside this checkout")
    return VECTORS

"""What the repository tests share."""

from __future__ import annotations

import importlib.util

import pytest

from .tree import ROOT


@pytest.fixture(scope="session")
def entrypoint():
    """The module that starts a container."""
    path = ROOT / "docker/entrypoint.py"
    spec = importlib.util.spec_from_file_location("docker_entrypoint", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

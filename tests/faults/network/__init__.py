"""Devices that lie, and what must be true of what the collector stored nevertheless."""

import tests.conftest

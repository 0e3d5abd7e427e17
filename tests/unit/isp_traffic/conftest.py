"""The SNMP simulator as a process, with the recording when it lies beside the repository."""

import asyncio

import pytest
from isp_traffic_services.snmp_api import Target
from isp_traffic_services.snmp_backends import available, make_backend

from tests.simulators.common import SimulatorProcess


@pytest.fixture(scope="session")
def recording(request):
    """Path of the recorded router; tests that need it skip when it is absent."""
    path = request.config.rootpath.parent / "shared" / "vectors" / "snmp" / "routeros.snmprec"
    return path if path.is_file() else None


@pytest.fixture(scope="session")
def simulator(recording):
    """One simulator for all tests: each test puts back what it changed."""
    args = ("--snmprec", str(recording)) if recording else ()
    with SimulatorProcess("snmp", "--lines", "60", *args) as process:
        yield process


@pytest.fixture(params=["gufo", "pysnmp"])
def backend_name(request):
    """Every test of the interface runs on both libraries."""
    if request.param not in available():
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def call(backend_name):
    """Run one call of a fresh backend in a loop of its own: call("get", target, oids)."""

    def run(method, *args):
        async def main():
            backend = make_backend(backend_name)
            try:
                return await getattr(backend, method)(*args)
            finally:
                await backend.aclose()

        return asyncio.run(main())

    return run


@pytest.fixture
def target(simulator):
    """Return a target of the simulator: target("torre-norte", timeout=1)."""

    def make(community="torre-norte", timeout=1.0, retries=0, **values):
        return Target(
            "127.0.0.1",
            simulator.port,
            community=community,
            timeout=timeout,
            retries=retries,
            **values,
        )

    return make


@pytest.fixture
def device(simulator):
    """Make a device misbehave for one test."""

    def change(name="torre-sur", **values):
        simulator.post("/_control/device", {"device": name, **values})

    yield change
    simulator.post("/_control/revive", {"device": "torre-sur"})
    change(fault="", delay=0, max_varbinds=0)

"""The agents as processes, each started when a test asks for it, and calls of one backend."""

import asyncio

import pytest
from isp_traffic_services.snmp_api import SnmpError, Target
from isp_traffic_services.snmp_backends import available, make_backend

from .agents import Farm


@pytest.fixture(scope="session")
def recording(request):
    """Path of the recorded router; None when it does not lie beside the checkout."""
    path = request.config.rootpath.parent / "shared" / "vectors" / "snmp" / "routeros.snmprec"
    return path if path.is_file() else None


@pytest.fixture(scope="session")
def farm(recording, tmp_path_factory):
    """All agents of the session."""
    made = Farm(tmp_path_factory.mktemp("agents"), recording)
    yield made
    made.close()


@pytest.fixture(scope="session")
def simulator(farm):
    """Our own agent: each test puts back what it changed."""
    return farm.own()


@pytest.fixture(params=["gufo", "pysnmp"])
def backend_name(request):
    """Every test of the interface runs on both libraries."""
    if request.param not in available():
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def calls(backend_name):
    """Run calls of one fresh backend in a loop of its own: calls(target, ("get", oids), …).

    Returns one answer for each; an error of ours stands in the place of its answer.
    """

    async def main(target, wanted):
        backend, found = make_backend(backend_name), []
        try:
            for method, *arguments in wanted:
                try:
                    found.append(await getattr(backend, method)(target, *arguments))
                except SnmpError as error:
                    found.append(error)
        finally:
            await backend.aclose()
        return found

    return lambda target, *wanted: asyncio.run(main(target, wanted))


@pytest.fixture
def call(calls):
    """Run one call, errors are raised: call("get", target, oids)."""

    def run(method, target, *arguments):
        (found,) = calls(target, (method, *arguments))
        if isinstance(found, SnmpError):
            raise found
        return found

    return run


@pytest.fixture
def target(simulator):
    """Return a target of our own agent: target("torre-norte", timeout=1)."""

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

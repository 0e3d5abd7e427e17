"""Choice of the SNMP library: gufo-snmp when it is installed, pysnmp otherwise."""

from importlib.util import find_spec

from .snmp_api import SnmpBackend, SnmpError


def available() -> list[str]:
    """Return the names of the usable backends, best first."""
    names = []
    if find_spec("gufo") and find_spec("gufo.snmp"):
        names.append("gufo")
    if find_spec("pysnmp"):
        names.append("pysnmp")
    return names


def make_backend(name: str = "auto") -> SnmpBackend:
    """Return a new backend.

    :raise SnmpError: the library asked for is not installed.
    """
    names = available()
    chosen = (names[0] if names else "") if name == "auto" else name
    if chosen not in names:
        raise SnmpError(f"SNMP library not installed: {name}")
    if chosen == "gufo":
        from .snmp_gufo import GufoBackend  # loads a compiled library: only when used

        return GufoBackend()
    from .snmp_pysnmp import PysnmpBackend

    return PysnmpBackend()


class BackendPool:
    """The backends of one polling process, one of each kind."""

    def __init__(self) -> None:
        self._backends: dict[str, SnmpBackend] = {}

    def get(self, name: str) -> SnmpBackend:
        """Return the backend of that name, making it at first use."""
        if name not in self._backends:
            self._backends[name] = make_backend(name)
        return self._backends[name]

    async def aclose(self) -> None:
        """Close every backend."""
        for backend in self._backends.values():
            await backend.aclose()
        self._backends.clear()

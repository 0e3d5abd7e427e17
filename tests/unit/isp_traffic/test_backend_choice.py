"""Which library is taken, and what of a target is ever shown."""

import pytest
from isp_traffic_services import snmp_backends
from isp_traffic_services.snmp_api import (
    SnmpError,
    Target,
    Usm,
    check_usm,
    format_oid,
    parse_oid,
)
from isp_traffic_services.snmp_backends import available, make_backend


def test_credentials_stay_out_of_repr():
    usm = Usm("ana", "SHA", "hush-one", "AES", "hush-two")
    assert check_usm(usm) is usm
    for text in (repr(usm), repr(Target("10.0.0.1", "3", community="hush", usm=usm))):
        assert "hush" not in text


def test_unknown_library():
    with pytest.raises(SnmpError):
        make_backend("nope")


@pytest.mark.parametrize(("absent", "left"), [("gufo", "pysnmp"), ("pysnmp", "gufo")])
def test_either_library_may_be_absent(monkeypatch, absent, left):
    """gufo has no wheels for every machine, and pysnmp may not be looked after for ever."""
    real = snmp_backends.find_spec
    monkeypatch.setattr(
        snmp_backends, "find_spec", lambda name: None if name.startswith(absent) else real(name)
    )
    assert available() == [left]
    assert make_backend("auto").name == left
    with pytest.raises(SnmpError):
        make_backend(absent)


def test_oid_text():
    assert parse_oid(".1.3.6") == (1, 3, 6)
    assert format_oid((1, 3, 6)) == "1.3.6"

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.snmp import ber

OIDS = st.tuples(
    st.integers(0, 2), st.integers(0, 39), *[st.integers(0, 2**32 - 1) for _n in range(4)]
)


@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_come_back(value):
    assert ber.Reader(ber.encode_integer(value)).integer() == value


@pytest.mark.parametrize(
    ("value", "hexa"),
    [(0, "020100"), (127, "02017f"), (128, "02020080"), (-1, "0201ff"), (-129, "0202ff7f")],
)
def test_integers_are_as_short_as_the_standard_wants(value, hexa):
    assert ber.encode_integer(value).hex() == hexa


@pytest.mark.parametrize(
    ("value", "hexa"),
    [(2**31, "46050080000000"), (2**64 - 1, "460900ffffffffffffffff"), (0, "460100")],
)
def test_counter64(value, hexa):
    assert ber.encode_value(ber.COUNTER64, value).hex() == hexa


@given(OIDS)
def test_oids_come_back(oid):
    _tag, body = ber.Reader(ber.encode_oid(oid)).take(ber.OID)
    assert ber.decode_oid(body) == oid


def test_known_oid():
    assert ber.encode_oid((1, 3, 6, 1, 4, 1, 14988, 1)).hex() == "06082b06010401f50c01"


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 70_000])
def test_lengths(size):
    assert len(ber.Reader(ber.tlv(ber.OCTETS, bytes(size))).take(ber.OCTETS)[1]) == size


def request(kind=ber.GET, version=ber.V2C):
    binds = ber.encode_varbind((1, 3, 6, 1), ber.NULL, None)
    pdu = ber.tlv(
        kind,
        ber.encode_integer(77)
        + ber.encode_integer(0)
        + ber.encode_integer(10)
        + ber.tlv(ber.SEQUENCE, binds),
    )
    head = ber.encode_integer(version) + ber.tlv(ber.OCTETS, b"public")
    return ber.tlv(ber.SEQUENCE, head + pdu)


def test_message():
    message = ber.decode_message(request(ber.GETBULK))
    assert (message.community, message.version) == ("public", ber.V2C)
    assert message.pdu == ber.Pdu(ber.GETBULK, 77, 0, 10, [(1, 3, 6, 1)])


def test_version_3_is_left_alone():
    assert ber.decode_message(request(version=ber.V3)) is None


@given(st.integers(0, len(request()) - 1))
def test_truncated_messages_are_errors(size):
    with pytest.raises(ber.BerError):
        ber.decode_message(request()[:size])


@given(st.binary(max_size=60))
def test_garbage_never_breaks_the_decoder(data):
    try:
        ber.decode_message(data)
    except ber.BerError:
        pass

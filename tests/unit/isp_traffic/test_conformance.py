"""One suite for both libraries and every agent: what is asked is answered, exactly.

Every test runs for each library against Debian's snmpd, snmpsim and our own agent with a walk that
was recorded and one that was written for this, the fast agent and our own router; in v1, v2c and
v3 as each of them speaks. What is expected comes from an oracle, see :mod:`agents`.
"""

import time
from dataclasses import replace

import pytest
from isp_traffic_services.snmp_api import (
    SYS_UPTIME,
    SnmpAuthFailed,
    SnmpBadReply,
    SnmpTimeout,
    Usm,
    parse_oid,
)
from isp_traffic_services.sources import IF_HC_IN, IF_HC_OUT, IF_NAME

from tests.bench.agent.process import pace

from . import walks
from .agents import AGENTS, AGES, PASSWORDS, USERS, Agent

CASES = [(kind, way) for kind, ways in AGENTS.items() for way in ways]
COUNTING = [case for case in CASES if case[0] in ("snmpd", "fast", "own-router") and case[1] != "1"]
SIZED = [(kind, "2c") for kind in ("snmpd", "snmpsim-written", "fast", "own-router")]
SECURE = [("snmpd", "sha-aes"), ("snmpsim-written", "sha-aes"), ("fast", "sha-aes")]
#: The fast agent takes any community.
GUARDED = [case for case in CASES if case[1] in ("1", "2c") and case[0] != "fast"]
NO_OBJECT = parse_oid("1.3.6.1.4.1.99999.1.0")


def named(cases):
    return [pytest.param(case, id=":".join(case)) for case in cases]


@pytest.fixture
def agent(request, farm) -> Agent:
    """The agent of a case."""
    return farm.agent(*request.param)


every_agent = pytest.mark.parametrize("agent", named(CASES), indirect=True)


# --- what there is ---


@every_agent
def test_probe_and_every_value(calls, agent):
    """The probe tells who it is; as many values as there are come back as they are, none more."""
    probe, found = calls(agent.target, ("probe",), ("get", list(agent.values)))
    assert 0 <= probe.uptime < 2**32
    assert probe.object_id.startswith("1.3.6.1.4.1.")
    assert found == agent.values
    assert {type(value) for value in found.values()} <= {int, bytes, str}


@every_agent
def test_tables_alone_and_joined_by_index(calls, agent):
    """A row that one column lacks is a hole; the end of one column is not the end of the others."""
    *single, joined = calls(
        agent.target,
        *(("walk", [column], 1000) for column in agent.columns),
        ("walk", list(agent.columns), 1000),
    )
    assert single == [agent.rows(column) for column in agent.columns]
    assert joined == agent.rows(*agent.columns)


@pytest.mark.parametrize("agent", named(SIZED), indirect=True)
def test_tables_whatever_the_size_of_a_request(calls, agent):
    """A table that ends with a full reply, in the middle of one, and one row a request."""
    columns = list(agent.columns[:2])
    wanted = agent.rows(*columns)
    for size in {1, 2, 7, min(len(agent.rows(columns[0])), 50), 50}:
        asked = replace(agent.target, max_size=size)
        assert calls(asked, ("walk", columns, 1000)) == [wanted]


@every_agent
def test_what_is_missing_is_none_beside_what_is_not(calls, agent):
    """noSuchInstance, noSuchObject, and in v1 noSuchName of a whole request."""
    there, column = next(iter(agent.values)), agent.columns[0]
    gone = [(*column, 999_999), NO_OBJECT]
    mixed, alone, single = calls(
        agent.target, ("get", [gone[0], there, gone[1]]), ("get", gone), ("get", gone[:1])
    )
    assert mixed == {there: agent.values[there], gone[0]: None, gone[1]: None}
    assert alone == dict.fromkeys(gone)
    assert single == {gone[0]: None}


@every_agent
def test_columns_without_rows_and_beyond_the_end(calls, agent):
    assert calls(agent.target, *(("walk", [column], 100) for column in agent.empty)) == [
        {} for _column in agent.empty
    ]
    # A column without rows takes nothing from the one beside it.
    full = agent.columns[0]
    (rows,) = calls(agent.target, ("walk", [agent.empty[0], full], 1000))
    assert rows == {index: (None, *cells) for index, cells in agent.rows(full).items()}


@every_agent
def test_more_rows_than_allowed_are_refused(calls, agent):
    column = agent.columns[0]
    count = len(agent.rows(column))
    whole, cut = calls(agent.target, ("walk", [column], count), ("walk", [column], count - 1))
    assert len(whole) == count
    assert isinstance(cut, SnmpBadReply)


# --- counters that move ---


@pytest.mark.parametrize("agent", named(COUNTING), indirect=True)
def test_counters_lie_between_two_looks_of_another_client(call, agent):
    """In and out come with the name of their row; snmpbulkwalk reads before and after."""
    before = [agent.oracle(column) for column in agent.counters]
    rows = call("walk", agent.target, [agent.columns[0], *agent.counters], 1000)
    after = [agent.oracle(column) for column in agent.counters]
    assert {index: row[:1] for index, row in rows.items()} == agent.rows(agent.columns[0])
    for place, column in enumerate(agent.counters):
        assert before[place]
        for oid, text in before[place].items():
            value = rows[oid[len(column) :]][1 + place]
            assert int(text) <= value <= int(after[place][oid])


@pytest.mark.parametrize("agent", named(c for c in CASES if c[0] == "fast"), indirect=True)
def test_values_of_one_request_are_of_one_moment(call, agent):
    """Its counters are a function of its uptime: one request must not mix two moments."""
    oids = [(*column, line) for line in range(1, 16) for column in (IF_NAME, IF_HC_IN, IF_HC_OUT)]
    found = call("get", agent.target, [SYS_UPTIME, *oids])
    for line in range(1, 16):
        start, uptime = 2**40, found[SYS_UPTIME]
        assert found[*IF_HC_IN, line] == start + uptime * pace(2 * line)
        assert found[*IF_HC_OUT, line] == start + uptime * pace(2 * line + 1)


def test_every_size_of_a_counter(call, farm):
    """What the written walk is for: the edges of 32 and 64 bits, without a sign and unrounded."""
    for kind, way in (("snmpsim-written", "2c"), ("snmpsim-written", "sha-aes")):
        target = farm.agent(kind, way).target
        rows = call("walk", target, [parse_oid(walks.BIG), parse_oid(walks.SMALL)], 100)
        wide = {row[0] for row in rows.values()}
        assert wide == {
            0,
            127,
            128,
            2**31 - 1,
            2**31,
            2**32 - 1,
            2**32,
            2**63 - 1,
            2**63,
            2**64 - 1,
        }
        assert {0, 2**31, 2**32 - 1, None} <= {row[1] for row in rows.values()}


def test_recorded_router(call, farm):
    """The figures of the recording as people wrote them down, not as a parser reads them."""
    agent = farm.agent("snmpsim-recorded", "2c")
    assert len(agent.values) == 515
    rows = call("walk", agent.target, [IF_NAME, IF_HC_IN, IF_HC_OUT], 1000)
    assert [index for (index,) in rows] == list(range(1, 13))
    assert sum(row[1] for row in rows.values()) == 13405949088
    assert sum(row[2] for row in rows.values()) == 12495105448
    assert rows[(3,)] == (b"WAN", 6422347895, 358657426)
    assert call("get", agent.target, [SYS_UPTIME]) == {SYS_UPTIME: 2020400}


# --- who may ask ---


@pytest.mark.parametrize("agent", named(GUARDED), indirect=True)
def test_wrong_community_is_silence(call, agent):
    with pytest.raises(SnmpTimeout):
        call("probe", replace(agent.target, community="wrong", timeout=0.5))


@pytest.mark.parametrize("agent", named(SECURE), indirect=True)
@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "nobody"},
        {"auth_key": "wrongpass"},
        {"auth": "MD5"},
        {"auth_key": "short"},
        {"priv": "ROT13"},
        {"auth": "", "auth_key": ""},
        {"auth": "", "auth_key": "", "priv": "", "priv_key": ""},
        {"priv_key": "wrongpass"},
        {"user": ""},
        None,
    ],
    ids=["user", "key", "hash", "short", "cipher", "order", "level", "privacy", "nameless", "none"],
)
def test_wrong_user_or_key_is_told_from_silence(call, agent, wrong):
    usm = None if wrong is None else replace(agent.target.usm, **wrong)
    # What cannot be read is answered by silence, everything else by a report.
    deaf = wrong is not None and "priv_key" in wrong and wrong["priv_key"]
    began = time.monotonic()
    with pytest.raises(SnmpAuthFailed):
        call("probe", replace(agent.target, usm=usm, timeout=0.8 if deaf else AGES))
    assert time.monotonic() - began < AGES, "waited for what was answered"


@pytest.mark.parametrize("name", [name for name in USERS if name not in AGENTS["snmpd"]])
def test_every_hash_and_cipher(call, farm, name):
    """SHA-1 to SHA-512, AES-128 to AES-256, with an agent that is not ours."""
    agent = farm.agent("snmpd", name)
    assert call("walk", agent.target, list(agent.columns), 100) == agent.rows(*agent.columns)
    with pytest.raises(SnmpAuthFailed):
        usm = replace(USERS[name], **{**PASSWORDS, "auth_key": "wrongpass"})
        call("probe", replace(agent.target, usm=usm))
    assert isinstance(agent.target.usm, Usm)

"""Rules that propose whose an interface is, and the share of each collector."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from isp_traffic_services.matching import Rule, index_of, plain, propose
from isp_traffic_services.share import owner, share


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        ("", " ISP/0042 ", "isp0042"),
        ("cli-{value}", "CLI-José Ñandú", "josenandu"),
        ("* {value}", "torre norte 0042", "norte0042"),
        ("*({value})*", "Ana (0042) sector 3", "0042"),
        ("cli-{value}", "ether1", None),
        ("a.c{value}", "abc7", None),
    ],
)
def test_what_a_rule_takes_out(pattern, text, value):
    assert Rule(pattern).values([text]) == ([value] if value else [])


@pytest.mark.parametrize("pattern", ["cli", "{value}{value}", "*****{value}"])
def test_patterns_that_are_refused(pattern):
    with pytest.raises(ValueError):
        Rule(pattern).check()


def test_one_several_or_nobody():
    index = index_of([(1, "Ana"), (2, "Beto"), (3, "ANÁ"), (4, "")])
    assert propose(Rule(), ["beto"], index) == {2}
    assert propose(Rule(), ["ana"], index) == {1, 3}
    assert propose(Rule(), ["", "-"], index) == set()


@given(st.text(max_size=300), st.text("ab*", max_size=6))
@example("\U0001d4d0na", "")  # a letter in another style
def test_any_text_is_answered(text, around):
    rule = Rule(around.replace("*", "", max(around.count("*") - 4, 0)) + "{value}")
    rule.check()
    assert all(value == plain(value) for value in rule.values([text]))


@given(st.sets(st.integers(1, 10**6), max_size=60), st.sets(st.text("abc", min_size=1), min_size=1))
def test_every_device_has_one_collector(devices, holders):
    shares = [share(devices, holder, holders) for holder in holders]
    assert sorted(sum(shares, [])) == sorted(devices)


def test_a_collector_that_comes_takes_its_part_only():
    before = {device: owner(device, ["a", "b"]) for device in range(1000)}
    after = {device: owner(device, ["a", "b", "c"]) for device in range(1000)}
    moved = [device for device in before if before[device] != after[device]]
    assert all(after[device] == "c" for device in moved)
    assert 250 < len(moved) < 420

"""The test run itself: parts of an addon lose no test, what hangs is found and killed."""

from __future__ import annotations

import socket
import sys

import pytest

from scripts import stages
from scripts.paths import OUR_ADDONS, ROOT
from scripts.shards import Shard, classes_of, shards_of


def runs_in(shard: Shard, name: str) -> bool:
    """Whether a class runs in this part, as Odoo reads its tags."""
    tags = shard.tags.split(",")
    tag = f"/{shard.addon}:{name}"
    return f"-{tag}" not in tags and (tag in tags or f"/{shard.addon}" in tags)


@pytest.mark.parametrize("addon", OUR_ADDONS)
def test_each_class_runs_in_exactly_one_part(addon):
    classes = classes_of(ROOT / "addons" / addon / "tests")
    assert classes
    for size in (1, 20, 160, 100_000):
        shards = shards_of(addon, classes, size)
        for name in [*(name for name, _number in classes), "TestNobodyFound"]:
            where = [shard.number for shard in shards if runs_in(shard, name)]
            assert len(where) == 1, (name, where)
        assert len({shard.name for shard in shards}) == len(shards)


def test_parts_are_of_a_size():
    classes = [(f"Test{number}", number) for number in range(1, 31)]
    numbers = dict(classes)
    shards = shards_of("isp_cfdi", classes, 100)
    loads = [sum(numbers[name] for name in numbers if runs_in(shard, name)) for shard in shards]
    assert len(loads) == 5
    assert sum(loads) == sum(numbers.values())
    assert max(loads) - min(loads) <= max(numbers.values())


def test_small_addon_is_one_part():
    assert shards_of("isp_cfdi", [("TestA", 3)]) == [Shard("isp_cfdi", 1, 1, "/isp_cfdi")]


def test_what_hangs_is_killed_and_says_where_it_stood(tmp_path, monkeypatch):
    monkeypatch.setattr(stages, "MOST_SECONDS", 1)
    monkeypatch.setattr(stages, "LAST_WORDS_SECONDS", 0.5)
    script = (
        "import faulthandler, signal, time\n"
        "faulthandler.register(signal.SIGQUIT)\n"
        "def stands_here(): time.sleep(600)\n"
        "stands_here()\n"
    )
    log = tmp_path / "odoo.log"
    code = stages.run_watched([sys.executable, "-c", script], {}, log, lambda: "waits for a lock")
    assert code is None
    assert "stands_here" in log.read_text()
    assert "waits for a lock" in log.read_text()


def test_what_ends_gives_its_code(tmp_path):
    assert stages.run_watched([sys.executable, "-c", "exit(3)"], {}, tmp_path / "log") == 3


def test_free_port_has_six_free_ones_after_it(monkeypatch):
    first = second = stages.free_port()
    while second == first:
        second = stages.free_port()
    assert max(first, second) < 32_000  # connections to elsewhere never take it meanwhile
    drawn = iter((first, second))
    monkeypatch.setattr(stages.secrets, "choice", lambda _range: next(drawn))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", first + 6))
        assert stages.free_port() == second

"""The frame of the fault suites: seeds, boards, killing, and checks that can fail."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from types import SimpleNamespace

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import faults
from scripts.console import Problem
from scripts.faults import Options
from tests.faults import billing
from tests.faults.kit import checks, play
from tests.faults.kit.board import Board, Journal, read_journal
from tests.faults.kit.checks import Invariant
from tests.faults.kit.dice import POINTS, VICTIMS, Dice, Effort
from tests.faults.kit.server import kill_tree
from tests.faults.kit.worker import Job
from tests.faults.money import likeness, mailbox
from tests.faults.money.scenario import days
from tests.faults.openpay import refund_scenario, scenario

SEEDS = st.integers(0, 10**6)


# === COMMAND === #


def test_every_suite_is_named_and_runs():
    assert faults.names() == ["billing", "cfdi", "payments", "refunds", "traffic"]
    assert callable(billing.run)


def test_options_come_from_the_command_line():
    assert faults.read(["billing", "7"], "12") == ("billing", Options(7, 12))
    assert faults.read(["billing"], "3")[1].rounds == faults.ROUNDS


@pytest.mark.parametrize(
    ("arguments", "seed"), [([], ""), (["nothing"], ""), (["billing", "x"], ""), (["billing"], "-")]
)
def test_wrong_options_are_one_clear_problem(arguments, seed):
    with pytest.raises(Problem, match=r"make faults NAME=|is not a number"):
        faults.read(arguments, seed)


# === CHANCE === #


@given(SEEDS, st.integers(1, 9000), st.integers(1, 300))
def test_a_seed_gives_the_same_kill_within_the_work(seed, statements, commits):
    effort = Effort(statements, commits, 2.5)
    kill = Dice(seed).kill(effort, 4, 0)
    assert kill == Dice(seed).kill(effort, 4, 0)
    most = {"statement": statements, "delay": 2.5}.get(kill.point, commits)
    assert kill.victim in VICTIMS and 0 <= kill.at <= most
    assert not kill.survives or kill.victim == "postgres"


def test_the_kills_of_a_suite_have_every_kind():
    dice, effort = Dice(1), Effort(500, 50, 3.0)
    kinds = {(kill.victim, kill.point) for kill in (dice.kill(effort, n) for n in range(200))}
    assert kinds == {(victim, point) for victim in VICTIMS for point in POINTS}


@given(SEEDS)
def test_a_seed_gives_the_same_days_and_references_once(seed):
    found = days(Dice(seed), 12, 40)
    assert found == days(Dice(seed), 12, 40)
    assert found != days(Dice(seed + 1), 12, 40)
    references = Counter(s["reference"] for day in found for s in day.steps if "reference" in s)
    assert set(references.values()) == {1}
    # once among the customers, and once for what they woke
    assert all(day.steps.count({"do": "scheduler"}) == 2 for day in found)
    assert all(day.steps[-2:] == [{"do": "scheduler"}, {"do": "paper"}] for day in found)
    assert [day.moment for day in found] == sorted({day.moment for day in found})


@given(SEEDS)
def test_refunds_leave_the_dice_of_payments_alone(seed):
    plain = scenario.rounds(Dice(seed), 6, 20)
    found = refund_scenario.rounds(Dice(seed), 6, 20)
    own = [{"do": "trouble", "faults": [fault]} for fault in refund_scenario.TROUBLES]
    for day, other in zip(plain, found, strict=True):
        left = [step for step in other.steps if step["do"] != "refund" and step not in own]
        assert (day.moment, day.steps) == (other.moment, left)


# === WHAT THE DEAD LEAVE BEHIND === #


def test_board_and_journal_survive_a_kill(tmp_path):
    board, path = Board(tmp_path / "board", create=True), tmp_path / "journal"
    pid = os.fork()
    if not pid:
        own = Board(tmp_path / "board")
        own["open_writes"] = 3
        own.fire()
        Journal(path).note(step=0, done=True)
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert (board["fired"], board["torn"], board["finished"]) == (1, 3, 0)
    with path.open("a") as file:
        file.write('{"step": 1, "do')
    assert read_journal(path) == [{"step": 0, "done": True}]


def test_a_job_goes_on_where_the_answers_end():
    job = Job("x", [{"do": "counter"}, {"do": "paper"}], 0.0)
    job.learn([{"step": 0, "memory": {"wizard": 7}}, {"step": 0, "done": True}])
    job.learn([{"step": 1, "memory": {"move": 8}}])
    assert job.done == {0} and not job.finished
    assert job.memory == {"0": {"wizard": 7}, "1": {"move": 8}}
    job.learn([{"step": 1, "done": True}])
    assert job.finished


def test_kill_tree_leaves_nobody():
    shell = "import subprocess, sys; subprocess.run(['sleep', '60'])"
    process = subprocess.Popen([sys.executable, "-c", shell])
    parent = psutil.Process(process.pid)
    while not (children := parent.children()):
        time.sleep(0.01)
    assert kill_tree(process.pid) == 2
    process.wait()
    assert not any(child.is_running() and child.status() != "zombie" for child in children)


# === CHECKS === #


class Database:
    """A connection whose queries find what was planted before the last rollback."""

    def __init__(self):
        self.planted = set()

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        return None

    def execute(self, text, _parameters=None):
        if text.startswith("plant "):
            self.planted.add(text.removeprefix("plant "))
        self.rows = [(text,)] if text.removeprefix("find ") in self.planted else []
        self.description = [SimpleNamespace(name="what")]

    def fetchmany(self, _count):
        return self.rows

    def rollback(self):
        self.planted.clear()


def test_a_check_that_cannot_fail_is_found():
    seeing = Invariant("seeing", "find a", ("plant a",))
    blind = Invariant("blind", "find b", ("plant a",))
    naked = Invariant("naked", "find c", ())
    database = Database()
    assert checks.unproven(database, [seeing], {}) == []
    notes = checks.unproven(database, [seeing, blind, naked], {})
    assert [note.split(":")[0].split(",")[0] for note in notes] == ["blind", "naked"]
    assert not database.planted


def test_every_invariant_of_a_suite_has_its_violation():
    names = Counter(each.name for each in billing.INVARIANTS)
    assert set(names.values()) == {1}
    assert [each.name for each in billing.INVARIANTS if not each.plants] == []


def test_an_invariant_reads_tables_not_the_code_under_test():
    for each in billing.INVARIANTS:
        assert re.match(r"\s*SELECT\b", each.sql), each.name


def test_only_what_exists_is_checked():
    wanted = Invariant("later", "SELECT 1", ("x",), needs=("isp_notice.key",))
    assert checks.applicable([wanted], {"isp_notice"}) == []
    assert checks.applicable([wanted], {"isp_notice", "isp_notice.key"}) == [wanted]


def test_differences_name_both_sides():
    ours, theirs = Counter({(1, "paid"): 1, (2, "paid"): 2}), Counter({(1, "paid"): 1, (3, "x"): 1})
    assert likeness.differences(ours, ours) == []
    notes = likeness.differences(ours, theirs)
    assert notes[0] == "missing: (3, 'x')"
    assert notes.count("not in the reference: (2, 'paid')") == 2


def test_a_mail_that_came_twice_or_never_is_found():
    mail = {"message_id": "<1>", "to": ["a@example.com"], "subject": "Due"}
    notice = ("a@example.com", "Due", "sent")
    assert mailbox.judge([notice], [mail]) == []
    assert "came 2 times" in mailbox.judge([notice], [mail, mail])[0]
    assert "more mails" in mailbox.judge([notice], [mail, mail | {"message_id": "<2>"}])[0]
    assert "never came" in mailbox.judge([notice], [])[0]
    assert mailbox.judge([("a@example.com", "Due", "failed")], []) == []


# === JUDGEMENT === #


def judged(event, fired=False, conflicts=False):
    """What a play says of one event in the life of a worker, and what it counts."""
    outcome = SimpleNamespace(events=[event], fired=fired, code=3, doing="scheduler")
    judge = SimpleNamespace(conflicts=Counter(), refused=Counter())
    return play.Play._judge(judge, None, outcome, conflicts), judge.conflicts


def test_a_traceback_is_excused_by_its_cause_only():
    lost = {"failed": "OperationalError: server closed the connection"}
    clash = {"log": "ERROR", "text": "Job failed", "error": "Serialization", "pgcode": "40001"}
    twice = {"log": "ERROR", "text": "x", "error": "UniqueViolation: y", "pgcode": "23505"}
    assert not judged(lost, fired=True)[0]
    assert judged(lost)[0]
    assert judged(clash)[0]
    notes, counted = judged(clash, conflicts=True)
    assert counted == {"refused 40001": 1} and "Serialization" not in "".join(notes)
    assert judged(twice, conflicts=True)[0] and judged(twice, fired=True)[0]
    text = "bad query: b'UPDATE x'\nERROR: could not serialize access due to concurrent update"
    refused = {"log": "ERROR", "text": text, "error": "", "pgcode": ""}
    assert judged(refused)[0] and judged(refused, conflicts=True)[1].total() == 1
    assert judged(refused | {"text": "bad query: b'x'\nERROR: no such"}, conflicts=True)[1] == {}


def test_a_worker_that_ends_badly_without_a_word_is_noticed():
    notes, _counted = judged({"step": 0, "done": True})
    assert notes == ["a worker ended with 3 in scheduler"]

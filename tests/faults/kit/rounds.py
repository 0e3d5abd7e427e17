"""Rounds whose kills are drawn from what their steps cost when nobody disturbed them."""

from __future__ import annotations

from collections import defaultdict

from .checks import Invariant
from .dice import Dice, Effort
from .play import Play
from .stage import Stage
from .worker import Job, Odoo


class RoundPlay(Play):
    """Rounds on one database, each at rest when it ends: nothing is compared with a reference.

    Calm rounds come first and tell the dice what each kind of step costs.
    """

    cold = 0.02

    def __init__(
        self, stage: Stage, odoo: Odoo, invariants: tuple[Invariant, ...], dice: Dice
    ) -> None:
        super().__init__(stage, odoo, invariants, dice, lambda _cursor: [])
        #: statements, commits and seconds of every calm step, by its kind
        self.costs: dict[str, list[tuple[int, int, float]]] = defaultdict(list)

    def calm(self, day) -> list[str]:
        """One worker plays it; what each kind of step costs is kept for the dice."""
        job = self.job(day)
        notes = self._judge(job, self.odoo.run(job))
        self._learn(job)
        return notes + self.at_rest(job, day)

    def killed(self, day) -> list[str]:
        """Workers play it one after the other: they, or PostgreSQL, are killed."""
        return self.disturbed(day, self._effort(day))

    def averages(self) -> dict[str, str]:
        """The seconds that each kind of step cost on average, for people."""
        return {
            kind: f"{sum(cost[2] for cost in found) / len(found):.2f} s"
            for kind, found in self.costs.items()
        }

    def _learn(self, job: Job) -> None:
        """Keep what the steps of a job cost: a worker counts statements and commits on."""
        before = (0, 0, 0.0)
        for event in job.events:
            if event.get("done"):
                now = (event["statements"], event["commits"], before[2] + event["seconds"])
                cost = tuple(new - old for new, old in zip(now, before, strict=True))
                self.costs[job.steps[event["step"]]["do"]].append(cost)
                before = now

    def _effort(self, day) -> Effort:
        """What the round costs when nobody disturbs it, by the averages of its steps."""
        total = [0.0, 0.0, 0.0]
        for each in day.steps:
            costs = self.costs.get(each["do"]) or [(0, 0, 0.0)]
            for place, values in enumerate(zip(*costs, strict=True)):
                total[place] += sum(values) / len(values)
        return Effort(round(total[0]), round(total[1]), total[2])

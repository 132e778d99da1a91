"""The budget of a run, shared by steps that run at once: a call is begun only where it fits beside theirs.

Each step asks for itself how much room there is before it makes a call, and none knows what its siblings are about to
spend. So the call is written down, with the most that it may take, in a transaction that sees all others of the run.
"""

from __future__ import annotations

import sqlalchemy as sa

from workflows.errors import BudgetSpent
from workflows.ports import Usage
from workflows.store.run_rows import runs, spending
from workflows.store.tables import open_calls
from workflows.values import Bounds


def open_call(db: sa.Connection, run_id: str, step: str, model: str, most: Usage, bounds: Bounds) -> int | None:
    """`spending.open_call`, where it fits beside all that is spent or begun; its number.

    None where it may fit once a call of another step has told what it took. BudgetSpent where it does not.
    """
    runs.get_run(db, run_id, lock=True)
    begun = db.execute(sa.select(open_calls).where(open_calls.c.run_id == run_id)).all()
    spent, of_this = spending.spent(db, run_id), most.prompt_tokens + most.completion_tokens
    tokens = spent.tokens + sum(one.prompt_tokens + one.completion_tokens for one in begun) + of_this
    # A price that is known only behind a call keeps none from being made: then the bound is passed by one at most.
    usd = spent.usd + sum(one.usd or 0.0 for one in begun) + (most.usd or 0.0)
    taken = {"dollars": (usd, bounds.usd), "tokens": (tokens, bounds.tokens)}
    taken["turns"] = (spent.turns + len(begun) + 1, bounds.turns)
    passed = [which for which, (all_of_it, bound) in taken.items() if bound is not None and all_of_it > bound]
    if not passed:
        return spending.open_call(db, run_id, step, model, most)
    if any(one.step != step for one in begun):
        return None
    raise BudgetSpent(passed[0])

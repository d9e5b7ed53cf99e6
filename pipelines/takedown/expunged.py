"""Records that their source seals after they were public leave the releases kept as well.

From the next release on they are withheld anyway. Here the earlier ones are issued again without
them, as a takedown does. Unlike there the bytes received and the private history stay, because a
source may take its word back: no court has spoken to us, and nothing is kept out by force.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipelines import changes_kept, warehouse
from pipelines.contracts import Contract
from pipelines.history import store
from pipelines.parsers.parsed import literal, quoted
from pipelines.settings import Settings
from pipelines.takedown import plan as plans
from pipelines.takedown import register, reissue, texts, tombstones
from pipelines.takedown.plan import Plan

Tell = Callable[[str], None]
Value = tuple[str, ...]
CITED = "the source's own mark"


def take_out(settings: Settings, contracts: Sequence[Contract], tell: Tell) -> list[Plan]:
    """Issue the releases kept again without what was sealed since; each record once.

    Goes by the list of absent records in the warehouse, which must be that of this night. Needs
    the lock. A run that is cut off does it again the next night.
    """
    done = []
    for contract in contracts:
        if contract.meta.withhold and contract.meta.key and contract.meta.shows_revisions:
            new = _new(settings, contract)
            if new:
                tell(f"issuing releases again without what {contract.name} has sealed")
                done.append(_carry_out(settings, contracts, contract, new))
    return done


def _new(settings: Settings, contract: Contract) -> dict[str, Value]:
    """The keys of the records that are withheld now and were public once, by their marks."""
    with warehouse.connect(settings) as connection:
        rows = connection.execute(
            "select record_id from history.absent where state = 'withheld' "
            f"and source_table = {literal(contract.name)}"
        ).fetchall()
    if not rows:
        return {}
    key = tuple(contract.meta.key or ())
    told = ", ".join(f"coalesce(trim({quoted(name)}), '')" for name in key)
    ids = ", ".join(literal(str(row[0])) for row in rows)
    with store.opened(settings, contract.name) as connection:
        found = connection.execute(
            f"select distinct {told} from versions where record_id in ({ids})"
        ).fetchall()
    known = _done(settings)
    values = [tuple(map(str, row)) for row in found]
    marks = {tombstones.made(settings, contract.name, key, value).mark: value for value in values}
    return {mark: value for mark, value in marks.items() if mark not in known}


def _done(settings: Settings) -> set[str]:
    """The marks of the records that were taken out before."""
    lines = register.lines(settings)
    ended = {line["id"] for line in lines if line["event"] == "done"}
    return {mark for line in lines if line["id"] in ended for mark in line.get("sealed", ())}


def _carry_out(
    settings: Settings, contracts: Sequence[Contract], contract: Contract, new: dict[str, Value]
) -> Plan:
    key = tuple(contract.meta.key or ())
    own = [one for one in contracts if one.jurisdiction == contract.jurisdiction]
    targets = plans.found(settings, own, contract, key, list(new.values()))
    plan = Plan(
        id=register.next_id(settings),
        jurisdiction=contract.jurisdiction,
        source_table=contract.name,
        reason="expunged",
        order_ref=CITED,
        is_whole=len(key) == 1,
        targets=targets,
        names=plans.names_of(contract, targets, is_whole=len(key) == 1),
    )
    register.append(settings, _ordered(settings, plan, sorted(new)))
    texts.clean(settings, plan.names)
    releases = reissue.reissue_all(settings, plan)
    changes_kept.keep(settings)
    register.mark_reissued(settings, plan.id)
    counts = {"records": plan.records, "releases": releases}
    register.append(settings, {"event": "done", "id": plan.id, **counts})
    return plan


def _ordered(settings: Settings, plan: Plan, marks: Sequence[str]) -> dict[str, object]:
    return {
        "event": "ordered",
        "id": plan.id,
        "jurisdiction": plan.jurisdiction,
        "source_table": plan.source_table,
        "reason": plan.reason,
        "order_ref": plan.order_ref,
        "key_id": tombstones.key_id(settings),
        "tombstones": [],
        "sealed": list(marks),
    }

"""A takedown from the order to the last byte; each step may be repeated, so a crash costs nothing.

First the stored bytes are written anew beside the old ones: where that cannot be done, nothing is
ordered. Then the tombstone stands, so that nothing of the record lands again whatever happens
next, and the old bytes, the histories, what was told in words, the releases and the work folder
follow.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from pipelines import changes_kept
from pipelines.contracts import Contract, load_contracts
from pipelines.failpoints import reached
from pipelines.failures import Misconfigured, OversightError, StorageFailed
from pipelines.history import erase, rebuild, store
from pipelines.readers import journal
from pipelines.settings import Settings
from pipelines.takedown import plan as plans
from pipelines.takedown import register, reissue, stored, texts, tombstones
from pipelines.takedown.plan import Plan, Target
from pipelines.takedown.stored import INSIDE

Tell = Callable[[str], None]


def planned(
    settings: Settings,
    source_table: str,
    values: Sequence[str],
    columns: Sequence[str],
    reason: str,
    order_ref: str,
) -> Plan:
    """Say what a takedown of the record that `values` name would reach; nothing is changed yet.

    `columns` are those that the values stand in; the key of the feed if empty. Raises
    `Misconfigured` for a feed, a column or a reason that is not known, and for an order that is
    cited by the number of the record.
    """
    contracts = load_contracts(settings.dbt_project, [source_table.split(".")[0]])
    contract = next((one for one in contracts if one.name == source_table), None)
    if contract is None:
        raise Misconfigured("No contract declares this feed.", place=source_table)
    named = tuple(columns) or tuple(contract.meta.key or ())
    _check(contract, named, values, reason, order_ref)
    is_whole = named == contract.meta.key or list(named) == list(contract.meta.key or ())
    targets = plans.found(settings, contracts, contract, named, [[v.strip() for v in values]])
    return Plan(
        id=register.next_id(settings),
        jurisdiction=contract.jurisdiction,
        source_table=source_table,
        reason=reason,
        order_ref=order_ref,
        is_whole=is_whole and len(named) == 1,
        targets=targets,
        names=plans.names_of(contract, targets, is_whole=is_whole),
    )


def order(settings: Settings, plan: Plan, tell: Tell = lambda _: None) -> None:
    """Write the plan and its tombstones down: from now on the record stays out. Needs the lock.

    Raises `StorageFailed` or `DataRefused` where the record cannot be taken out of what is
    stored; then nothing is ordered, and nothing is written down.
    """
    plans.write(settings, plan)
    _tried(settings, plan, tell)


def finish(settings: Settings, tell: Tell = lambda _: None) -> list[Plan]:
    """Carry out every takedown that was ordered and not ended. Needs the lock."""
    done = plans.waiting(settings)
    for plan in done:
        _carry_out(settings, _tried(settings, plan, tell), tell)
    return done


def _tried(settings: Settings, plan: Plan, tell: Tell) -> Plan:
    """Write the stored bytes anew and then put up the tombstones, unless that was done before.

    A plan that cannot be carried out is forgotten, unless its tombstones stand already.
    """
    if plan.is_tried:
        return plan
    tell("rewriting the stored bytes")
    contracts = load_contracts(settings.dbt_project, [plan.jurisdiction])
    stones = _stones(settings, plan)
    try:
        blobs = stored.rewritten(settings, contracts, stones)
    except OversightError:
        shutil.rmtree(settings.work / "takedown", ignore_errors=True)
        if not _is_ordered(settings, plan):
            plans.remove(settings, plan)
        raise
    _put_up(settings, plan, stones)
    plan = replace(plan, blobs=blobs, is_tried=True)
    plan = replace(plan, targets=(*plan.targets, *_followers(settings, contracts, plan)))
    plans.write(settings, plan)
    reached("takedown: bytes planned")
    return plan


def _carry_out(settings: Settings, plan: Plan, tell: Tell) -> None:
    contracts = load_contracts(settings.dbt_project, [plan.jurisdiction])
    stored.correct_receipts(settings, contracts, plan.blobs)
    tell("erasing from the history")
    _erase_history(settings, contracts, plan)
    for contract in contracts:
        shutil.rmtree(journal.folder_of(settings, contract.name), ignore_errors=True)
    texts.clean(settings, plan.names)
    tell("issuing the releases again")
    releases = reissue.reissue_all(settings, plan)
    changes_kept.keep(settings)
    shutil.rmtree(settings.work, ignore_errors=True)
    (settings.data / "inputs.json").unlink(missing_ok=True)
    register.mark_reissued(settings, plan.id)
    if not any(one.id == plan.id and one.done_at for one in register.all_takedowns(settings)):
        counts = {"records": plan.records, "releases": releases}
        register.append(settings, {"event": "done", "id": plan.id, **counts})
    plans.remove(settings, plan)
    reached("takedown: plan forgotten")


def _is_ordered(settings: Settings, plan: Plan) -> bool:
    return any(one.id == plan.id for one in register.all_takedowns(settings))


def _stones(settings: Settings, plan: Plan) -> set[tombstones.Tombstone]:
    """The tombstones of the record, and of those by which its children are known."""
    return {
        tombstones.made(settings, target.source_table, target.columns, value)
        for target in plan.targets
        for value in target.values
        if target.source_table == plan.source_table
    } | _lent(settings, plan)


def _put_up(settings: Settings, plan: Plan, stones: Collection[tombstones.Tombstone]) -> None:
    """Write the line with the tombstones, unless it stands."""
    if _is_ordered(settings, plan):
        return
    ordered = {
        "event": "ordered",
        "id": plan.id,
        "jurisdiction": plan.jurisdiction,
        "source_table": plan.source_table,
        "reason": plan.reason,
        "order_ref": plan.order_ref,
        "key_id": tombstones.key_id(settings),
        "tombstones": [
            {"source_table": s.source_table, "columns": list(s.columns), "mark": s.mark}
            for s in sorted(stones, key=lambda s: (s.source_table, s.columns, s.mark))
        ],
    }
    register.append(settings, ordered)


def _lent(settings: Settings, plan: Plan) -> set[tombstones.Tombstone]:
    """The tombstones by which a child is known, in the words of the parent's column."""
    contracts = load_contracts(settings.dbt_project, [plan.jurisdiction])
    links = {one.name: one.meta.withhold_with for one in contracts}
    found = set()
    for target in plan.targets:
        link = links.get(target.source_table)
        if link and target.columns == (link.column,) and target.source_table != plan.source_table:
            parent = f"{plan.jurisdiction}.{link.table}"
            for value in target.values:
                found.add(tombstones.made(settings, parent, (link.their_column,), value))
    return found


def _followers(settings: Settings, contracts: Sequence[Contract], plan: Plan) -> list[Target]:
    """Records of other feeds that lay inside those which went, as in a document of JSON."""
    keys: dict[str, set[tuple[str, ...]]] = {}
    for one in plan.blobs.values():
        for name, values in one.get(INSIDE, {}).items():
            keys.setdefault(name, set()).update(tuple(value) for value in values)
    found = []
    for contract in contracts:
        values = sorted(keys.get(contract.name, ()))
        if values and contract.meta.key:
            found.append(plans.target(settings, contract, tuple(contract.meta.key), values))
    return found


def _erase_history(settings: Settings, contracts: Sequence[Contract], plan: Plan) -> None:
    """Erase what went; of a feed in the same documents, whose records may hold those which went
    as a value, make the history anew from the bytes that are left."""
    known = {contract.name: contract for contract in contracts}
    for target in plan.targets:
        contract = known[target.source_table]
        if target.record_ids and store.file_of(settings, contract.name).is_file():
            erase.erase(settings, contract, target.record_ids)
            reached("takedown: history erased")
    shared = {name for one in plan.blobs.values() for name in one.get(INSIDE, {})}
    for name in sorted(shared):
        if store.file_of(settings, name).is_file():
            # Where old bytes are gone for good, the mark that cannot be read again stays.
            with suppress(StorageFailed):
                rebuild.rebuild(settings, known[name], contracts)
            reached("takedown: history made anew")


def _check(
    contract: Contract, columns: Sequence[str], values: Sequence[str], reason: str, order_ref: str
) -> None:
    landed = {column.name for column in contract.landed}
    if not columns:
        told = "This feed has no key: say in which column the value stands, with --column."
    elif len(columns) != len(values):
        told = f"A record is named by {', '.join(columns)}: {len(columns)} value(s) are needed."
    elif wrong := [name for name in columns if name not in landed]:
        told = f"Records cannot be named by {', '.join(wrong)}: no such column lands."
    elif not all(value.strip() for value in values):
        told = "A blank names no record."
    elif reason not in register.REASONS:
        told = f"The reason is one of {', '.join(register.REASONS)}: it is public."
    elif not order_ref.strip() or any(value.strip() in order_ref for value in values):
        told = "Cite the order by a number of its own, not by that of the record: it is kept."
    else:
        return
    raise Misconfigured(told, place=contract.name, next_step="Say it again; nothing was changed.")

"""What somebody might do behind duban's back to the audit's office, and what the audit has to say of it.

Each is named, with the statements that do it and the words of a difference that are expected.
"""

import json


def measure(number: str) -> str:
    return f"(SELECT id FROM measure WHERE number = '{number}')"


def post(slug: str) -> str:
    return f"(SELECT id FROM post WHERE slug = '{slug}')"


HEAD = f"measure_id = {measure('1.1-1')} AND post_id = {post('bus-head')}"
DRAFT = "(SELECT max(id) FROM message WHERE state = 'held')"
LAST = "(SELECT max(id) FROM message WHERE state = 'accepted')"
RUN = "(SELECT max(id) FROM run)"
NOT_YET = f"{measure('1.1-1')}, 'delivery', '2023-12-10', 'overdue-inspection', 0, {post('bus-inspection')}"


def person(slug: str) -> str:
    return f"(SELECT id FROM person WHERE slug = '{slug}')"


def fact(kind: str, of: str, run: str, **told: object) -> str:
    """Return what forges a fact; `of` are the measure and the post, `NULL, NULL` for none."""
    payload = json.dumps(told).replace(": ", r"\: ")
    return (
        "INSERT INTO ledger (at, kind, measure_id, post_id, run_id, payload)"
        f" VALUES ('2023-12-25 00:31:00.000000', '{kind}', {of}, {run}, '{payload}')"
    )


TO_HEAD = f"{measure('1.1-1')}, {post('bus-head')}"
TO_DEPUTY = f"{measure('1.1-1')}, {post('bus-deputy')}"
FOR_HEAD = {"watch": "delivery", "anchor": "2023-12-10", "step": "overdue-head", "repetition": 0}
FOR_DEPUTY = FOR_HEAD | {"step": "overdue-deputy", "repetition": 1}
REPLY = "message_id, person_id, post_id, measure_id, watch, anchor, step, until, at, how"
UNCLAIMED = [f"DELETE FROM reminder WHERE {HEAD}", f"DELETE FROM ledger WHERE {HEAD}"]
HEAD_STEP = "1.1-1, delivery counted from 2023-12-10, step overdue-head, to bus-head: "
DEPUTY_STEP = "1.1-1, delivery counted from 2023-12-10, step overdue-deputy #2, to bus-deputy: "
PUT_OFF = "3.2-1@2023-09-04, occurrence counted from 2023-09-04, step missed #16, to bus-responsible: "
SABOTAGE = {
    "a reminder removed": (
        [f"DELETE FROM reminder WHERE {HEAD}"],
        "1.1-1, delivery counted from 2023-12-10, step overdue-head, to bus-head: was claimed, says the ledger, and",
    ),
    "a reminder removed with its fact": (
        [f"DELETE FROM reminder WHERE {HEAD}", f"DELETE FROM ledger WHERE {HEAD}"],
        "1.1-1, delivery counted from 2023-12-10, step overdue-head, to bus-head: came on 2023-12-25, and is neither",
    ),
    "a claim forged": (
        [
            (
                "INSERT INTO reminder (measure_id, watch, anchor, step, repetition, post_id, slip, run_id, overtaken)"
                f" VALUES ({NOT_YET}, 'circulate', {RUN}, false)"
            )
        ],
        "1.1-1, delivery counted from 2023-12-10, step overdue-inspection, to bus-inspection: is claimed",
    ),
    "a claim forged with its fact": (
        [
            (
                "INSERT INTO reminder (measure_id, watch, anchor, step, repetition, post_id, slip, run_id, overtaken)"
                f" VALUES ({NOT_YET}, 'circulate', {RUN}, false)"
            ),
            fact(
                "claim",
                f"{measure('1.1-1')}, {post('bus-inspection')}",
                RUN,
                **FOR_HEAD | {"step": "overdue-inspection"},
                instead_of=0,
            ),
        ],
        "1.1-1, delivery counted from 2023-12-10, step overdue-inspection, to bus-inspection: was claimed by run",
    ),
    "a held message deleted": ([f"DELETE FROM message WHERE id = {DRAFT}"], "which is gone"),
    "a message that was accepted deleted": (
        [
            f"DELETE FROM attempt WHERE message_id = {LAST}",
            # what it told is hidden, too
            f"UPDATE reminder SET message_id = {DRAFT} WHERE message_id = {LAST}",
            f"DELETE FROM message WHERE id = {LAST}",
        ],
        "outbox: the ledger has a message with the key",
    ),
    "a reminder taken out of a draft": (
        [f"UPDATE reminder SET message_id = NULL WHERE message_id = {DRAFT}"],
        "1.1-2, delivery counted from 2023-12-16, step overdue-deputy, to road-head: reminder",
    ),
    "a reminder taken out of a message that was accepted": (
        [f"UPDATE reminder SET message_id = NULL WHERE message_id = {LAST}"],
        "left with reminder",
    ),
    "a withheld step forgotten": (
        [f'DELETE FROM ledger WHERE measure_id = {measure("1.1-6")} AND payload LIKE \'%"step"_ "overdue"%\''],
        "1.1-6, delivery counted from 2023-12-17, step overdue, to bus-responsible: came on 2023-12-18, and is",
    ),
    "a watch removed": (
        [f"DELETE FROM watch WHERE measure_id = {measure('1.1-3')}"],
        "1.1-3, delivery: counts from 2023-12-26 and is not watched",
    ),
    "a watch looked at too late": (
        [f"UPDATE watch SET look_on = '2024-06-01' WHERE measure_id = {measure('1.1-3')}"],
        "1.1-3, delivery: is not looked at until 2024-06-01, although a step comes on 2023-12-27",
    ),
    "a look that never was": (
        [f"UPDATE watch SET looked_on = '2024-05-01', look_on = '2024-05-02' WHERE measure_id = {measure('1.1-3')}"],
        "1.1-3, delivery: is marked as looked at on 2024-05-01, when nothing ran",
    ),
    "a receipt forgotten": (
        [
            (
                "DELETE FROM ledger WHERE kind = 'receipt'"
                f" AND payload LIKE (SELECT '%' || key || '%' FROM message WHERE id = {LAST})"
            )
        ],
        "has no receipt in the ledger for attempt 1, which came to accepted",
    ),
    "a receipt embellished": (
        [f"UPDATE attempt SET outcome = 'refused' WHERE message_id = {LAST}"],
        "is accepted, and its last attempt came to refused",
    ),
    "a text altered after it left": (
        [f"UPDATE message SET body = 'nothing' WHERE id = {LAST}"],
        "has another text than the one that left",
    ),
    "a message held back for months": (
        [f"UPDATE message SET release_at = '2024-06-01 01:00:00.000000' WHERE id = {DRAFT}"],
        "is held until 2024-06-01, although messages may leave from 2023-12-25 on",
    ),
    "a holder changed silently": (
        [
            (
                "UPDATE holding SET person_id = (SELECT id FROM person WHERE slug = 'road-head')"
                f" WHERE post_id = {post('bus-responsible')}"
            )
        ],
        "to bus-responsible: goes to bus-responsible, and the post is held by road-head",
    ),
    "a vacant post filled silently": (
        [
            (
                "INSERT INTO holding (post_id, person_id, since, acting) VALUES"
                f" ({post('road-deputy')}, (SELECT id FROM person WHERE slug = 'bus-head'), '2023-12-01', false)"
            )
        ],
        "road-deputy: the ledger left it vacant on 2023-12-18, and it is held by bus-head",
    ),
    "a due date edited": (
        [f"UPDATE measure SET due_on = '2024-03-01' WHERE id = {measure('1.1-3')}"],
        "1.1-3: is due on 2024-03-01, and the ledger's last word is 2023-12-26",
    ),
    "a due date edited, and its watch": (
        [
            f"UPDATE measure SET due_on = '2024-03-01' WHERE id = {measure('1.1-3')}",
            f"UPDATE watch SET anchor = '2024-03-01' WHERE measure_id = {measure('1.1-3')}",
        ],
        "1.1-3: is due on 2024-03-01, and the ledger's last word is 2023-12-26",
    ),
    "a suspension ended silently": (
        [f"UPDATE measure SET review_on = NULL WHERE id = {measure('1.1-7')}"],
        "1.1-7: is suspended until None, and by its suspensions until 2023-12-25",
    ),
    "an occurrence deleted": (
        [
            *(f"DELETE FROM {of} WHERE measure_id = {measure('3.2-1@2024-01-01')}" for of in ("watch", "due_change")),
            "DELETE FROM measure WHERE number = '3.2-1@2024-01-01'",
        ],
        "3.2-1: comes up on 2024-01-01, and that occurrence is not in the register",
    ),
    "a reply deleted": (
        ["DELETE FROM acknowledgement WHERE reply = 'acknowledged'"],
        DEPUTY_STEP + "was withheld as acknowledged, and no reply on record says so",
    ),
    "a reply deleted with its fact": (
        ["DELETE FROM acknowledgement WHERE reply = 'snoozed'", "DELETE FROM ledger WHERE kind = 'snooze'"],
        PUT_OFF + "was withheld as snoozed, and no reply on record says so",
    ),
    "a reply that ended before": (
        [
            "UPDATE acknowledgement SET until = '2023-12-20' WHERE reply = 'snoozed'",
            "UPDATE ledger SET payload = replace(payload, '2023-12-26', '2023-12-20') WHERE kind = 'snooze'",
        ],
        PUT_OFF + "was withheld as snoozed, and no reply on record says so",
    ),
    "a reply of somebody who was told nothing": (
        [
            f"UPDATE acknowledgement SET person_id = {person('road-head')} WHERE reply = 'acknowledged'",
            f"UPDATE ledger SET person_id = {person('road-head')} WHERE kind = 'acknowledge'",
        ],
        DEPUTY_STEP + "was withheld as acknowledged, and no reply on record says so",
    ),
    "a reply to a message that never left": (
        [
            (
                f"UPDATE reminder SET message_id = {DRAFT}"
                f" WHERE measure_id = {measure('1.1-1')} AND step = 'overdue-deputy'"
            )
        ],
        DEPUTY_STEP + "was withheld as acknowledged, and no reply on record says so",
    ),
    "a reply forged": (
        [
            (
                f"INSERT INTO acknowledgement ({REPLY}, reply) SELECT {REPLY}, 'snoozed' FROM acknowledgement"
                " WHERE reply = 'acknowledged'"
            )
        ],
        "the reply of bus-deputy (snoozed) is on record without a fact in the ledger",
    ),
    "a repetition said in spite of a reply": (
        [
            f"DELETE FROM ledger WHERE measure_id = {measure('1.1-1')} AND kind = 'withhold' AND run_id = {RUN}",
            (
                "INSERT INTO reminder (measure_id, watch, anchor, step, repetition, post_id, slip, run_id, overtaken)"
                f" VALUES ({measure('1.1-1')}, 'delivery', '2023-12-10', 'overdue-deputy', 1, {post('bus-deputy')},"
                f" 'urge', {RUN}, false)"
            ),
            fact("claim", TO_DEPUTY, RUN, **FOR_DEPUTY, instead_of=0),
        ],
        DEPUTY_STEP + "was claimed for 2023-12-25, although the post had replied not to repeat it then",
    ),
    "an acknowledgement pretended": (
        [*UNCLAIMED, fact("withhold", TO_HEAD, RUN, **FOR_HEAD, reason="acknowledged")],
        HEAD_STEP + "was withheld as acknowledged, and no reply on record says so",
    ),
    "a blocker pretended": (
        [*UNCLAIMED, fact("withhold", TO_HEAD, RUN, **FOR_HEAD, reason="blocked")],
        HEAD_STEP + "was withheld as blocked, and the measure waited for no other then",
    ),
    "a blocker that came later": (
        [f"UPDATE dependency SET since = '2023-12-24' WHERE measure_id = {measure('1.1-6')}"],
        "step overdue, to bus-responsible: was withheld as blocked, and the measure waited for no other then",
    ),
    "a blocker put in silently": (
        [
            (
                "INSERT INTO dependency (measure_id, blocker_id, gate, since)"
                f" VALUES ({measure('1.1-8')}, {measure('1.1-5')}, 'done', '2023-12-01')"
            )
        ],
        "1.1-8: waits for 1.1-5, and by the ledger for nothing",
    ),
    "a later step pretended": (
        [*UNCLAIMED, fact("withhold", TO_HEAD, RUN, **FOR_HEAD, reason="folded")],
        HEAD_STEP + "was withheld as folded into a later step, and none was told",
    ),
    "a vacancy pretended": (
        [*UNCLAIMED, fact("withhold", TO_HEAD, RUN, **FOR_HEAD, reason="vacant")],
        HEAD_STEP + "was withheld as vacant by run 11 on 2023-12-25, and it was held",
    ),
    "a measure pretended to have moved on": (
        [
            f"UPDATE reminder SET overtaken = true, message_id = NULL WHERE {HEAD}",
            fact("withhold", TO_HEAD, "NULL", **FOR_HEAD, reason="overtaken"),
        ],
        HEAD_STEP + "was withheld as overtaken, and nothing had happened since it was claimed",
    ),
    "a reply pretended of what was overtaken": (
        [
            f"UPDATE reminder SET overtaken = true, message_id = NULL WHERE {HEAD}",
            fact("withhold", TO_HEAD, "NULL", **FOR_HEAD, reason="overtaken", because="acknowledged"),
        ],
        HEAD_STEP + "was set aside as acknowledged, and no reply on record says so",
    ),
    "a step withheld by nobody": (
        [*UNCLAIMED, fact("withhold", TO_HEAD, "NULL", **FOR_HEAD, reason="folded")],
        HEAD_STEP + "was withheld as folded by no run on record",
    ),
    "a step withheld ahead of its day": (
        [fact("withhold", TO_DEPUTY, RUN, **FOR_DEPUTY | {"step": "overdue-head", "repetition": 3}, reason="folded")],
        "was withheld by run 11 on 2023-12-25, before its day had come",
    ),
    "a suspension pretended": (
        [
            f"UPDATE measure SET review_on = '2024-05-01' WHERE id = {measure('1.1-3')}",
            (
                "INSERT INTO suspension (measure_id, since, review_on, reason, suspended_by)"
                f" VALUES ({measure('1.1-3')}, '2023-12-20', '2024-05-01', '', {person('bus-supervisor')})"
            ),
        ],
        "1.1-3: is suspended until 2024-05-01, and by the ledger's last word until None",
    ),
    "an address disabled silently": (
        [f"UPDATE address SET disabled_at = '2023-12-20 01:00:00.000000' WHERE person_id = {person('bus-head')}"],
        "bus-head: local bus-head is disabled, and the ledger's last word of it is nothing",
    ),
    "nobody to be reached pretended": (
        [
            fact("withhold", "NULL, NULL", "NULL", reason="unreachable", subject="通知"),
            f"UPDATE ledger SET person_id = {person('bus-head')} WHERE kind = 'withhold' AND measure_id IS NULL",
        ],
        "bus-head: it was given up as unreachable, and local bus-head was in use",
    ),
    "a next try put off for months": (
        [f"UPDATE message SET state = 'retry', next_try_at = '2024-06-01 01:00:00.000000' WHERE id = {LAST}"],
        "and waits until 2024-06-01",
    ),
    "a lease that never ends": (
        [f"UPDATE message SET state = 'sending', lease_until = '2024-06-01 01:00:00.000000' WHERE id = {LAST}"],
        "and waits until 2024-06-01",
    ),
}

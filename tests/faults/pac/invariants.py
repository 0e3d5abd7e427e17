"""What must hold between the PACs and the documents; ``faults_stamp`` is what the PACs hold."""

from __future__ import annotations

from tests.faults.kit.checks import Invariant

ONE = "(SELECT id FROM isp_cfdi_document WHERE uuid IS NOT NULL ORDER BY id LIMIT 1)"
ITS_UUID = "(SELECT uuid FROM isp_cfdi_document WHERE uuid IS NOT NULL ORDER BY id LIMIT 1)"
#: the database itself refuses a document with a UUID that is not done
UNDONE = (
    "ALTER TABLE isp_cfdi_document DROP CONSTRAINT isp_cfdi_document_done_has_uuid;"
    f"UPDATE isp_cfdi_document SET outbox_state = '%s' WHERE id = {ONE};"
)
#: invoices that were paid since the suite began
PAID = """
    SELECT id FROM account_move
     WHERE move_type = 'out_invoice' AND state = 'posted' AND isp_paid_on IS NOT NULL
       AND amount_total > 0 AND id NOT IN (SELECT id FROM faults_before)
"""
PLANTED = "'sw', 'PLANTED', 'X-1', 'x', 'Vigente', NULL::timestamp, NULL"

INVARIANTS = (
    Invariant(
        "a document has one stamp, whatever the PAC",
        "SELECT name, count(*) AS stamps FROM faults_stamp GROUP BY name HAVING count(*) > 1",
        (
            "INSERT INTO faults_stamp SELECT 'other', 'PLANTED', name, sha256, status,"
            " requested_at, replaces FROM faults_stamp LIMIT 1",
        ),
    ),
    Invariant(
        "a stamp is of the bytes that the document still has",
        """
        SELECT stamp.pac, stamp.name, stamp.uuid FROM faults_stamp stamp
          LEFT JOIN isp_cfdi_document document
            ON document.name = stamp.name AND document.sealed_sha256 = stamp.sha256
         WHERE document.id IS NULL
        """,
        (
            f"UPDATE isp_cfdi_document SET sealed_sha256 = 'other' WHERE id = {ONE}",
            f"INSERT INTO faults_stamp VALUES ({PLANTED})",
        ),
    ),
    Invariant(
        "bytes are not built again before the PAC has answered",
        "SELECT id, state FROM faults_rebuilt",
        (
            UNDONE % "unknown"
            + f"UPDATE isp_cfdi_document SET sealed_sha256 = 'other' WHERE id = {ONE}",
        ),
    ),
    Invariant(
        "a stamped document is one of its PAC",
        """
        SELECT document.name, document.uuid FROM isp_cfdi_document document
          JOIN isp_cfdi_pac pac ON pac.id = document.pac_id
          LEFT JOIN faults_stamp stamp
            ON stamp.uuid = document.uuid AND stamp.pac = pac.provider
         WHERE document.uuid IS NOT NULL AND stamp.uuid IS NULL
        """,
        (
            f"UPDATE isp_cfdi_document SET uuid = 'PLANTED' WHERE id = {ONE}",
            "DELETE FROM faults_stamp WHERE uuid = (SELECT min(uuid) FROM isp_cfdi_document)",
        ),
    ),
    Invariant(
        "every stamp is known",
        """
        SELECT stamp.pac, stamp.name, document.outbox_state FROM faults_stamp stamp
          LEFT JOIN isp_cfdi_document document ON document.uuid = stamp.uuid
         WHERE document.outbox_state IS DISTINCT FROM 'done'
        """,
        (
            f"UPDATE isp_cfdi_document SET uuid = NULL, outbox_state = 'unknown' WHERE id = {ONE}",
            f"INSERT INTO faults_stamp VALUES ({PLANTED})",
        ),
        moment="rest",
    ),
    Invariant(
        "nothing stays under way",
        """
        SELECT name, outbox_state, last_error FROM isp_cfdi_document
         WHERE outbox_state IN ('ready', 'sent', 'unknown')
        """,
        (UNDONE % "sent",),
        moment="rest",
    ),
    Invariant(
        "no cancellation hangs",
        "SELECT document_id, code FROM isp_cfdi_cancellation WHERE outbox_state = 'sent'",
        (
            "INSERT INTO isp_cfdi_cancellation (document_id, motive, outbox_state)"
            f" VALUES ({ONE}, '02', 'sent')",
        ),
        moment="rest",
    ),
    Invariant(
        "cancelled is what SAT calls cancelled",
        """
        SELECT document.name, stamp.status FROM isp_cfdi_document document
          LEFT JOIN faults_stamp stamp ON stamp.uuid = document.uuid
         WHERE document.cancel_state = 'cancelled'
           AND stamp.status IS DISTINCT FROM 'Cancelado'
        """,
        (
            "UPDATE isp_cfdi_document SET cancel_state = 'cancelled' WHERE uuid = (SELECT"
            " min(uuid) FROM faults_stamp WHERE status = 'Vigente')",
            "UPDATE faults_stamp SET status = 'Vigente'",
        ),
    ),
    Invariant(
        "an invoice is undone after SAT has cancelled its document",
        """
        SELECT move.name, document.name FROM isp_cfdi_document document
          JOIN account_move move ON move.id = document.move_id
         WHERE move.state <> 'posted' AND document.uuid IS NOT NULL
           AND document.cancel_state <> 'cancelled'
        """,
        (
            "UPDATE account_move SET state = 'cancel' WHERE id = (SELECT move_id FROM"
            " isp_cfdi_document WHERE uuid IS NOT NULL AND cancel_state = 'none' LIMIT 1)",
        ),
    ),
    Invariant(
        "a substitute is stamped before SAT is asked",
        """
        SELECT old.name, old.requested_at FROM faults_stamp old
          JOIN isp_cfdi_document document ON document.uuid = old.uuid
          JOIN isp_cfdi_cancellation request
            ON request.document_id = document.id AND request.motive = '01'
               AND request.outbox_state <> 'error'
         WHERE old.requested_at IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM faults_stamp new WHERE new.replaces = old.uuid)
        """,
        ("UPDATE faults_stamp SET replaces = NULL",),
    ),
    Invariant(
        "the bytes of a request are stored before it is sent",
        """
        SELECT id, outbox_state FROM isp_cfdi_cancellation
         WHERE request_attachment_id IS NULL AND outbox_state NOT IN ('draft', 'error')
        """,
        (
            "UPDATE isp_cfdi_cancellation SET request_attachment_id = NULL,"
            " outbox_state = 'done' WHERE id = (SELECT min(id) FROM isp_cfdi_cancellation)",
        ),
    ),
    Invariant(
        "a paid invoice has its document",
        f"""
        SELECT move.name FROM account_move move
         WHERE move.id IN ({PAID})
           AND NOT EXISTS (SELECT 1 FROM isp_cfdi_document document
                            WHERE document.move_id = move.id)
        """,
        (
            "UPDATE isp_cfdi_document SET move_id = NULL WHERE move_id ="
            f" (SELECT min(move_id) FROM isp_cfdi_document WHERE move_id IN ({PAID}))",
        ),
        moment="rest",
    ),
)

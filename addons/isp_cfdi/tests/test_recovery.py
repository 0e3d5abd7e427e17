from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..services.tfd import parse_tfd
from .common import IspPacCommon


@tagged("post_install", "-at_install")
class TestRecovery(IspPacCommon):
    """What happens when nobody knows what the PAC did; the recovery table of the reference."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finkok = cls.env["isp.cfdi.pac"].create(
            {
                "name": "Finkok",
                "provider": "finkok",
                "company_id": cls.company.id,
                "base_url": cls.simulator.url,
                "sat_url": cls.simulator.url,
                "login": "demo@isp.example",
                "password": "demo-pac",
            }
        )

    def _lose(self, document, kind):
        """Send the document; the answer is lost after (drop) or before (refuse) the stamp."""
        self.simulator.post("/_control/fault", {"kind": kind, "path": "stamp"})
        document._outbox_process_one()
        self.assertEqual(document.outbox_state, "unknown")

    def _age(self, document, hours, sent=None):
        """Let the document be so old; ``sent`` hours ago it was sent."""
        now = fields.Datetime.now()
        document.issued_at = now - timedelta(hours=hours)
        document.sent_at = now - timedelta(hours=sent or 0, minutes=2)

    def _ahead(self, hours):
        """Move the clock of the PAC, which then takes old dates no more."""
        moment = fields.Datetime.now() + timedelta(hours=hours)
        self.simulator.post("/_control/clock", {"now": moment.isoformat()})

    # === THE SAME BYTES === #

    def test_finkok_gives_the_stamp_of_a_lost_answer(self):
        self.company.isp_cfdi_pac_id = self.finkok
        document = self._paid_document()
        sealed = document.sealed_sha256
        self._lose(document, "drop")
        self._due(document)
        self.assertEqual((document.state, document.pac_id), ("stamped", self.finkok))
        self.assertEqual((document.sealed_sha256, self._stamps(document)), (sealed, 1))

    def test_finkok_sends_the_same_bytes_when_there_is_no_stamp(self):
        self.company.isp_cfdi_pac_id = self.finkok
        document = self._paid_document()
        sealed = document.sealed_sha256
        self._lose(document, "refuse")
        self._due(document)
        self.assertEqual(document.outbox_state, "unknown", "603 is not final within a minute")
        self._age(document, 1)
        self._due(document)
        self.assertEqual((document.outbox_state, document.sealed_sha256), ("ready", sealed))
        self._due(document)
        self.assertEqual((document.state, self._stamps(document)), ("stamped", 1))

    def test_strange_answers_of_finkok_change_nothing(self):
        self.company.isp_cfdi_pac_id = self.finkok
        for mode in ("html", "empty", "twice", "uncontrolled", "before_html"):
            with self.subTest(mode):
                document = self._paid_document()
                self._mode(mode)
                document._outbox_process_one()
                self.assertEqual(document.outbox_state, "unknown")
                self._age(document, 1)
                self._due(document)
                if document.outbox_state == "ready":
                    self._due(document)
                self.assertEqual((document.state, self._stamps(document)), ("stamped", 1))

    def test_bytes_stay_while_the_outcome_is_unknown(self):
        document = self._paid_document()
        self._lose(document, "drop")
        for values in ({"sealed_sha256": "x"}, {"sealed_attachment_id": False}):
            with self.assertRaisesRegex(UserError, "has not answered"):
                document.write(values)
        with self.assertRaises(UserError):
            document.action_rebuild()

    def test_o11_status_is_sats_and_a_uuid_is_never_sent_again(self):
        unknown = {"CodigoEstatus": "N - 602", "Estado": "No Encontrado"}
        for account in (self.pac, self.finkok):
            self.company.isp_cfdi_pac_id = account
            document = self._stamped_document()
            document.action_check_sat()
            self.assertEqual((document.state, document.sat_state), ("stamped", "Vigente"))
            given = {"uuid": document.uuid, "answer": unknown}
            self.simulator.post("/_control/sat_answer", given)
            document.action_check_sat()
            self.assertEqual((document.state, document.sat_state), ("stamped", "Vigente"))
            document.action_retry()
            self.assertFalse(document._outbox_process_one())
            self.assertEqual(self.documents._isp_stamp_batch(), (0, set()))
            with self.assertRaises(UserError):
                document.action_rebuild()
            for state in ("draft", "ready", "sent", "unknown", "error"):
                with (
                    self.subTest(state),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(IntegrityError),
                    self.cr.savepoint(),
                ):
                    document.outbox_state = state
                    document.flush_recordset()
            self.assertEqual(self._stamps(document), 1)

    def test_cfdi3307_is_told_and_never_sent_under_another_key(self):
        """The PAC holds other bytes under our customid: its UUID goes to somebody."""
        other, document = self._paid_document(), self._paid_document()
        adapter, key = document.pac_id._isp_adapter(), document.idempotency_key
        uuid = parse_tfd(adapter.stamp(other._isp_xml(), key).xml).uuid
        for _attempt in range(2):
            self._due(document)
            self.assertEqual(document.outbox_state, "unknown")
            self.assertEqual(document.last_error_code, "CFDI3307")
            self.assertIn(uuid, document.last_error)
            self.assertIn("another document", document.activity_ids.summary)
        self.assertEqual((document.idempotency_key, self._stamps(document)), (key, 0))

    # === REBUILDING === #

    def test_too_old_and_never_stamped_is_built_again(self):
        """Finkok states that it holds no stamp (603)."""
        self.company.isp_cfdi_pac_id = self.finkok
        document = self._paid_document()
        sealed, folio = document.sealed_sha256, document.folio
        self._lose(document, "refuse")
        document.issued_at = fields.Datetime.now() - timedelta(hours=80)
        self._due(document)
        self.assertEqual((document.outbox_state, document.sealed_sha256), ("unknown", sealed))
        self._age(document, 80)
        self._due(document)
        self.assertEqual((document.outbox_state, document.folio), ("ready", folio))
        self.assertGreater(document.issued_at, fields.Datetime.now() - timedelta(minutes=5))
        self.assertEqual(len(document._isp_history()), 2, "the old bytes stay")
        self._due(document)
        self.assertEqual((document.state, self._stamps(document)), ("stamped", 1))

    def test_too_old_but_stamped_is_never_built_again(self):
        for account in (self.pac, self.finkok):
            self.company.isp_cfdi_pac_id = account
            document = self._paid_document()
            sealed = document.sealed_sha256
            self._lose(document, "drop")
            self._age(document, 80, sent=80)
            self._ahead(80)
            self._due(document)
            self.assertEqual((document.state, document.sealed_sha256), ("stamped", sealed))
            self.simulator.post("/_control/reset")

    def test_refusal_after_the_memory_of_the_pac_needs_a_person(self):
        """SW recognises a customid for 72 h: a 401 later does not prove that nothing exists."""
        document = self._paid_document()
        sealed = document.sealed_sha256
        self._lose(document, "refuse")
        self._age(document, 80, sent=79)
        self._ahead(80)
        self._due(document)
        self.assertEqual((document.outbox_state, document.sealed_sha256), ("unknown", sealed))
        self.assertEqual(document.last_error_code, "401")
        self.assertIn("Ask the PAC about this CFDI", document.activity_ids.mapped("summary"))
        clerk = new_test_user(
            self.env, "clerk", "isp_subscription.group_isp_billing", company_id=self.company.id
        )
        with self.assertRaises(UserError):
            document.with_user(clerk).action_confirm_no_stamp()
        with self.assertRaisesRegex(UserError, "being asked now"):
            document.action_confirm_no_stamp()
        self.cr.execute(
            "UPDATE isp_cfdi_document SET write_date = write_date - interval '10 minutes'"
        )
        document.invalidate_recordset()
        self.simulator.post("/_control/reset")
        document.action_confirm_no_stamp()
        self.assertEqual(document.outbox_state, "ready")
        self.assertEqual(len(document._isp_history()), 2)
        self._due(document)
        self.assertEqual((document.state, self._stamps(document)), ("stamped", 1))

    def test_answers_about_the_certificate_and_the_data_are_final(self):
        for code in ("304", "305", "308", "CFDI40147", "402"):
            given = {"rfc": self.customer.vat, "code": code}
            self.simulator.post("/_control/receiver", given)
            document = self._paid_document()
            document._outbox_process_one()
            self.assertEqual((document.state, document.last_error_code), ("error", code))
            self.simulator.post("/_control/receiver", {"rfc": self.customer.vat})

    # === CHANGE OF THE PAC === #

    def test_another_pac_only_after_the_first_one_said_no(self):
        self.company.isp_cfdi_pac_id = self.finkok
        lost, stamped = self._paid_document(), self._paid_document()
        self._lose(lost, "refuse")
        self._lose(stamped, "drop")
        waiting = self._paid_document()
        self.company.isp_cfdi_pac_id = self.pac
        waiting._outbox_process_one()
        self.assertEqual((waiting.state, waiting.pac_id), ("stamped", self.pac))
        self._due(stamped)
        self.assertEqual((stamped.state, stamped.pac_id), ("stamped", self.finkok))
        self._due(lost)
        self.assertEqual((lost.outbox_state, lost.pac_id), ("unknown", self.finkok))
        self._age(lost, 1)
        self._due(lost)
        self.assertEqual(lost.outbox_state, "ready")
        self._due(lost)
        self.assertEqual((lost.state, lost.pac_id), ("stamped", self.pac))

    # === WAITING === #

    def test_waiting_times_are_settings(self):
        self.company.isp_cfdi_backoff = "2, 7"
        self.simulator.post("/_control/account", {"credits": 0})
        document = self._paid_document()
        for minutes in (2, 7, 7):
            self._due(document)
            wait = document.next_attempt_at - fields.Datetime.now()
            self.assertAlmostEqual(wait.total_seconds(), 60 * minutes, delta=10)
        for wrong in ("", "x", "1, 0"):
            with self.assertRaises(ValidationError):
                self.company.isp_cfdi_backoff = wrong

    def test_account_that_is_refused_is_told_once(self):
        self.simulator.post("/_control/account", {"credits": 0})
        one, two = self._paid_document(), self._paid_document()
        one._outbox_process_one()
        two._outbox_process_one()
        self.assertIn("AU2001", self.pac.problem)
        self.assertEqual(len((one | two).activity_ids), 1)
        self.simulator.post("/_control/reset")
        self.pac.password = "wrong"
        self._due(one)
        self.assertIn("AU2000", self.pac.problem)
        self.pac.password = "demo-pac"
        self._due(one)
        self.assertEqual((one.state, self.pac.problem), ("stamped", False))
        self.assertFalse(one.activity_ids)

    def test_alerts_after_a_day_and_before_the_limit(self):
        document = self._paid_document()
        self.pac.base_url = "http://127.0.0.1:9"
        for hours, expected in ((23, 0), (25, 1), (26, 1), (61, 2), (62, 2)):
            document.issued_at = fields.Datetime.now() - timedelta(hours=hours)
            self._due(document)
            self.assertEqual(len(document.activity_ids), expected, hours)
        self.pac.base_url = self.simulator.url
        self._due(document)
        self.assertEqual((document.state, len(document.activity_ids)), ("stamped", 0))

    # === MANY AT ONCE === #

    def test_batch_stamps_each_document_once(self):
        documents = self.documents
        for _number in range(4):
            documents |= self._paid_document()
        self._mode("html")
        handled, refused = self.documents._isp_stamp_batch()
        self.assertEqual((handled, refused), (4, set()))
        self.assertEqual(sorted(documents.mapped("outbox_state")), ["done"] * 3 + ["unknown"])
        for document in documents.filtered(lambda doc: doc.outbox_state == "unknown"):
            self._due(document)
        self.assertEqual([self._stamps(document) for document in documents], [1] * 4)

    def test_batch_leaves_an_account_alone_that_cannot_be_used(self):
        self.env["res.company"].search([]).isp_cfdi_lanes = 1
        self.simulator.post("/_control/account", {"credits": 0})
        documents = self._paid_document() | self._paid_document()
        handled, refused = self.documents._isp_stamp_batch()
        self.assertEqual((handled, refused), (1, {self.pac.id}))
        self.assertEqual(sum(documents.mapped("attempts")), 1)

import uuid
from dataclasses import replace
from datetime import UTC

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from ..problem_terms import PROBLEM_TERMS
from ..services.builder import build_comprobante
from ..services.errors import CfdiDataError, CfdiError, CsdError
from ..services.postal import local_fecha
from ..services.problems import Problem, shown
from ..services.sealer import prepare
from ..services.xmlio import sha256

DATA_ERROR = "DATA"


class IspCfdiDocument(models.Model):
    """Phase 1, inside the business transaction: folio, build, validate, seal, store."""

    _inherit = "isp.cfdi.document"

    # === BUSINESS METHODS === #

    def _isp_create_for_move(self, move):
        """Create the document of an invoice, ready to be stamped.

        What is missing never stops the payment behind it: the document stays incomplete,
        says why, and somebody gets an activity.

        :return: the document, an existing live one when there is one already
        """
        documents = self.sudo()
        existing = documents.search(
            [("move_id", "=", move.id), ("cancel_state", "!=", "cancelled"), ("kind", "=", "I")],
            limit=1,
        )
        if existing:
            if existing.state in ("draft", "error"):
                existing._isp_build()
            return existing
        document = documents.create(self._prepare_move_vals(move))
        document._isp_build()
        return document

    def _prepare_move_vals(self, move):
        """Return the values of a new document about an invoice or credit note."""
        partner = move.commercial_partner_id
        return {
            "company_id": move.company_id.id,
            "currency_id": move.currency_id.id,
            "move_id": move.id,
            "partner_id": partner.id,
            "receiver_rfc": partner.vat,
            "receiver_name": partner.name,
            "total": move.amount_total,
            "idempotency_key": str(uuid.uuid4()),
        }

    def _isp_build(self):
        """Build, validate and seal; the document becomes ready, or says what is missing.

        A job, which has no reader, writes its texts in the company's language.

        :return: whether it is ready
        """
        self.ensure_one()
        self = self.with_context(lang=self.company_id._isp_lang())
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                self._isp_build_now()
        except CfdiDataError as error:
            self._isp_note_problems([self._isp_problem_text(text) for text in error.problems])
        except CsdError as error:
            certificates = self.env["isp.cfdi.certificate"]
            self._isp_note_problems([certificates._isp_error_text(error.code, str(error))])
        except (CfdiError, UserError, ValidationError) as error:
            self._isp_note_problems([str(error)])
        else:
            self._isp_clear_problems()
            return True
        return False

    def _isp_build_now(self):
        """Raise `CfdiError` or `UserError` when anything is missing, else store and set ready."""
        company = self.company_id
        now = fields.Datetime.now()
        issuer, problems = company._isp_cfdi_issuer()
        receiver, more = self._isp_receiver(issuer)
        if problems or more:
            raise CfdiDataError([*problems, *more])
        certificate = self.env["isp.cfdi.certificate"]._isp_for_company(company, now)
        if not certificate:
            raise UserError(self.env._("The company has no valid seal certificate (CSD)."))
        serie, folio = self._isp_number()
        aware, zone = now.replace(tzinfo=UTC), company.isp_cfdi_tz or None
        fecha = local_fecha(aware, issuer.zip, zone)
        data, xml = self._isp_build_xml(issuer, receiver, serie, folio, fecha)
        sealed = prepare(xml, certificate._isp_csd(), aware, zone)
        self._isp_store_sealed(sealed, data, certificate, now)

    def _isp_receiver(self, issuer):
        """Hook: return (``Receiver``, list of what is missing) of the document."""
        return self.partner_id._isp_cfdi_receiver(issuer.zip)

    def _isp_number(self):
        """Hook: return (series, folio); a document that is built again keeps its own."""
        if self.folio:
            return self.serie or "", self.folio
        company = self.company_id
        return company.isp_cfdi_serie or "", company._isp_cfdi_next_folio()

    def _isp_build_xml(self, issuer, receiver, serie, folio, fecha):
        """Hook: return (data, unsealed XML) of the document, by its kind.

        :raise CfdiError: or `UserError`, when anything is missing
        """
        data = self.move_id._isp_cfdi_data(issuer, receiver, serie, folio, fecha)
        data = replace(data, relations=self._isp_relations())
        return data, build_comprobante(data)

    def _isp_relations(self):
        """Hook: return the ``Relation`` tuple of the document."""
        return ()

    def _isp_store_sealed(self, sealed, data, certificate, now):
        """Keep the exact bytes that will be sent; earlier ones stay in the history."""
        self.write(
            {
                "issuer_rfc": data.issuer.rfc,
                "serie": data.serie,
                "folio": data.folio,
                "receiver_rfc": data.receiver.rfc,
                "receiver_name": data.receiver.name,
                "total": float(data.expected_total),
                "issued_at": now,
                "certificate_id": certificate.id,
                "pac_id": self.env["isp.cfdi.pac"]._isp_for_company(self.company_id).id,
                "sealed_sha256": sha256(sealed),
                "attempts": 0 if not self.sent_at else self.attempts,
            }
        )
        number = len(self._isp_history()) + 1
        attachment = self._isp_store_file(f"{self.name}_sealed_{number}.xml", sealed, locked=False)
        self.sealed_attachment_id = attachment
        self._outbox_set_ready()

    # === HELPERS === #

    def _isp_history(self):
        """Return the attachments of all the bytes that were ever sealed, newest first."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("name", "like", "%\\_sealed%"),
                ],
                order="id desc",
            )
        )

    def _isp_note_problems(self, texts):
        """Leave the document incomplete with a clear message and one open activity."""
        text = "\n".join(texts)
        state = "error" if self.outbox_state == "error" else "draft"
        self.write({"outbox_state": state, "last_error_code": DATA_ERROR, "last_error": text})
        self._isp_activity(self.env._("The CFDI cannot be issued"), text)

    def _isp_activity(self, summary, text):
        """Put one activity on the document; a second problem updates the first."""
        kind = self.env.ref("isp_cfdi.mail_activity_cfdi_error")
        open_activity = self.activity_ids.filtered(lambda act: act.activity_type_id == kind)
        if open_activity:
            open_activity[:1].write({"summary": summary, "note": text})
            return
        self._isp_schedule("isp_cfdi.mail_activity_cfdi_error", summary, text)

    def _isp_schedule(self, kind, summary, text):
        """Put an activity of a kind on the document."""
        self.activity_schedule(kind, summary=summary, note=text, user_id=self._isp_responsible().id)

    def _isp_responsible(self):
        """Return who deals with problems: whom the company named, else the user at work."""
        user = self.env.user
        if not self.company_id.isp_cfdi_user_id and user._is_internal() and user.active:
            return user
        return self.company_id._isp_cfdi_user()

    def _isp_clear_problems(self):
        """Close the activities of problems that are over."""
        kinds = self.env.ref("isp_cfdi.mail_activity_cfdi_error")
        kinds |= self.env.ref("isp_cfdi.mail_activity_cfdi_waiting")
        self.activity_ids.filtered(lambda act: act.activity_type_id in kinds).unlink()

    def _isp_problem_text(self, problem):
        """Return a problem in the user's language, with SAT's code.

        :param problem: a ``Problem`` of the pure core, or ``CODE: text`` as a PAC says it
        """
        _ = self.env._
        if isinstance(problem, Problem):
            text = _(PROBLEM_TERMS[problem.code])
            return shown(problem.code, text % problem.values)
        code = problem.partition(":")[0]
        texts = {
            "CFDI40143": _("The RFC of the customer is not valid."),
            "CFDI40147": _("SAT does not know the fiscal postal code of the customer."),
            "CFDI40157": _("SAT does not know the tax regime of the customer."),
            "CFDI40161": _("The use of the CFDI does not fit the customer's tax regime."),
        }
        return f"{code}: {texts[code]}" if code in texts else problem

import time
from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields, models
from odoo.fields import Domain
from odoo.orm.model_classes import add_to_registry
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..exceptions import OutboxReject, OutboxRetry, OutboxUnknown

LOGGER = "odoo.addons.isp_subscription.models.isp_outbox_mixin"


class FakeEffect(models.Model):
    """One effect on an imaginary outside world, whose answers the test scripts."""

    _name = "isp.fake.effect"
    _description = "Effect on an imaginary outside world"
    _inherit = ["isp.outbox.mixin"]
    _module = "isp_subscription"

    stored = fields.Char()

    def _outbox_call(self):
        return self._say("call")

    def _outbox_recover(self):
        return self._say("recover")

    def _say(self, what):
        calls, answers = self.env.context["fake_calls"], self.env.context["fake_answers"]
        calls.append((what, self.outbox_state))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _outbox_store(self, answer):
        if answer == "unstorable":
            raise ValueError("cannot be stored")
        self.stored = answer


@tagged("post_install", "-at_install")
@freeze_time("2026-01-21 18:00:00")
class TestOutbox(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        add_to_registry(cls.registry, FakeEffect)
        cls.registry._setup_models__(cls.env.cr, ["isp.fake.effect"])
        cls.registry.init_models(cls.env.cr, ["isp.fake.effect"], {"module": "isp_subscription"})
        cls.addClassCleanup(cls._forget_model)

    @classmethod
    def _forget_model(cls):
        for base in FakeEffect._inherit:
            cls.registry[base]._inherit_children.discard("isp.fake.effect")
        del cls.registry.models["isp.fake.effect"]
        cls.registry._setup_models__(cls.env.cr, [])

    def setUp(self):
        super().setUp()
        self.calls, self.answers = [], []
        self.effects = self.env["isp.fake.effect"].with_context(
            fake_calls=self.calls, fake_answers=self.answers
        )

    def _effect(self, key="k1", **values):
        effect = self.effects.create({"idempotency_key": key, **values})
        effect._outbox_set_ready()
        return effect

    def _process(self, *answers, **options):
        self.answers[:] = answers
        return self.effects._outbox_process(**options)

    def test_ready_is_called_once_and_stored(self):
        effect = self._effect()
        self.assertEqual(self._process("fine"), 1)
        self.assertEqual(self.calls, [("call", "sent")], "committed as sent before the call")
        self.assertEqual((effect.outbox_state, effect.stored), ("done", "fine"))
        self.assertEqual((effect.attempts, effect.next_attempt_at), (1, False))
        self.assertEqual(self._process(), 0)

    def test_draft_is_never_called(self):
        self.effects.create({"idempotency_key": "draft"})
        self.assertEqual(self._process(), 0)

    def test_nothing_sent_is_tried_again_later_with_back_off(self):
        effect = self._effect()
        for minutes in (1, 5, 15, 60, 60):
            self._process(OutboxRetry("no connection"))
            self.assertEqual(effect.outbox_state, "ready")
            wait = effect.next_attempt_at - fields.Datetime.now()
            self.assertEqual(wait, timedelta(minutes=minutes))
            self.assertEqual(self._process(), 0, "not before its time")
            effect.next_attempt_at = fields.Datetime.now()
        self.assertEqual({what for what, _state in self.calls}, {"call"})

    def test_unknown_outcome_is_asked_for_and_never_sent_again(self):
        effect = self._effect()
        self._process(OutboxUnknown("timeout"))
        self.assertEqual((effect.outbox_state, effect.last_error), ("unknown", "timeout"))
        effect.next_attempt_at = fields.Datetime.now()
        self._process(OutboxUnknown("still down"))
        effect.next_attempt_at = fields.Datetime.now()
        self._process("it had been done")
        self.assertEqual([what for what, _state in self.calls], ["call", "recover", "recover"])
        self.assertEqual((effect.outbox_state, effect.stored), ("done", "it had been done"))
        self.assertFalse(effect.last_error)

    def test_recovery_that_finds_nothing_sends_again(self):
        effect = self._effect()
        self._process(OutboxUnknown())
        effect.next_attempt_at = fields.Datetime.now()
        self._process(None)
        self.assertEqual(effect.outbox_state, "ready")
        self._process("sent at last")
        self.assertEqual([what for what, _state in self.calls], ["call", "recover", "call"])
        self.assertEqual(effect.outbox_state, "done")

    def test_interrupted_worker_is_recovered_after_its_lease(self):
        effect = self._effect()
        effect.write(
            {
                "outbox_state": "sent",
                "next_attempt_at": fields.Datetime.now() + timedelta(minutes=9),
            }
        )
        self.assertEqual(self._process(), 0)
        effect.next_attempt_at = fields.Datetime.now()
        self._process("found")
        self.assertEqual(self.calls, [("recover", "unknown")])

    def test_refusal_is_final_until_somebody_orders_it_again(self):
        effect = self._effect()
        self._process(OutboxReject("CFDI40147", "wrong postal code"))
        self.assertEqual(effect.outbox_state, "error")
        self.assertEqual(effect.last_error_code, "CFDI40147")
        self.assertEqual(effect.last_error, "wrong postal code")
        self.assertEqual(self._process(), 0)
        effect._outbox_set_ready()
        self._process("corrected")
        self.assertEqual(effect.outbox_state, "done")

    def test_answer_that_cannot_be_stored_is_not_lost(self):
        effect = self._effect()
        with mute_logger(LOGGER):
            self._process("unstorable")
        self.assertEqual(effect.outbox_state, "unknown")
        self.assertEqual(effect.last_error, "cannot be stored")

    def test_one_broken_row_does_not_stop_the_others(self):
        first, second = self._effect("a"), self._effect("b")
        with mute_logger(LOGGER):
            handled = self._process(KeyError("bug"), "fine")
        self.assertEqual(handled, 2)
        self.assertEqual((first | second).mapped("outbox_state"), ["unknown", "done"])

    def test_limit_and_deadline(self):
        self._effect("a")
        self._effect("b")
        self.assertEqual(self._process("one", limit=1), 1)
        self.assertEqual(self._process("two", deadline=time.monotonic() - 1), 0)

    def test_same_effect_cannot_be_ordered_twice(self):
        self._effect("same")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._effect("same")

    def test_states_of_the_due_domain(self):
        effect = self._effect()
        domain = self.effects._outbox_due_domain()
        self.assertIsInstance(domain, Domain)
        self.assertEqual(self.effects.search(domain), effect)

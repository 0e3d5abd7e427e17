-- A copy of the database must not charge anybody, nor believe anybody's messages.
UPDATE payment_provider
   SET openpay_merchant_id = 'dummy',
       openpay_private_key = 'dummy',
       openpay_public_key = 'dummy',
       openpay_base_url = NULL,
       openpay_sdk_url = NULL,
       openpay_device_url = NULL,
       openpay_webhook_user = NULL,
       openpay_webhook_password = NULL;

-- Requests that were ready are never sent from a copy.
UPDATE isp_payment_voucher
   SET outbox_state = 'draft',
       next_attempt_at = NULL
 WHERE outbox_state IN ('ready', 'sent', 'unknown');

UPDATE isp_payment_voucher
   SET next_check_at = NULL,
       start_token = NULL;

UPDATE isp_payment_event
   SET outbox_state = 'draft'
 WHERE outbox_state IN ('ready', 'sent', 'unknown');

UPDATE isp_card_charge
   SET outbox_state = 'draft',
       next_attempt_at = NULL
 WHERE outbox_state IN ('ready', 'sent', 'unknown');

UPDATE isp_card_charge
   SET next_check_at = NULL,
       start_token = NULL;

UPDATE isp_card_charge
   SET aftercare_at = NULL;

UPDATE isp_payment_refund
   SET outbox_state = 'draft',
       next_attempt_at = NULL
 WHERE outbox_state IN ('ready', 'sent', 'unknown');

UPDATE isp_card_registration
   SET outbox_state = 'draft',
       next_attempt_at = NULL,
       source_token = NULL,
       device_session = NULL
 WHERE outbox_state IN ('ready', 'sent', 'unknown');

-- What was announced is not charged from a copy; the evidence stays.
UPDATE isp_card_debit
   SET state = 'cancelled',
       next_date = NULL
 WHERE state IN ('announced', 'charging', 'retry', 'card');

UPDATE isp_card_mandate
   SET state = 'ended',
       start_token = NULL
 WHERE state != 'ended';

-- Stored cards cannot be charged from a copy.
UPDATE payment_token
   SET openpay_customer_id = NULL,
       openpay_card_id = NULL
 WHERE openpay_card_id IS NOT NULL;

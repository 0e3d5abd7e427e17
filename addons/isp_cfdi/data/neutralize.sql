-- A copy of the database can neither seal, nor log in, nor reach a real PAC or SAT.
UPDATE isp_cfdi_pac
   SET active = FALSE,
       environment = 'test',
       base_url = 'https://neutralized.invalid',
       sat_url = 'https://neutralized.invalid',
       login = NULL,
       password = NULL,
       token = NULL,
       database_uuid = NULL;
UPDATE isp_cfdi_certificate
   SET private_key = NULL,
       active = FALSE;
UPDATE ir_cron
   SET active = FALSE
 WHERE id IN (
       SELECT res_id
         FROM ir_model_data
        WHERE module = 'isp_cfdi'
          AND model = 'ir.cron'
       );

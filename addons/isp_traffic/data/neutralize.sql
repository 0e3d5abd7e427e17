-- A copy of the database must not ask the real network anything.
UPDATE isp_device
   SET community = NULL, v3_user = NULL, v3_auth_key = NULL, v3_priv_key = NULL, active = false;

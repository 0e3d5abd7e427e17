-- A copy of the database must not ask the real network anything.
UPDATE isp_device SET community = NULL, active = false;

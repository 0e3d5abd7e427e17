"""Pure parts of the Openpay integration: no database, no network."""

"""Pure core of traffic measuring: no Odoo, no environment, only plain values and cursors."""

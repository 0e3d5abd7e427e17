"""Pure business arithmetic: no database, no Odoo import, testable in milliseconds."""

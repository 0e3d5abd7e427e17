"""Pure CFDI 4.0 core: no database, no Odoo, only relative imports.

Every module can be used and tested alone; the models of the addon stay thin around it.
"""

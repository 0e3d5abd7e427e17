"""What benchmarks run inside an Odoo process (``odoo shell``)."""

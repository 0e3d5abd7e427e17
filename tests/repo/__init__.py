"""Tests of the repository itself: they read files, and need neither Odoo nor a database."""

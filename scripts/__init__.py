"""Set-up, demo and tests of the ISP suite. Everything here runs on a bare Python 3.11.

Modules imported by ``make demo`` before the virtual environment exists use the standard library
only.
"""

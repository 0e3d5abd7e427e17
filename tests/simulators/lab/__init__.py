"""The laboratory page: what the simulators can do, with buttons, in Spanish."""

"""The PAC simulator over real sockets, and the adapter against it."""

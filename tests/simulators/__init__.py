"""Local stand-ins for the outside world: separate processes on the loopback interface."""

"""Installation and removal of what the ORM does not manage."""

from .services import schema


def uninstall_hook(env):
    """Drop the tables of measured traffic with all their partitions."""
    schema.drop_tables(env.cr)

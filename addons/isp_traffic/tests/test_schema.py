from datetime import date

from odoo.tests import tagged

from ..hooks import uninstall_hook
from ..services import schema
from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestSchema(TrafficCommon):
    def _exists(self, name):
        self.env.cr.execute("SELECT to_regclass(%s) IS NOT NULL", (name,))
        return self.env.cr.fetchone()[0]

    def test_tables_exist_and_creating_them_again_is_harmless(self):
        self._ingest(self.line, (self._moment(2026, 1, 5), 0, 0), (self._moment(2026, 1, 6), 9, 0))
        schema.create_tables(self.env.cr)
        for table in schema.TABLES:
            self.assertTrue(self._exists(table), table)
        self.assertEqual(len(self._samples(self.line)), 1)

    def test_uninstall_leaves_nothing(self):
        moment = self._moment(2026, 1, 5).timestamp()
        schema.ensure_partitions(self.env.cr, moment, moment)
        uninstall_hook(self.env)
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'isp\\_traffic\\_sample%%' OR"
            " relname = ANY(%s)",
            (list(schema.TABLES),),
        )
        self.assertFalse(self.env.cr.fetchall())
        schema.create_tables(self.env.cr)

    def test_upgrade_of_tables_of_an_older_version(self):
        self._ingest(
            self.line,
            (self._moment(2026, 11, 10, 18, 0), 0, 0),
            (self._moment(2026, 11, 10, 18, 5), 10, 1),
        )
        self.env.cr.execute("CREATE TABLE isp_traffic_worker (shard int4)")
        for table in ("hour", "day"):
            self.env.cr.execute(f"ALTER TABLE isp_traffic_{table} ALTER COLUMN down_b SET NOT NULL")
        self.env.cr.execute("ALTER TABLE isp_traffic_guard DROP COLUMN asked")
        for _n in range(2):
            schema.create_tables(self.env.cr)
        self.assertFalse(self._exists("isp_traffic_worker"))
        self.assertEqual(len(self._days(self.line)), 1)
        self._ingest(self.line, (self._moment(2026, 11, 12), 20, 2))
        self.assertIsNone(self._days(self.line)[date(2026, 11, 11)][0])

    def test_partitions_are_made_once_for_every_day(self):
        first, last = self._moment(2026, 1, 5, 23), self._moment(2026, 1, 7, 1)
        days = first.timestamp(), last.timestamp()
        self.assertEqual(len(schema.ensure_partitions(self.env.cr, *days)), 3)
        self.assertEqual(schema.ensure_partitions(self.env.cr, *days), [])
        self.assertTrue(
            {date(2026, 1, n) for n in (5, 6, 7)} <= set(schema.partitions(self.env.cr))
        )

    def test_stray_samples_move_to_their_partition(self):
        moment = self._moment(2026, 1, 5, 12)
        self.env.cr.execute(
            "INSERT INTO isp_traffic_sample (line_id, ts, down_b, up_b, secs)"
            " VALUES (%s, %s, 7, 1, 300)",
            (self.line.id, moment),
        )
        self.assertEqual(schema.default_rows(self.env.cr), 1)
        schema.ensure_partitions(self.env.cr, moment.timestamp(), moment.timestamp())
        self.assertEqual(schema.default_rows(self.env.cr), 0)
        self.assertEqual(self._samples(self.line, "down_b"), [(7,)])

    def test_stray_samples_are_an_alarm(self):
        self.env.cr.execute(
            "INSERT INTO isp_traffic_sample (line_id, ts, secs) VALUES (%s, '1999-01-01', 300)",
            (self.line.id,),
        )
        logger = "odoo.addons.isp_traffic.models.isp_device_poll"
        with self.assertLogs(logger, "ERROR") as logs:
            self.env["isp.device"]._cron_maintain()
        self.assertIn("outside every daily partition", logs.output[0])

    def test_double_samples_are_impossible(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'isp_traffic_sample_line_ts'"
        )
        self.assertIn("UNIQUE", self.env.cr.fetchone()[0])

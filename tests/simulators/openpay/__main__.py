"""``python -m tests.simulators.openpay --port 8070``: run the simulator until it is stopped."""

import argparse

from ..common import StateFile, serve
from .config import (
    DEMO_GROUP,
    DEMO_GROUP_KEY,
    DEMO_MERCHANT,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    Config,
)
from .server import build, start_background
from .webhooks import EVENT_TYPES


def parse_arguments() -> argparse.Namespace:
    """Command line options; the defaults are those of the demo."""
    parser = argparse.ArgumentParser(description="Local Openpay simulator (127.0.0.1 only).")
    parser.add_argument("--port", type=int, default=8070)
    parser.add_argument("--merchant", default=DEMO_MERCHANT)
    parser.add_argument("--private-key", default=DEMO_PRIVATE_KEY)
    parser.add_argument("--public-key", default=DEMO_PUBLIC_KEY)
    parser.add_argument("--group", default=DEMO_GROUP, help="group of merchants")
    parser.add_argument("--group-key", default=DEMO_GROUP_KEY)
    parser.add_argument("--merchant-name", default=Config.merchant_name)
    parser.add_argument("--agreement", default=Config.agreement)
    parser.add_argument("--clabe", default=Config.clabe)
    parser.add_argument("--state", help="file that keeps the state over a restart")
    parser.add_argument("--seed", default="", help="makes ids and references repeatable")
    parser.add_argument("--webhook-url", help="preset target of webhooks")
    parser.add_argument("--webhook-user", default="openpay")
    parser.add_argument("--webhook-password", default="")
    return parser.parse_args()


def main() -> None:
    """Build, preset the webhook target, serve."""
    options = parse_arguments()
    config = Config(
        merchant=options.merchant,
        private_key=options.private_key,
        public_key=options.public_key,
        group=options.group,
        group_key=options.group_key,
        base_url=f"http://127.0.0.1:{options.port}",
        merchant_name=options.merchant_name,
        agreement=options.agreement,
        clabe=options.clabe,
        seed=options.seed,
    )
    app, api = build(config, StateFile(options.state))
    if options.webhook_url:
        with api.store.transaction():
            api.store.webhooks.clear()
            api.webhooks.create(
                {
                    "url": options.webhook_url,
                    "user": options.webhook_user,
                    "password": options.webhook_password,
                    "event_types": list(EVENT_TYPES),
                }
            )
    start_background(api)
    serve(app, options.port)


if __name__ == "__main__":
    main()

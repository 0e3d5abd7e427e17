// The one thing that is changed in the vendor's library: where it sends its requests.
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "test", "test.js"));
require("../lib/openpay").SANDBOX_URL = process.env.OPENPAY_URL;

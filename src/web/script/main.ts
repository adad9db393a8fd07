// The script of the pages. Each page is whole without it.
import * as composer from "./composer.ts";
import * as forms from "./forms.ts";
import * as keys from "./keys.ts";
import * as live from "./live.ts";
import * as passkeys from "./passkeys.ts";
import * as push from "./push.ts";
import * as times from "./times.ts";
import * as viewer from "./viewer.ts";

for (const { start } of [times, viewer, composer, forms, live, keys, push, passkeys]) start();

// Everything a fresh machine needs, in order. On a machine that has it all this takes a fraction of a second.

import { crates } from "./crates.mjs";
import { modelWeights } from "./models.mjs";
import { npmPackages } from "./npm.mjs";
import { cache } from "./paths.mjs";
import { rustToolchain } from "./rust.mjs";
import { good, seconds } from "./say.mjs";
import { systemPackages } from "./system.mjs";

/** `more` are models to fetch besides those the app starts with. */
export async function setUp(more = []) {
  const started = Date.now();
  await systemPackages();
  await rustToolchain();
  await npmPackages();
  await crates();
  await modelWeights(more);
  good(`Set up in ${seconds(started)} (caches: ${cache})`);
}

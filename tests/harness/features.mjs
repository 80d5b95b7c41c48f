// Which features of the API the server has: tests of the others wait, visibly, for their day.

import { readFileSync } from 'node:fs';

const FEATURES = JSON.parse(readFileSync(new URL('../features.json', import.meta.url)));

/** Options for a test or a suite that needs a feature. */
export function needs(feature) {
  if (!(feature in FEATURES)) throw new Error(`no such feature: ${feature}`);
  return { skip: FEATURES[feature] ? false : `${feature}: not built yet` };
}

export const has = (feature) => !needs(feature).skip;

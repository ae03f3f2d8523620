// Runs the page's proof check over many cases: reads {vkey, own, cases} as JSON, each
// {proof, elsewhere, hashes}, the proof in base64, and prints the verdicts. Unless `own`
// is set, there is no Ed25519 of the browser's own.
"use strict";

const { join } = require("node:path");
const statics = join(__dirname, "../../pds/web/static");
require(join(statics, "log_ed25519.js"));
require(join(statics, "log_proof.js"));

const { vkey, own, cases } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
if (!own) {
  const importKey = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = (form, key, algorithm, ...rest) => {
    if (algorithm === "Ed25519") return Promise.reject(new DOMException("", "NotSupportedError"));
    return importKey(form, key, algorithm, ...rest);
  };
}

(async () => {
  const verdicts = [];
  for (const { proof: encoded, elsewhere, hashes } of cases) {
    const proof = new Uint8Array(Buffer.from(encoded, "base64"));
    const found = await LogProof.check({ proof, vkey, elsewhere, ask: async () => hashes });
    verdicts.push(found.verdict);
  }
  process.stdout.write(JSON.stringify(verdicts));
})();

// npm `openid-client`, unmodified, as a recipient: one JSON command per line in, one
// JSON answer per line out. What is asked for and decided stands in the Python test;
// here is only what an engineer would write with the library.
import { createInterface } from "node:readline";
import * as oauth from "openid-client";

const kept = {};

const acts = {
  async start({ issuer, client_id, private_jwk, redirect_uri }) {
    const { kid, ...jwk } = private_jwk;
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("jwk", jwk, curve, false, ["sign"]);
    kept.config = await oauth.discovery(
      new URL(issuer),
      client_id,
      { redirect_uris: [redirect_uri] },
      oauth.PrivateKeyJwt({ key, kid }),
      { algorithm: "oauth2", execute: [oauth.allowInsecureRequests] },
    );
    kept.redirect_uri = redirect_uri;
    return bind();
  },

  async authorize({ authorization_details }) {
    kept.verifier = oauth.randomPKCECodeVerifier();
    kept.state = oauth.randomState();
    const address = await oauth.buildAuthorizationUrlWithPAR(
      kept.config,
      {
        redirect_uri: kept.redirect_uri,
        state: kept.state,
        code_challenge: await oauth.calculatePKCECodeChallenge(kept.verifier),
        code_challenge_method: "S256",
        authorization_details: JSON.stringify(authorization_details),
      },
      { DPoP: kept.dpop },
    );
    return { address: address.href };
  },

  async callback({ address }) {
    return keep(
      await oauth.authorizationCodeGrant(
        kept.config,
        new URL(address),
        { pkceCodeVerifier: kept.verifier, expectedState: kept.state },
        undefined,
        { DPoP: kept.dpop },
      ),
    );
  },

  async fetch({ address }) {
    const answer = await oauth.fetchProtectedResource(
      kept.config,
      kept.access_token,
      new URL(address),
      "GET",
      undefined,
      undefined,
      { DPoP: kept.dpop },
    );
    const body = await answer.json();
    return { status: answer.status, records: body.records?.length };
  },

  async refresh() {
    const { config, refresh_token, dpop } = kept;
    return keep(
      await oauth.refreshTokenGrant(config, refresh_token, undefined, { DPoP: dpop }),
    );
  },

  async revoke() {
    await oauth.tokenRevocation(kept.config, kept.refresh_token);
    return {};
  },

  // A token is bound to the key of the proof that it was got with.
  async change_key() {
    return bind();
  },
};

async function bind() {
  const pair = await oauth.randomDPoPKeyPair("ES256");
  kept.dpop = oauth.getDPoPHandle(kept.config, pair);
  return {};
}

function keep(answer) {
  kept.access_token = answer.access_token;
  kept.refresh_token = answer.refresh_token ?? kept.refresh_token;
  return answer;
}

// The library's errors say what it understood of a refusal; that is what is tested.
function refusal(error) {
  const challenge = Array.isArray(error.cause) ? error.cause[0]?.parameters : undefined;
  return {
    refused: error.error ?? challenge?.error ?? error.code ?? error.message,
    status: error.status ?? 0,
    said: error.message,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...given } = JSON.parse(line);
  const answer = await acts[act](given).catch(refusal);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

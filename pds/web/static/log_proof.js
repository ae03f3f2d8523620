// Checks a proof of the log, step by step, as docs/formats/log.md says (sections 1 to 7).
// It needs nothing but Web Cryptography; what it refuses, audit/ refuses as well.
"use strict";

globalThis.LogProof = (() => {
  const MOST_BYTES = 1 << 20;
  const MOST_DEPTH = 32;
  const KC = hex("d821f8790d97709796b4d7903357c3f5");
  const encoder = new TextEncoder();

  class Refused extends Error {
    constructor(code = "") {
      super(code);
      this.code = code;
    }
  }

  function refuseUnless(holds, code) {
    if (!holds) throw new Refused(code);
  }

  // Bytes and text.

  function hex(text) {
    if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new Error();
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  }

  function strictHex(text, size) {
    refuseUnless(typeof text === "string" && text.length === 2 * size && /^[0-9a-f]*$/.test(text));
    return hex(text);
  }

  function utf8(bytes) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new Refused();
    }
  }

  function base64(text) {
    refuseUnless(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0);
    let binary;
    try {
      binary = atob(text);
    } catch {
      throw new Refused();
    }
    refuseUnless(btoa(binary) === text);
    return Uint8Array.from(binary, (each) => each.charCodeAt(0));
  }

  function joined(...parts) {
    const result = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of parts) {
      result.set(each, at);
      at += each.length;
    }
    return result;
  }

  function sized(bytes) {
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, bytes.length);
    return joined(head, bytes);
  }

  const same = (a, b) => a.length === b.length && a.every((each, at) => each === b[at]);

  function decimal(text) {
    refuseUnless(/^(?:0|[1-9][0-9]{0,18})$/.test(text));
    const found = BigInt(text);
    refuseUnless(found < 2n ** 63n);
    return found;
  }

  const sha256 = async (...parts) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
  const leafHash = (entry) => sha256([0], entry);
  const nodeHash = (left, right) => sha256([1], left, right);

  async function commit(...parts) {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", KC, algorithm, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, joined(...parts)));
  }

  // Canonical JSON (section 1).

  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  function canonical(value, depth = MOST_DEPTH) {
    if (typeof value === "boolean") return String(value);
    if (typeof value === "string") {
      refuseUnless(!/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value));
      return JSON.stringify(value);
    }
    if (typeof value === "number") {
      refuseUnless(Number.isSafeInteger(value));
      return String(value);
    }
    refuseUnless(depth > 0);
    if (Array.isArray(value)) return `[${value.map((each) => canonical(each, depth - 1)).join(",")}]`;
    refuseUnless(isObject(value));
    const members = Object.keys(value).sort().map((name) => {
      refuseUnless(/^[\x00-\x7f]*$/.test(name));
      return `${JSON.stringify(name)}:${canonical(value[name], depth - 1)}`;
    });
    return `{${members.join(",")}}`;
  }

  function parseCanonical(bytes) {
    const text = utf8(bytes);
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      throw new Refused();
    }
    refuseUnless(canonical(value) === text);
    return value;
  }

  // The leaf (section 2).

  const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;
  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  const HASH = /^[0-9a-f]{64}$/;
  const TYPES = new Set([
    "disclosure:released", "disclosure:completed", "disclosure:denied", "consent:event",
    "subject:opened", "record:written", "person:exported", "agent:viewed",
    "staff:viewed", "auditor:viewed", "auditor:unmasked", "person:erased", "key:event",
    "policy:event", "log:continued", "log:tally",
  ]);
  const fits = (pattern) => (value) => typeof value === "string" && pattern.test(value);
  const isName = fits(NAME);

  function isCategories(value) {
    return Array.isArray(value) && value.length > 0 && value.length <= 32 && value.every(isName)
      && value.every((each, at) => at === 0 || value[at - 1] < each);
  }

  const RULES = new Map(Object.entries({
    cats: isCategories,
    com: fits(HASH),
    con: fits(HASH),
    form: isName,
    id: fits(UUID),
    n: (value) => [0, 1, 10, 100, 1000, 10000].includes(value),
    pur: isName,
    rcp: isName,
    ref: fits(UUID),
    src: isName,
    sub: fits(/^[0-9a-f]{32}$/),
    t: (value) => Number.isSafeInteger(value) && value >= 0,
    typ: (value) => TYPES.has(value),
    v: (value) => value === 1,
  }));

  function checkLeaf(leaf) {
    refuseUnless(isObject(leaf));
    for (const name of ["com", "id", "sub", "t", "typ", "v"]) refuseUnless(Object.hasOwn(leaf, name));
    for (const [name, value] of Object.entries(leaf)) {
      refuseUnless(RULES.has(name) && RULES.get(name)(value));
    }
    refuseUnless(encoder.encode(canonical(leaf)).length <= 4096);
  }

  // The tree (RFC 9162 sections 2.1.3.2 and 2.1.4.2).

  function skipRightEdge(position, last) {
    let [p, l] = [position, last];
    while (p && !(p & 1n)) [p, l] = [p >> 1n, l >> 1n];
    return [p, l];
  }

  async function verifyInclusion(index, size, hash, path, root) {
    refuseUnless(index < size);
    let [position, last, computed] = [index, size - 1n, hash];
    for (const sibling of path) {
      refuseUnless(last !== 0n);
      if (position & 1n || position === last) {
        computed = await nodeHash(sibling, computed);
        [position, last] = skipRightEdge(position, last);
      } else {
        computed = await nodeHash(computed, sibling);
      }
      [position, last] = [position >> 1n, last >> 1n];
    }
    refuseUnless(last === 0n && same(computed, root));
  }

  async function verifyConsistency(oldSize, newSize, path, oldRoot, newRoot) {
    refuseUnless(oldSize > 0n && oldSize < newSize);
    const hashes = oldSize & (oldSize - 1n) ? [...path] : [oldRoot, ...path];
    refuseUnless(hashes.length > 0);
    let [position, last] = [oldSize - 1n, newSize - 1n];
    while (position & 1n) [position, last] = [position >> 1n, last >> 1n];
    let [older, newer] = [hashes[0], hashes[0]];
    for (const sibling of hashes.slice(1)) {
      refuseUnless(last !== 0n);
      if (position & 1n || position === last) {
        older = await nodeHash(sibling, older);
        newer = await nodeHash(sibling, newer);
        [position, last] = skipRightEdge(position, last);
      } else {
        newer = await nodeHash(newer, sibling);
      }
      [position, last] = [position >> 1n, last >> 1n];
    }
    refuseUnless(last === 0n && same(older, oldRoot) && same(newer, newRoot));
  }

  // Keys, notes and checkpoints (section 6).

  const keyId = async (name, typed) =>
    (await sha256(encoder.encode(`${name}\n`), typed)).subarray(0, 4);

  // Not \s: to a script U+FEFF is white space and U+0085 is none; for names of keys it
  // is the other way round.
  const KEY_NAME = "[^\\x00-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000+]+";
  const KEY = new RegExp(`^(${KEY_NAME})\\+([0-9a-f]{8})\\+([A-Za-z0-9+/]+={0,2})$`);
  const SIGNATURE = new RegExp(`^— (${KEY_NAME}) ([A-Za-z0-9+/]+={0,2})$`);

  async function parseKey(text) {
    const found = KEY.exec(text);
    refuseUnless(found);
    const typed = base64(found[3]);
    refuseUnless(typed.length === 33 && typed[0] === 1);
    const id = await keyId(found[1], typed);
    refuseUnless(same(id, hex(found[2])));
    return { name: found[1], id, bytes: typed.subarray(1) };
  }

  async function openCheckpoint(note, key) {
    refuseUnless(encoder.encode(note).length <= MOST_BYTES && !/[\x00-\x09\x0b-\x1f]/.test(note));
    const gap = note.lastIndexOf("\n\n");
    refuseUnless(gap >= 0 && note.length > gap + 2 && note.endsWith("\n"));
    const text = note.slice(0, gap + 1);
    const lines = note.slice(gap + 2, -1).split("\n");
    refuseUnless(lines.length <= 64);
    let signed = false;
    for (const line of lines) {
      const found = SIGNATURE.exec(line);
      refuseUnless(found);
      const blob = base64(found[2]);
      refuseUnless(blob.length > 4);
      if (found[1] !== key.name || !same(blob.subarray(0, 4), key.id)) continue;
      refuseUnless(await LogEd25519.verify(key.bytes, encoder.encode(text), blob.slice(4)));
      signed = true;
    }
    refuseUnless(signed, "stranger");
    const checkpoint = parseCheckpoint(text);
    refuseUnless(checkpoint.origin === key.name, "stranger");
    return checkpoint;
  }

  function parseCheckpoint(text) {
    const lines = text.split("\n");
    refuseUnless(lines.pop() === "" && lines.length >= 3 && lines.every(Boolean));
    const root = base64(lines[2]);
    refuseUnless(root.length === 32);
    return { origin: lines[0], size: decimal(lines[1]), root };
  }

  // The proof file and its receipt (section 7).

  function parseProof(bytes) {
    refuseUnless(bytes.length <= MOST_BYTES);
    const text = utf8(bytes);
    const gap = text.indexOf("\n\n");
    refuseUnless(gap >= 0);
    const lines = text.slice(0, gap).split("\n");
    refuseUnless(lines.shift() === "c2sp.org/tlog-proof@v1");
    refuseUnless(lines[0]?.startsWith("extra "));
    const receipt = parseCanonical(base64(lines.shift().slice(6)));
    refuseUnless(isObject(receipt) && Object.keys(receipt).sort().join() === "leaf,m,open,opening");
    refuseUnless(isObject(receipt.leaf) && isObject(receipt.m));
    refuseUnless(lines[0]?.startsWith("index "));
    const index = decimal(lines.shift().slice(6));
    const path = lines.map(base64);
    refuseUnless(path.length <= 63 && path.every((each) => each.length === 32));
    return { index, path, receipt, checkpoint: text.slice(gap + 2) };
  }

  async function checkDetail({ leaf, m, opening }) {
    const parts = [strictHex(opening, 32), sized(encoder.encode(leaf.id)), sized(encoder.encode(canonical(m)))];
    refuseUnless(same(await commit(...parts), hex(leaf.com)));
  }

  async function openFields({ m, open }) {
    refuseUnless(isObject(open));
    const fields = Object.entries(open);
    for (const [name, pair] of fields) {
      refuseUnless(Array.isArray(pair) && pair.length === 2 && typeof pair[1] === "string");
      refuseUnless(Object.hasOwn(m, name));
      const expected = strictHex(m[name], 32);
      const parts = [strictHex(pair[0], 32), sized(encoder.encode(name)), sized(encoder.encode(pair[1]))];
      refuseUnless(same(await commit(...parts), expected));
    }
    return fields.map(([name, pair]) => [name, pair[1]]);
  }

  async function compare(one, other, ask) {
    if (one.size === other.size) {
      refuseUnless(same(one.root, other.root), "split");
      return "equal";
    }
    const [older, newer] = one.size < other.size ? [one, other] : [other, one];
    refuseUnless(older.size > 0n, "empty");
    const path = await ask(older.size, newer.size);
    refuseUnless(Array.isArray(path) && path.length <= 128);
    const hashes = path.map((each) => base64(String(each)));
    refuseUnless(hashes.every((each) => each.length === 32));
    await verifyConsistency(older.size, newer.size, hashes, older.root, newer.root);
    return "";
  }

  // Every step: {name, state: "ok" | "bad" | "skipped", code, values}. A step whose
  // ground is missing is skipped; one that cannot be refused or passed is so too.
  async function check({ proof, vkey, elsewhere = "", ask }) {
    const steps = [];
    const known = {};

    async function step(name, needs, act) {
      if (!needs.every((each) => each in known)) {
        steps.push({ name, state: "skipped", code: "", values: {} });
        return;
      }
      try {
        const { values = {}, code = "", ...found } = (await act()) ?? {};
        Object.assign(known, found);
        steps.push({ name, state: "ok", code, values });
      } catch (error) {
        if (error instanceof Unanswered) steps.push({ name, state: "skipped", code: "unanswered", values: {} });
        else if (error instanceof Refused) steps.push({ name, state: "bad", code: error.code, values: {} });
        else throw error;
      }
    }

    await step("file", [], () => ({ parsed: parseProof(proof) }));
    await step("key", [], async () => {
      const key = await parseKey(vkey.trim());
      return { key, values: { name: key.name } };
    });
    await step("signature", ["parsed", "key"], async () => {
      const checkpoint = await openCheckpoint(known.parsed.checkpoint, known.key);
      return { checkpoint, values: { size: checkpoint.size } };
    });
    await step("leaf", ["parsed"], () => {
      checkLeaf(known.parsed.receipt.leaf);
      return { leaf: known.parsed.receipt.leaf };
    });
    await step("inclusion", ["leaf", "checkpoint"], async () => {
      const { index, path } = known.parsed;
      const hash = await leafHash(encoder.encode(canonical(known.leaf)));
      await verifyInclusion(index, known.checkpoint.size, hash, path, known.checkpoint.root);
      return { index, values: { index, size: known.checkpoint.size } };
    });
    await step("commitment", ["leaf"], async () => {
      await checkDetail(known.parsed.receipt);
      return { isCommitted: true };
    });
    await step("fields", ["isCommitted"], async () => {
      const opened = await openFields(known.parsed.receipt);
      return { opened, values: { count: opened.length } };
    });
    if (elsewhere.trim()) {
      await step("elsewhere", ["key"], async () => {
        const other = await openCheckpoint(`${elsewhere.replaceAll("\r\n", "\n").trim()}\n`, known.key);
        return { other, values: { size: other.size } };
      });
      await step("consistency", ["checkpoint", "other"], async () =>
        ({ code: await compare(known.checkpoint, known.other, ask) }));
    }
    const states = new Set(steps.map((each) => each.state));
    const verdict = states.has("bad") ? "bad" : states.has("skipped") ? "skipped" : "ok";
    return { steps, verdict, leaf: known.leaf, opened: known.opened };
  }

  class Unanswered extends Error {}

  return { check, Unanswered };
})();

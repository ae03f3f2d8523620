// Ed25519 verification after RFC 8032 section 5.1.7: the browser's own where it has
// one, otherwise these few lines. They work on public values only.
"use strict";

globalThis.LogEd25519 = (() => {
  const P = 2n ** 255n - 19n;
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const modulo = (n) => ((n % P) + P) % P;

  function power(base, exponent) {
    let result = 1n;
    for (let b = modulo(base), e = exponent; e > 0n; e >>= 1n) {
      if (e & 1n) result = (result * b) % P;
      b = (b * b) % P;
    }
    return result;
  }

  const inverse = (n) => power(n, P - 2n);
  const D = modulo(-121665n * inverse(121666n));
  const ROOT_OF_MINUS_1 = power(2n, (P - 1n) / 4n);

  function number(bytes) {
    let result = 0n;
    for (let at = bytes.length - 1; at >= 0; at -= 1) result = (result << 8n) | BigInt(bytes[at]);
    return result;
  }

  // A point in the extended coordinates of section 5.1.4, or null.
  function decode(bytes) {
    const all = number(bytes);
    const sign = all >> 255n;
    const y = all & ((1n << 255n) - 1n);
    if (y >= P) return null;
    const u = modulo(y * y - 1n);
    const v = modulo(D * y * y + 1n);
    let x = modulo(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
    if (modulo(v * x * x) === modulo(-u)) x = modulo(x * ROOT_OF_MINUS_1);
    if (modulo(v * x * x) !== u || (x === 0n && sign)) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, modulo(x * y)];
  }

  function encode([x, y, z]) {
    const part = inverse(z);
    const flat = modulo(x * part) & 1n;
    return modulo(y * part) | (flat << 255n);
  }

  function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
    const a = modulo((y1 - x1) * (y2 - x2));
    const b = modulo((y1 + x1) * (y2 + x2));
    const c = modulo(2n * D * t1 * t2);
    const d = modulo(2n * z1 * z2);
    const [e, f, g, h] = [b - a, d - c, d + c, b + a];
    return [modulo(e * f), modulo(g * h), modulo(f * g), modulo(e * h)];
  }

  function times(factor, point) {
    let result = [0n, 1n, 1n, 0n];
    for (let n = factor, p = point; n > 0n; n >>= 1n) {
      if (n & 1n) result = add(result, p);
      p = add(p, p);
    }
    return result;
  }

  const BASE = decode(Uint8Array.from({ length: 32 }, (_, at) => (at ? 0x66 : 0x58)));

  // A key is a point in its one spelling, and not of small order: under such a one
  // anybody can sign.
  function usable(key) {
    const point = decode(key);
    if (!point) return null;
    const [x, y, z] = times(8n, point);
    return modulo(x) || modulo(y - z) ? point : null;
  }

  async function verifyHere(key, message, signature) {
    const point = usable(key);
    if (!point) return false;
    const r = signature.subarray(0, 32);
    const hashed = new Uint8Array([...r, ...key, ...message]);
    const k = number(new Uint8Array(await crypto.subtle.digest("SHA-512", hashed))) % L;
    const [x, y, z, t] = point;
    const found = add(times(number(signature.subarray(32)), BASE), times(k, [modulo(-x), y, z, modulo(-t)]));
    return encode(found) === number(r);
  }

  async function verify(key, message, signature) {
    if (key.length !== 32 || signature.length !== 64) return false;
    // Stricter than some browsers.
    if (!usable(key) || number(signature.subarray(32)) >= L) return false;
    let own;
    try {
      own = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    } catch {
      return verifyHere(key, message, signature);
    }
    return crypto.subtle.verify("Ed25519", own, signature, message);
  }

  return { verify, verifyHere };
})();

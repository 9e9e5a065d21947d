/** Time-based one-time passwords (RFC 6238) in the browser, and the two ways their secrets are written down. */

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HASHES = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" };
const SHORTEST_SECRET = 10; // bytes; what is shorter was probably cut when it was copied

/** Bytes of a base32 text with or without spaces, dashes and padding; null when it is none. */
function bytesOf(text) {
  const letters = text.toUpperCase().replace(/[\s-]/g, "").replace(/=+$/, "");
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (const letter of letters) {
    const value = BASE32.indexOf(letter);
    if (value < 0) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
      held &= (1 << bits) - 1;
    }
  }
  return bytes.length >= SHORTEST_SECRET ? new Uint8Array(bytes) : null;
}

/**
 * Reads what a set-up page shows: an `otpauth://totp/…` link or the bare secret.
 * @returns {{secret:string, issuer:string, name:string, digits:number, period:number, hash:string}|null}
 */
export function readSecret(text) {
  const given = text.trim();
  if (!/^otpauth:/i.test(given)) {
    return bytesOf(given) && { secret: tidy(given), issuer: "", name: "", digits: 6, period: 30, hash: "SHA1" };
  }
  const [, label, query] = /^otpauth:\/\/totp\/([^?]*)\?(.*)$/i.exec(given) ?? [];
  if (query === undefined) return null;
  const asked = new URLSearchParams(query);
  const secret = asked.get("secret") ?? "";
  const hash = (asked.get("algorithm") ?? "SHA1").toUpperCase().replace("-", "");
  const digits = Number(asked.get("digits") ?? 6);
  const period = Number(asked.get("period") ?? 30);
  if (!bytesOf(secret) || !(hash in HASHES) || ![6, 7, 8].includes(digits) || !(period >= 5 && period <= 300)) return null;
  const [before, after] = split(decoded(label));
  return { secret: tidy(secret), issuer: asked.get("issuer") || (after ? before : ""), name: after || before, digits, period, hash };
}

/** The code that is right at `now` (ms since 1970), as text with leading zeros. */
export async function codeAt({ secret, digits, period, hash }, now) {
  const counter = new DataView(new ArrayBuffer(8));
  const step = Math.floor(now / 1000 / period);
  counter.setUint32(0, Math.floor(step / 2 ** 32));
  counter.setUint32(4, step >>> 0);
  const algorithm = { name: "HMAC", hash: HASHES[hash] };
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, ["sign"]);
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const number = mac.getUint32(mac.getUint8(mac.byteLength - 1) & 15) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

const tidy = (secret) => secret.toUpperCase().replace(/[\s=-]/g, "");

function split(label) {
  const at = label.indexOf(":");
  return at < 0 ? [label.trim(), ""] : [label.slice(0, at).trim(), label.slice(at + 1).trim()];
}

function decoded(label) {
  try {
    return decodeURIComponent(label);
  } catch {
    return label;
  }
}

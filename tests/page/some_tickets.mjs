import { page } from "./the_page.mjs";

/** The text that tests/unit/ticket/ticket_test.cpp keeps for later versions: one address, no relay, no end. */
export const small = "pp1aeadsaahbykryizkge4d6rsnkrnwe2lqo57ildettkq2rl5wxxcmxuwzz" +
  "de4vs6mzxhm7ugr2lj5jvow24aacagaaabbdiis3tbql5q";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

function base32(bytes) {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.match(/.{1,5}/g).map((five) => alphabet[parseInt(five.padEnd(5, "0"), 2)]).join("");
}

export function framed(payload, version = 1) {
  const frame = [version, payload.length >> 8, payload.length & 255, ...payload];
  return `pp1${base32([...frame, ...page.bigEndian32(page.crc32c(frame))])}`;
}

export const identity = [...Array(48).keys()];
export const host = [0, 192, 0, 2, 17, 161, 18];

function text(characters) {
  return [characters.length, ...page.ascii(characters)];
}

export function relayed(transport, name, server = [4, 198, 51, 100, 1, 13, 150]) {
  const relayedAddress = [4, 198, 51, 100, 1, 234, 97];
  return framed([...identity, 2, 1, ...host, ...server, ...relayedAddress, 1, 4, 198, 51, 100, 1, 0, 0,
    ...text("1800028800:guest"), ...text("c2hvcnQ="), transport, ...text(name)]);
}

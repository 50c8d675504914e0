import assert from "node:assert/strict";
import test from "node:test";
import { framed, host, identity, relayed, small } from "./some_tickets.mjs";
import { hex, page } from "./the_page.mjs";

const now = 1_800_000_000;
function withExpiry(seconds) {
  return framed([...identity, 1, ...page.bigEndian32(seconds), 1, ...host]);
}

function kindOf(characters) {
  try {
    page.decodeTicket(characters, now);
  } catch (failure) {
    return failure.kind;
  }
  return "none";
}

test("a ticket is read as the program writes it", () => {
  const ticket = page.decodeTicket(small, now);
  assert.equal(hex(ticket.fingerprint), Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 7) & 255)).toString("hex"));
  assert.equal(hex(ticket.secret), Buffer.from(Array.from({ length: 16 }, (_, i) => 200 + i)).toString("hex"));
  assert.deepEqual(Array.from(ticket.candidates, ({ ip, port }) => `${ip} ${port}`), ["192.0.2.17 41234"]);
  assert.equal(ticket.relay, null);
  assert.equal(ticket.expiresAt, Infinity);
});

test("a ticket is read from an address and from a chat", () => {
  for (const around of [`#${small}`, `Look: ${small.toUpperCase()}. See you`, small.replace(/.{20}/g, "$&\n> "), small.replace(/.{20}/g, "$&%0A%E2%80%8B"),
    encodeURIComponent(`https://example.com/#${small}`), small.replace(/./g, (one) => `%${one.charCodeAt(0).toString(16)}`)])
    assert.equal(hex(page.decodeTicket(around, now).secret), hex(page.decodeTicket(small, now).secret), around);
});

test("a link whose # was escaped on its way leads to its ticket all the same", () => {
  for (const pathname of [`/%23${small}`, `/watch/%2523${small}`])
    assert.equal(hex(page.decodeTicket(page.ticketOf({ hash: "", pathname }), now).secret), hex(page.decodeTicket(small, now).secret), pathname);
  assert.equal(page.ticketOf({ hash: "", pathname: "/watch/" }), "");
  assert.equal(page.ticketOf({ hash: "#one", pathname: "/%23two" }), "#one");
});

test("a ticket with any one character changed is damaged", () => {
  for (let i = 3; i < small.length; i++) {
    const changed = small.slice(0, i) + (small[i] === "x" ? "y" : "x") + small.slice(i + 1);
    const kind = kindOf(changed);
    // A changed length may ask for more than is there.
    assert.ok(kind === "damaged" || (i < 8 && kind === "truncated"), `${i}: ${kind}`);
  }
});

test("a ticket that was cut anywhere lacks its end", () => {
  for (let length = 3; length < small.length; length++) assert.equal(kindOf(small.slice(0, length)), "truncated", `${length}`);
});

test("what is no ticket is told from none and from a later one", () => {
  assert.equal(kindOf("#"), "empty");
  assert.equal(kindOf("hello"), "foreign");
  assert.equal(kindOf(`pp2${small.slice(3)}`), "newer");
  assert.equal(kindOf(framed([...identity, 0, 1, ...host], 2)), "newer");
  assert.equal(kindOf(framed([...identity, 0, 9, ...host])), "damaged");
});

test("fields that a later version adds are passed over", () => {
  assert.equal(page.decodeTicket(framed([...identity, 0, 1, ...host, 9, 9, 9]), now).candidates.length, 1);
});

test("of several tickets the first that is still good is taken, else the one that was for longest", () => {
  const [old, older, good] = [now - 1, now - 9, now + 1].map(withExpiry);
  assert.equal(page.decodeTicket(`${older} ${good} ${small}`, now).expiresAt, now + 1);
  assert.equal(page.decodeTicket(`${older} ${old} ${older}`, now).expiresAt, now - 1);
});

test("addresses that are nobody's in particular are left out", () => {
  const addresses = [[0, 0, 0, 0, 0, 1, 1], [0, 0, 1, 2, 3, 1, 1], [0, 224, 0, 0, 1, 1, 1], [0, 255, 255, 255, 255, 1, 1], [0, 10, 0, 0, 1, 0, 0],
    [1, 255, 2, ...Array(14).fill(0), 1, 1], [1, ...Array(16).fill(0), 1, 1],
    [1, ...Array(10).fill(0), 255, 255, 239, 1, 1, 1, 1, 1], [6, 10, 0, 0, 1, 1, 1]];
  const last = [1, 0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), 0x17, 1, 0];
  const ticket = page.decodeTicket(framed([...identity, 0, addresses.length + 1, ...addresses.flat(), ...last]), now);
  assert.deepEqual(Array.from(ticket.candidates, ({ ip, port }) => [ip, port].join(" ")), ["2001:db8:0:0:0:0:0:17 256"]);
});

test("the host's addresses become candidates, what its relay leads to the last", () => {
  const lines = page.candidateLines(page.decodeTicket(relayed(1, ""), now));
  assert.deepEqual(Array.from(lines), ["candidate:1 1 udp 2130706431 192.0.2.17 41234 typ host",
    "candidate:2 1 udp 2130706175 198.51.100.1 60001 typ host"]);
});

test("the ticket's relay is the browser's, over what the ticket says", () => {
  const urls = (transport, name) => Array.from(page.iceServers(page.decodeTicket(relayed(transport, name), now).relay)[0].urls);
  assert.deepEqual(urls(1, ""), ["turn:198.51.100.1:3478?transport=udp"]);
  assert.deepEqual(urls(2, ""), ["turn:198.51.100.1:3478?transport=tcp"]);
  assert.deepEqual(urls(0, ""), ["turn:198.51.100.1:3478?transport=udp", "turn:198.51.100.1:3478?transport=tcp"]);
  assert.deepEqual(urls(3, "relay.example.net"), ["turns:relay.example.net:3478?transport=tcp"]);
  assert.deepEqual(urls(3, "a b?c"), ["turns:198.51.100.1:3478?transport=tcp"]);
  assert.equal(urls(200, "").length, 2);
  const [{ username, credential }] = page.iceServers(page.decodeTicket(relayed(1, ""), now).relay);
  assert.deepEqual([username, credential], ["1800028800:guest", "c2hvcnQ="]);
});

test("a relay of IPv6 is written in brackets, and one that is nobody's is left out", () => {
  const v6 = [6, 0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), 1, 13, 150];
  const { relay } = page.decodeTicket(relayed(1, "", v6), now);
  assert.equal(page.iceServers(relay)[0].urls[0], "turn:[2001:db8:0:0:0:0:0:1]:3478?transport=udp");
  assert.equal(page.decodeTicket(relayed(1, "", [4, 0, 0, 0, 0, 13, 150]), now).relay, null);
  assert.equal(page.iceServers(null).length, 0);
});

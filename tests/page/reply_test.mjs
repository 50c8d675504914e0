import assert from "node:assert/strict";
import test from "node:test";
import { Browser } from "./fake_browser.mjs";
import { relayed, small } from "./some_tickets.mjs";
import { hex, page } from "./the_page.mjs";

const outer = { protocol: "udp", address: "192.0.2.17", port: 41234 };
const { secret } = page.decodeTicket(small, 0);

function codeOf(...candidates) {
  return page.replyCode(page.addressesOf(candidates), secret);
}

/** The first attempt is over, and another one asks where we are. */
async function unanswered(hash) {
  const browser = new Browser({ hash: `#${hash}` });
  await browser.clock.advance(8501);
  assert.equal(browser.connections.length, 2);
  return browser;
}

test("a reply code is the one that the program makes", () => {
  // tests/unit/ticket/reply_code_test.cpp has the same.
  assert.equal(codeOf(outer), "ppr1cdaaaaqruejlulde2ze4qxvveu");
});

test("a reply code has each address once, IPv4 first", () => {
  const v6 = { protocol: "udp", address: "2001:db8::17", port: 1 };
  const other = { ...outer, port: 2 };
  assert.equal(codeOf(v6, outer, other, outer), codeOf(outer, other, v6));
  assert.equal(codeOf(outer, other).length, 40);
  assert.equal(codeOf(outer, v6).length, 59);
});

test("addresses of IPv6 are read as browsers write them", () => {
  const bytes = (text) => hex(page.bytesOfIp(text));
  assert.equal(bytes("2001:db8::17"), "20010db8000000000000000000000017");
  assert.equal(bytes("::1"), "00000000000000000000000000000001");
  assert.equal(bytes("fe80::"), "fe800000000000000000000000000000");
  assert.equal(bytes("1:2:3:4:5:6:7:8"), "00010002000300040005000600070008");
});

test("names, other protocols and nobody's addresses are in no code", () => {
  const useless = [{ address: "0a1b2c3d-0000-4000-8000-000000000000.local" }, { protocol: "tcp" }, { address: "0.0.0.0" },
    { address: "" }, { port: 0 }, { address: "255.255.255.255" }];
  for (const one of useless) assert.equal(page.addressesOf([{ ...outer, ...one }]).length, 0, JSON.stringify(one));
});

test("a viewer whom nobody answers shows a code, and looks for the host when it is told to", async () => {
  const browser = await unanswered(small);
  assert.match(browser.connection.configuration.iceServers[0].urls[0], /^stun:/);
  await browser.connection.gather(outer);
  assert.equal(browser.state, "reply");
  assert.equal(browser.element("code").textContent, "ppr1cdaaaaqruejlulde2ze4qxvveu");
  assert.deepEqual([browser.element("code").hidden, browser.element("go").hidden], [false, false]);
  await browser.clock.advance(600_000);
  assert.equal(browser.state, "reply");
  assert.equal(browser.connection.remote, undefined);  // browsers would give up meanwhile
  browser.element("go").onclick();
  await browser.play();
  assert.match(browser.connection.remote.sdp, /a=ice-lite/);
  assert.equal(browser.connections.length, 2);
  assert.equal(browser.state, "playing");
  assert.equal(browser.element("code").hidden, true);
});

test("a code that leads to nobody makes room for another", async () => {
  const browser = await unanswered(small);
  await browser.connection.gather(outer);
  await browser.clock.advance(600_000);
  browser.element("go").onclick();
  await browser.clock.advance(29_000);
  assert.equal(browser.state, "connecting");
  assert.equal(browser.connections.length, 2);
  await browser.clock.advance(2_001);
  assert.equal(browser.connections.length, 3);
  await browser.connection.gather({ ...outer, port: 2 });
  assert.equal(browser.state, "reply");
  assert.notEqual(browser.element("code").textContent, "ppr1cdaaaaqruejlulde2ze4qxvveu");
});

test("the code is copied by a button, and the next one is not said to be", async () => {
  const browser = await unanswered(small);
  await browser.connection.gather(outer);
  browser.element("copy").onclick();
  assert.equal(browser.copied, browser.element("code").textContent);
  assert.equal(browser.element("copy").textContent, "Copied");
  browser.element("go").onclick();
  await browser.clock.advance(31_000);
  await browser.connection.gather({ ...outer, port: 2 });
  assert.equal(browser.element("copy").textContent, "Copy the code");
});

test("without an address of ours the search goes on", async () => {
  const browser = await unanswered(small);
  await browser.clock.advance(5_000);
  assert.equal(browser.state, "connecting");
  assert.match(browser.connection.remote.sdp, /a=ice-lite/);
  await browser.play();
  assert.equal(browser.state, "playing");
});

test("a ticket with a relay needs no code", async () => {
  const browser = await unanswered(relayed(1, ""));
  await browser.connection.gather(outer);
  assert.equal(browser.state, "connecting");
  assert.match(browser.connection.configuration.iceServers[0].urls[0], /^turn:/);
});

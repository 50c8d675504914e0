import assert from "node:assert/strict";
import test from "node:test";
import { Browser, settled } from "./fake_browser.mjs";
import { withoutH264 } from "./some_offers.mjs";
import { relayed } from "./some_tickets.mjs";

async function playing() {
  const browser = new Browser();
  await browser.play();
  assert.equal(browser.state, "playing");
  return browser;
}

test("the host is looked for where the ticket says, and its first picture is playing", async () => {
  const browser = new Browser();
  assert.equal(browser.state, "connecting");
  await browser.connect();
  assert.deepEqual(browser.connection.candidates, ["candidate:1 1 udp 2130706431 192.0.2.17 41234 typ host"]);
  assert.equal(browser.state, "connecting");
  browser.showFrame();
  assert.equal(browser.state, "playing");
  assert.equal(browser.root.dataset.frames, "1");
});

test("the lag is half a round trip and what a picture takes here", async () => {
  const browser = await playing();
  browser.connection.stats.set("pair", { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.04 });
  await browser.clock.advance(900);
  for (const delay of [7, 9, 800]) browser.showFrame(delay);
  await browser.clock.advance(200);
  assert.equal(browser.root.dataset.lag, "30");  // the first picture's 10 is of this second, too: the median is 10
});

for (const [number, words] of [[1, /full/], [2, /lets nobody in/], [3, /expired/], [4, /removed/], [16, /no longer shared/],
  [17, /H\.264/], [99, /does not know/]])
  test(`a goodbye before the first picture is told: ${words.source}`, async () => {
    const browser = new Browser();
    await browser.connect();
    browser.connection.sayGoodbye(number);
    await browser.connection.closeDtls();
    assert.equal(browser.state, "error");
    assert.match(browser.words, words);
    assert.equal(browser.element("again").hidden, false);
  });

for (const [number, state, words] of [[0, "ended", /no longer shared/], [4, "ended", /removed/], [16, "ended", /no longer shared/], [1, "error", /full/]])
  test(`goodbye ${number} after the first picture is ${state}`, async () => {
    const browser = await playing();
    if (number !== 0) browser.connection.sayGoodbye(number);
    await browser.connection.closeDtls();
    assert.equal(browser.state, state);
    assert.match(browser.words, words);
  });

test("a connection closed without a word before the first picture was not let in", async () => {
  const browser = new Browser();
  await browser.connect();
  await browser.connection.closeDtls();
  assert.equal(browser.state, "error");
  assert.match(browser.words, /did not let you in/);
});

test("a goodbye counts where the closing was lost", async () => {
  const browser = await playing();
  browser.connection.sayGoodbye(4);
  await browser.clock.advance(500);
  assert.equal(browser.state, "ended");
  assert.equal(browser.connection.closed, true);
});

test("counts of an ordinary stream are no goodbye", async () => {
  const browser = await playing();
  for (const [packets, bytes] of [[0x50580004, 0x50580004], [4, 0x70697865], [0x50590004, 0x70697865], [0, 0]]) {
    browser.connection.report(packets, bytes);
    await browser.clock.advance(500);
    assert.equal(browser.state, "playing", `${packets} ${bytes}`);
  }
});

test("a line that is too slow for the picture is said as long as it is, also to who has not moved", async () => {
  const browser = await playing();
  const status = () => browser.element("status").textContent;
  await browser.clock.advance(4000);
  assert.equal(browser.root.classList.contains("idle"), true);
  browser.connection.report(0x80000123, 5000);
  await browser.clock.advance(500);
  assert.match(status(), /too slow/);
  assert.equal(browser.root.classList.contains("idle"), false);
  assert.equal(browser.state, "playing");
  browser.connection.report(0x124, 5100);
  await browser.clock.advance(500);
  assert.doesNotMatch(status(), /too slow/);
});

test("a line that is too slow before anything was shown is said without a picture's size", async () => {
  const browser = new Browser();
  browser.element("video").play = async () => { throw Object.assign(new Error("no"), { name: "NotAllowedError" }); };
  await browser.connect();
  await settled();
  browser.element("video").play = async () => {};
  browser.element("pause").onclick();
  browser.connection.report(0x80000123, 5000);
  await browser.clock.advance(500);
  assert.match(browser.element("status").textContent, /^Your line is too slow/);
});

test("a connection that takes another's place has not been called too slow yet", async () => {
  const browser = await playing();
  browser.connection.report(0x80000123, 5000);
  await browser.clock.advance(500);
  await browser.connection.become("failed");
  await browser.clock.advance(1);
  await browser.connect();
  browser.showFrame();
  await browser.clock.advance(1000);
  assert.equal(browser.state, "playing");
  assert.doesNotMatch(browser.element("status").textContent, /too slow/);
});

test("a browser that shows nothing before a click is told to be clicked, with or without a first picture", async () => {
  for (const first of [true, false]) {
    const browser = new Browser();
    browser.element("video").play = async () => { throw Object.assign(new Error("no"), { name: "NotAllowedError" }); };
    await browser.connect();
    await settled();
    if (first) browser.showFrame();
    assert.equal(browser.state, "paused");
    assert.match(browser.element("status").textContent, /press Go on/);
    assert.equal(browser.element("pause").textContent, "Go on");
    browser.element("video").play = async () => {};
    browser.element("pause").onclick();
    browser.showFrame();
    assert.equal(browser.state, "playing");
    browser.element("pause").onclick();
    assert.equal(browser.element("status").textContent, "Paused");
  }
});

test("a browser that refuses before the host is there says so once it is", async () => {
  const browser = new Browser();
  browser.element("video").play = async () => { throw Object.assign(new Error("no"), { name: "NotAllowedError" }); };
  await settled();
  browser.connection.ontrack({ track: {} });
  await settled();
  assert.equal(browser.state, "connecting");
  await browser.connection.become("connected");
  assert.equal(browser.state, "paused");
});

test("who was removed does not come back by itself", async () => {
  const browser = await playing();
  browser.connection.sayGoodbye(4);
  await browser.connection.closeDtls();
  await browser.clock.advance(600_000);
  assert.equal(browser.connections.length, 1);
  assert.equal(browser.state, "ended");
});

test("who has seen the picture looks on where it was, and is not asked for a code", async () => {
  const browser = await playing();
  await browser.connection.become("failed");
  await browser.clock.advance(30_000);
  assert.equal(browser.state, "connecting");
  assert.ok(browser.connections.length > 3, `${browser.connections.length}`);
  for (const { configuration } of browser.connections) assert.equal(configuration.iceServers.length, 0);
  await browser.play();
  assert.equal(browser.state, "playing");
});

test("a connection that was lost comes back as the same viewer", async () => {
  const browser = await playing();
  await browser.connection.become("failed");
  assert.equal(browser.state, "connecting");
  assert.match(browser.words, /lost/);
  assert.equal(browser.connection.closed, true);
  await browser.clock.advance(1);
  assert.equal(browser.connections.length, 2);
  await browser.play();
  assert.equal(browser.state, "playing");
  assert.equal(browser.certificates.length, 1);
  for (const { configuration } of browser.connections) assert.deepEqual([...configuration.certificates], browser.certificates);
  assert.notEqual(browser.connections[0].remote.sdp, browser.connections[1].remote.sdp);  // by another hello
});

test("the last picture of a connection that was lost is not taken for one of the next", async () => {
  const browser = await playing();
  await browser.connection.become("failed");
  await browser.clock.advance(1);
  assert.equal(browser.connections.length, 2);
  browser.showFrame();
  assert.equal(browser.state, "connecting");
  assert.match(browser.words, /lost/);
  assert.equal(browser.root.dataset.frames, "1");
  await browser.play();
  assert.equal(browser.state, "playing");
});

test("a certificate that has expired is made anew", async () => {
  const browser = await playing();
  browser.certificates[0].expires = Date.now() - 1;
  await browser.connection.become("failed");
  await browser.clock.advance(1);
  assert.deepEqual([...browser.connection.configuration.certificates], [browser.certificates[1]]);
});

test("a line that is back within two seconds goes on", async () => {
  const browser = await playing();
  await browser.connection.become("disconnected");
  await browser.clock.advance(1900);
  await browser.connection.become("connected");
  await browser.clock.advance(10_000);
  assert.equal(browser.state, "playing");
  assert.equal(browser.connections.length, 1);
});

test("a line that stays away for two seconds is looked for anew", async () => {
  const browser = await playing();
  await browser.connection.become("disconnected");
  await browser.clock.advance(2001);
  assert.equal(browser.state, "connecting");
  assert.equal(browser.connections.length, 2);
});

test("a host that reports, and of which nothing comes for three seconds, is looked for anew", async () => {
  const browser = await playing();
  const { connection } = browser;
  connection.report(1, 1);
  for (let bytes = 1; bytes <= 10; bytes++) {
    connection.stats.set("pair", { type: "candidate-pair", bytesReceived: bytes });
    await browser.clock.advance(1000);
  }
  assert.equal(browser.state, "playing");
  await browser.clock.advance(1900);
  assert.equal(browser.state, "playing");
  await browser.clock.advance(1000);
  assert.equal(browser.state, "connecting");
  assert.equal(connection.closed, true);
});

test("a host that has not begun to report may take its time", async () => {
  const browser = new Browser();
  await browser.connect();
  await browser.clock.advance(60_000);
  assert.equal(browser.state, "connecting");
  assert.equal(browser.connections.length, 1);
});

/** Packets of a picture have come. */
function receiveVideo(browser) {
  browser.connection.stats.set("video", { type: "inbound-rtp", kind: "video", packetsReceived: 7 });
}

test("a picture of which packets come and nothing is shown for ten seconds is asked for anew", async () => {
  const browser = new Browser();
  await browser.connect();
  receiveVideo(browser);
  const { connection } = browser;
  await browser.clock.advance(8000);
  assert.equal(browser.connection, connection);
  assert.match(browser.words, /Waiting for its picture/);
  await browser.clock.advance(3000);
  assert.notEqual(browser.connection, connection);
  assert.equal(connection.closed, true);
  assert.match(browser.words, /Trying once more/);
  await browser.play();
  assert.equal(browser.state, "playing");
});

test("a browser that shows nothing on three connections is said to be the reason", async () => {
  const browser = new Browser();
  for (let i = 0; i < 3; i++) {
    assert.equal(browser.state, "connecting");
    await browser.connect();
    receiveVideo(browser);
    await browser.clock.advance(11_000);
  }
  assert.equal(browser.state, "error");
  assert.match(browser.words, /another browser/);
  assert.equal(browser.element("again").hidden, false);
  assert.equal(browser.connections.length, 3);
  assert.equal(browser.connection.closed, true);
  await browser.clock.advance(60_000);
  assert.equal(browser.connections.length, 3);
});

test("a host that has no picture yet, and a page that nobody sees, may take their time", async () => {
  for (const prepare of [() => {}, receiveVideo]) {
    const browser = new Browser();
    browser.document.hidden = prepare === receiveVideo;
    await browser.connect();
    prepare(browser);
    await browser.clock.advance(300_000);
    assert.equal(browser.connections.length, 1);
    browser.showFrame();
    assert.equal(browser.state, "playing");
  }
});

test("an attempt without an answer makes room for another, until a minute is over", async () => {
  const browser = new Browser({ hash: `#${relayed(1, "")}` });
  await browser.clock.advance(8000);
  assert.equal(browser.connections.length, 1);
  assert.equal(browser.state, "connecting");
  await browser.clock.advance(501);
  assert.equal(browser.connections.length, 2);
  assert.equal(browser.connections[0].closed, true);
  await browser.clock.advance(70_000);
  assert.equal(browser.state, "error");
  assert.match(browser.words, /does not answer/);
  const before = browser.connections.length;
  await browser.clock.advance(100_000);
  assert.equal(browser.connections.length, before);
  browser.element("again").onclick();
  await browser.play();
  assert.equal(browser.state, "playing");
  assert.equal(browser.connections.length, before + 1);
});

test("nothing is heard of an attempt that was left for another ticket", async () => {
  const browser = await playing();
  const [left] = browser.connections;
  for (const listener of browser.listeners.hashchange) listener();
  await browser.connect();
  assert.equal(left.closed, true);
  left.sayGoodbye(4);
  await left.closeDtls();
  await browser.clock.advance(1000);
  assert.equal(browser.state, "connecting");
  browser.showFrame();
  assert.equal(browser.state, "playing");
});

test("a ticket that is changed at once makes one connection", async () => {
  const browser = new Browser();
  for (const listener of browser.listeners.hashchange) listener();
  await settled();
  assert.equal(browser.connections.length, 1);
});

test("a browser without H.264 is told what to do", async () => {
  const browser = new Browser({ offer: withoutH264 });
  await settled();
  assert.equal(browser.state, "error");
  assert.match(browser.words, /OpenH264/);
});

test("a browser that lacks what a call needs is told so in words, and what it lacks", async () => {
  const browser = new Browser();
  await settled();
  browser.connection.constructor.prototype.addTransceiver = undefined;
  for (const listener of browser.listeners.hashchange) listener();
  await settled();
  assert.equal(browser.state, "error");
  assert.match(browser.words, /This browser cannot show the screen.*another browser.*addTransceiver is not a function/);
});

test("without a ticket the page asks for one", () => {
  const browser = new Browser({ hash: "" });
  assert.equal(browser.state, "error");
  assert.equal(browser.element("paste").hidden, false);
  assert.equal(browser.connections.length, 0);
});

import assert from "node:assert/strict";
import test from "node:test";
import { Browser, settled } from "./fake_browser.mjs";
import { chromium, withoutH264 } from "./some_offers.mjs";
import { hex, page, unhex } from "./the_page.mjs";

/** Numbers come in this order, keyframes with a K; what is given on for each. */
function ordered(...arrivals) {
  const order = page.makeOrder();
  return arrivals.map((arrival) => Array.from(order(parseInt(arrival, 10), arrival.endsWith("K"), arrival), (one) => one.picture).join(" "));
}

test("pictures begin with a keyframe and are given on in their order", () => {
  assert.deepEqual(ordered("4", "5K", "7", "6", "8"), ["", "5K", "", "6 7", "8"]);
});

test("one that comes again, or when it is over, is left out", () => {
  assert.deepEqual(ordered("5K", "6", "5K", "6", "7"), ["5K", "6", "", "", "7"]);
});

test("one that is lost is waited for until eight wait behind it, and then for the next keyframe", () => {
  assert.deepEqual(ordered("1K", "3", "4", "5", "6K", "7", "8", "9", "10", "11", "2"),
    ["1K", "", "", "", "", "", "", "", "", "6K 7 8 9 10 11", ""]);
  assert.deepEqual(ordered("1K", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13K", "14"),
    ["1K", "", "", "", "", "", "", "", "", "", "", "13K", "14"]);
});

test("a wrapped picture has its number behind ten bytes, and H.264 behind that", () => {
  const key = page.unwrap(unhex("100000" + "9d012a" + "0005d002" + "00000102" + "00000001650102").buffer);
  assert.deepEqual([key.isKey, key.number, hex(key.picture)], [true, 258, "00000001650102"]);
  assert.equal(page.unwrap(unhex("11" + "00".repeat(9) + "00000103" + "0000000141").buffer).isKey, false);
  for (const size of [0, 10, 14]) assert.equal(page.unwrap(new Uint8Array(size).buffer), null);
});

test("H.264 comes as VP8 where the browser takes none and the page can decode it", () => {
  const offer = page.readOffer(withoutH264, true);
  assert.deepEqual([offer.video.type, offer.video.rtx, offer.video.wrapped], [120, 124, true]);
  const hello = page.makeHello(new Uint8Array(16), offer, "Firefox/153", 0, new Uint8Array(5));
  assert.equal(Buffer.from(hello.ufrag, "base64")[38], 1);
  const lines = page.writeAnswer(offer, hello, new Uint8Array(32)).split("\r\n");
  for (const line of ["m=video 9 UDP/TLS/RTP/SAVPF 120 124", "a=rtpmap:120 VP8/90000", "a=fmtp:124 apt=120", "a=rtcp-fb:120 nack"])
    assert.ok(lines.includes(line), line);
  assert.ok(!lines.some((line) => /H264|fmtp:120/.test(line)));
});

test("a browser that takes H.264 gets it as it is", () => {
  assert.deepEqual(page.readOffer(chromium, true), page.readOffer(chromium));
});

test("a picture that is held goes its time after it came, and none before its forerunner", () => {
  const timers = [];
  let now = 0;
  Object.assign(page, { performance: { now: () => now }, setTimeout: (run, delay) => timers.push({ run, at: now + delay }) });
  const gone = [];
  const queue = page.makeQueue((one) => gone.push(`${one} at ${now}`));
  const runUntil = (end) => {
    for (; timers.length > 0 && timers[0].at <= end; timers.shift()) {
      now = timers[0].at;
      timers[0].run();
    }
    now = end;
  };
  queue("1", 0);
  runUntil(10);
  queue("2", 50);
  runUntil(20);
  queue("3", 50);
  queue("4", 0);
  runUntil(65);
  queue("5", 0);
  assert.deepEqual(gone, ["1 at 0", "2 at 60"]);
  runUntil(100);
  assert.deepEqual(gone, ["1 at 0", "2 at 60", "3 at 70", "4 at 70", "5 at 70"]);
  queue("6", 0);
  assert.equal(gone.at(-1), "6 at 100");
});

/** The only one that has a canvas. */
function decoderOf(browser) {
  const [decoder, ...others] = browser.workers.filter(({ said }) => said.some(({ canvas }) => canvas));
  assert.equal(others.length, 0);
  return decoder;
}

test("wrapped pictures are the page's, and count as others do", async () => {
  const browser = new Browser({ offer: withoutH264, decodes: true });
  await browser.connect();
  const worker = decoderOf(browser);
  assert.equal(browser.connection.receivers.video.transform.worker, worker);
  assert.equal(browser.element("canvas").hidden, false);
  assert.equal(browser.state, "connecting");
  worker.onmessage({ data: { width: 640, height: 360, delay: 9 } });
  assert.equal(browser.state, "playing");
  assert.equal(browser.root.dataset.frames, "1");
  browser.element("pause").onclick();
  assert.deepEqual({ ...worker.said.at(-1) }, { paused: true });
  browser.element("pause").onclick();
  assert.deepEqual({ ...worker.said.at(-1) }, { paused: false });
  await browser.connection.become("failed");
  await browser.clock.advance(1);
  assert.equal(browser.connection.receivers.video.transform.worker, worker);
  assert.equal(decoderOf(browser), worker);
});

test("a decoder that fails is told of", async () => {
  const browser = new Browser({ offer: withoutH264, decodes: true });
  await browser.connect();
  decoderOf(browser).onmessage({ data: { error: "no such codec" } });
  assert.equal(browser.state, "error");
  assert.match(browser.words, /cannot take H\.264/);
  await settled();
  assert.equal(browser.connection.closed, true);
});

test("a decoder that fails once it has shown pictures is begun anew", async () => {
  const browser = new Browser({ offer: withoutH264, decodes: true });
  await browser.connect();
  const worker = decoderOf(browser);
  worker.onmessage({ data: { width: 640, height: 360, delay: 9 } });
  worker.onmessage({ data: { error: "a picture that is broken" } });
  await browser.clock.advance(1);
  assert.equal(browser.connections.length, 2);
  await browser.connect();
  worker.onmessage({ data: { width: 640, height: 360, delay: 9 } });
  assert.equal(browser.state, "playing");
});

import assert from "node:assert/strict";
import test from "node:test";
import { Browser } from "./fake_browser.mjs";
import { withoutH264 } from "./some_offers.mjs";
import { page } from "./the_page.mjs";

/** What comes back of a moment of the host's clock, in milliseconds, that began long ago. */
const pictureTime = (ms) => Math.round(ms * 90) >>> 0;
const soundTime = (ms) => Math.round(ms * 48) >>> 0;

test("picture and sound of one moment are no time apart, whichever clock has run over", () => {
  for (const hours of [0, 1, 13.2, 13.3, 24.8, 24.9, 100, 1000]) {
    const at = hours * 3600 * 1000;
    assert.equal(page.sinceInStream(soundTime(at), pictureTime(at)), 0, `${hours} hours`);
    assert.equal(page.sinceInStream(soundTime(at + 50), pictureTime(at)), 50, `${hours} hours`);
    assert.equal(page.sinceInStream(soundTime(at), pictureTime(at + 50)), -50, `${hours} hours`);
  }
});

test("sound is late by what it is heard later than the picture of its moment", () => {
  const picture = { rtpTime: pictureTime(5000), atMs: 100 };
  assert.equal(page.soundAfterPicture({ rtpTime: soundTime(5000), atMs: 190 }, picture), 90);
  assert.equal(page.soundAfterPicture({ rtpTime: soundTime(5060), atMs: 110 }, picture), -50);
});

for (const [hold, late, next, why] of [[0, 30, 0, "hardly late"], [0, 75, 20, "half of what is too much"], [0, 500, 50, "as fast as browsers follow"],
  [80, 20, 80, "in step"], [80, 15, 70, "early"], [140, 200, 150, "at most so long"], [20, -100, 0, "not before its time"], [8, 0, 0, "no little rest"]])
  test(`pictures that waited ${hold} ms for sound that is ${late} ms late wait ${next} ms: ${why}`, () => {
    assert.equal(page.nextHold(hold, late), next);
  });

const mayBeLateMs = 35;  // which nobody notices
const outputMs = 35;  // what the page believes where it is not told

function heldBy(worker) {
  return worker?.said.findLast(({ holdMs }) => holdMs !== undefined)?.holdMs ?? 0;
}

/** A browser that plays sound `late` ms after the picture where that does not wait; undefined: there is none. */
class Listening {
  late = 100;

  async begin(userAgent) {
    this.browser = new Browser({ decodes: true, userAgent });
    await this.browser.play();
    const { sound } = this.browser.connection.receivers;
    sound.getSynchronizationSources = () => (this.late === undefined ? [] : [{
      timestamp: Date.now(), rtpTimestamp: soundTime(this.browser.clock.now + outputMs - this.late) }]);
    return this;
  }
  get hold() { return heldBy(this.browser.workers.at(-1)); }
  press() { this.browser.element("sound").onclick(); }
  async watch(ms) {
    for (let i = 0; i < ms / 20; i++) {
      await this.browser.clock.advance(20);
      this.browser.showFrame(10, pictureTime(this.browser.clock.now - this.hold));
    }
  }
}

test("pictures wait for sound that is heard until it is with them", async () => {
  const one = await new Listening().begin();
  one.press();
  await one.watch(4000);
  assert.ok(Math.abs(one.late - one.hold - mayBeLateMs) <= 15, `${one.hold} ms`);
});

test("pictures do not wait for sound that is not heard", async () => {
  const one = await new Listening().begin();
  await one.watch(2000);
  assert.equal(one.hold, 0);
  one.press();
  await one.watch(2000);
  assert.notEqual(one.hold, 0);
  one.press();
  await one.watch(600);
  assert.equal(one.hold, 0);
});

test("pictures wait no longer when sound is quicker, or ends", async () => {
  const one = await new Listening().begin();
  one.press();
  await one.watch(4000);
  const before = one.hold;
  one.late = 60;
  await one.watch(4000);
  assert.ok(one.hold > 0 && one.hold < before, `${before} ms, then ${one.hold} ms`);
  one.late = undefined;
  await one.watch(1000);
  assert.equal(one.hold, 0);
});

test("what a browser says of its way to the loudspeaker counts", async () => {
  const one = await new Listening().begin();
  one.press();
  one.late = 20;
  const { stats } = one.browser.connection;
  for (let i = 0; i < 60; i++) {
    stats.set("playout", { type: "media-playout", totalPlayoutDelay: i * 480 * 0.08, totalSamplesCount: i * 480 });
    await one.watch(100);
  }
  assert.ok(Math.abs(20 + 80 - outputMs - one.hold - mayBeLateMs) <= 15, `${one.hold} ms: 45 ms more than was believed`);
});

test("pictures that the page decodes wait as well", async () => {
  const browser = new Browser({ offer: withoutH264, decodes: true });
  await browser.connect();
  const worker = browser.workers.at(-1);
  browser.connection.receivers.sound.getSynchronizationSources = () =>
    [{ timestamp: Date.now(), rtpTimestamp: soundTime(browser.clock.now + outputMs - 100) }];
  worker.onmessage({ data: { width: 640, height: 360, delay: 9 } });
  browser.element("sound").onclick();
  for (let i = 0; i < 200; i++) {
    await browser.clock.advance(20);
    worker.onmessage({ data: { width: 640, height: 360, delay: 9, rtpTime: pictureTime(browser.clock.now - heldBy(worker)) } });
  }
  assert.ok(Math.abs(100 - heldBy(worker) - mayBeLateMs) <= 15, `${heldBy(worker)} ms`);
});

test("Chromium takes what holds pictures from their beginning on, and gives it up with the connection", async () => {
  const { browser } = await new Listening().begin();
  const [worker] = browser.workers;
  assert.equal(browser.connection.receivers.video.transform.worker, worker);
  await browser.connection.become("failed");
  assert.equal(worker.terminated, true);
});

test("Firefox is given it where there is something to hold", async () => {
  const one = await new Listening().begin("Firefox/153");
  assert.equal(one.browser.workers.length, 0);
  one.press();
  await one.watch(4000);
  assert.equal(one.browser.workers.length, 1);
  assert.ok(Math.abs(one.late - one.hold - mayBeLateMs) <= 15, `${one.hold} ms`);
});

test("WebKit is left to itself, whatever it is called", async () => {
  for (const userAgent of ["Version/18.0 Safari/605", "CriOS/140 Mobile/15E148 Safari/604", "FxiOS/143 Mobile", "Mobile/15E148"]) {
    const browser = new Browser({ decodes: true, userAgent });
    await browser.play();
    assert.equal(browser.workers.length, 0, userAgent);
    assert.match(browser.connection.remote.sdp, /msid:screen audio/, userAgent);
  }
});

test("a browser that tells nothing of its sound shows pictures at once", async () => {
  const one = await new Listening().begin();
  delete one.browser.connection.receivers.sound.getSynchronizationSources;
  one.press();
  await one.watch(2000);
  assert.equal(one.hold, 0);
});

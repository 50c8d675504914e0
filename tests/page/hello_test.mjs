import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import test from "node:test";
import { hex, page } from "./the_page.mjs";
import { chromium, firefox, withoutH264 } from "./some_offers.mjs";

const secret = Uint8Array.from({ length: 16 }, (_, i) => 200 + i);
const fingerprint = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
const random = Uint8Array.of(1, 2, 3, 4, 5);
const seconds = 0xf0010203;

function helloOf(sdp, userAgent = "Chrome/156") {
  return page.makeHello(secret, page.readOffer(sdp), userAgent, seconds, random);
}

function answerTo(sdp) {
  const offer = page.readOffer(sdp);
  return page.writeAnswer(offer, helloOf(sdp), fingerprint).split("\r\n");
}

test("the hello says all that the host has to know, in 64 characters", () => {
  const { ufrag } = helloOf(chromium);
  assert.equal(ufrag.length, 64);
  const certificate = Array.from({ length: 32 }, (_, i) => (i + 16).toString(16)).join("");
  assert.equal(Buffer.from(ufrag, "base64").toString("hex"), `01${certificate}6d726f450104f00102030102030405`);
});

test("the password is the ticket's secret's word on the hello", () => {
  const { ufrag, pwd } = helloOf(chromium);
  const key = createHmac("sha256", secret).update("pixelpass web ice 1").digest();
  assert.equal(pwd, createHmac("sha256", key).update(ufrag).digest().subarray(0, 24).toString("base64"));
  assert.equal(pwd.length, 32);
});

test("the kind of browser and a phone are told by what they call themselves", () => {
  const kindAndFlags = (userAgent) => hex(Buffer.from(helloOf(chromium, userAgent).ufrag, "base64").subarray(37, 39));
  assert.equal(kindAndFlags("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"), "0104");
  assert.equal(kindAndFlags("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"), "0204");
  assert.equal(kindAndFlags("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile/15E148 Safari/604.1"), "0306");
  assert.equal(kindAndFlags("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0"), "0404");
  assert.equal(kindAndFlags("Mozilla/5.0 (Linux; Android 10; K) Chrome/156.0.0.0 Mobile Safari/537.36"), "0106");
  assert.equal(kindAndFlags("curl"), "0004");
});

test("H.264 is taken as constrained baseline in packetization mode 1, with what resends it", () => {
  const { video, audio } = page.readOffer(chromium);
  assert.deepEqual([video.type, video.rtx, video.playoutDelay, audio.type], [109, 114, 5, 111]);
});

test("an offer of Firefox's is read, too", () => {
  const { video, audio, sections } = page.readOffer(firefox);
  assert.deepEqual([video.type, video.rtx, video.playoutDelay, audio.type], [126, 127, 7, 109]);
  assert.deepEqual(Array.from(sections, ({ kind, mid }) => kind + mid), ["video0", "audio1"]);
});

test("a browser without H.264 is told from one with it", () => {
  assert.equal(page.readOffer(withoutH264).video, null);
});

test("an extension that does not fit into a short header is left out", () => {
  assert.equal(page.readOffer(chromium.replace("a=extmap:5 ", "a=extmap:14 ")).video.playoutDelay, 14);
  assert.equal(page.readOffer(chromium.replace("a=extmap:5 ", "a=extmap:15 ")).video.playoutDelay, 0);
});

test("packets are numbered for who says what of them has come, those of sound too where it offers so under the same id", () => {
  const numbers = (sdp) => {
    const { video, audio } = page.readOffer(sdp);
    return [video.transport, audio.transport];
  };
  assert.deepEqual(numbers(chromium), [4, 4]);
  assert.deepEqual(numbers(firefox), [6, 0]);
  assert.deepEqual(numbers(chromium.replace("a=rtcp-fb:109 transport-cc", "a=rtcp-fb:107 transport-cc")), [0, 0]);
  assert.deepEqual(numbers(chromium.replace("a=extmap:4 ", "a=extmap:15 ")), [0, 0]);
  assert.deepEqual(numbers(chromium.replace("a=rtcp-fb:109 transport-cc", "a=rtcp-fb:* transport-cc")), [4, 4]);
  const hello = Buffer.from(helloOf(firefox).ufrag, "base64");
  assert.deepEqual([hello[36], hello[38]], [0x67, 0]);
});

test("the answer takes the numbers for picture and sound as they were offered", () => {
  const line = (id) => `a=extmap:${id} http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`;
  const count = (sdp, wanted) => answerTo(sdp).filter((other) => other === wanted).length;
  assert.equal(count(chromium, line(4)), 2);
  for (const type of [109, 111]) assert.equal(count(chromium, `a=rtcp-fb:${type} transport-cc`), 1);
  assert.equal(count(firefox, line(6)), 1);
  assert.equal(count(firefox, "a=rtcp-fb:109 transport-cc"), 0);
});

test("a profile other than constrained baseline is taken where there is no better", () => {
  assert.equal(page.readOffer(chromium.replace("packetization-mode=1;profile-level-id=42e01f", "packetization-mode=0")).video.type, 103);
});

test("the answer is the host's: lite, passive, with its fingerprint, sending only", () => {
  const lines = answerTo(chromium);
  const colons = hex(fingerprint).toUpperCase().match(/../g).join(":");
  assert.equal(lines.filter((line) => line === `a=fingerprint:sha-256 ${colons}`).length, 2);
  for (const line of ["a=ice-lite", "a=group:BUNDLE 0 1"]) assert.equal(lines.filter((other) => other === line).length, 1, line);
  for (const line of ["a=setup:passive", "a=sendonly", "a=rtcp-mux", `a=ice-ufrag:${helloOf(chromium).ufrag}`])
    assert.equal(lines.filter((other) => other === line).length, 2, line);
  assert.equal(lines.at(-1), "");
});

test("the answer takes H.264 as offered, resending, and no delay for smoothness", () => {
  const lines = answerTo(chromium);
  for (const line of ["m=video 9 UDP/TLS/RTP/SAVPF 109 114", "a=rtpmap:109 H264/90000",
    "a=fmtp:109 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", "a=fmtp:114 apt=109",
    "a=rtcp-fb:109 nack", "a=rtcp-fb:109 nack pli", "a=rtcp-fb:109 ccm fir",
    "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "a=ssrc-group:FID 1347944449 1347944450", "a=ssrc:1347944451 cname:host", "m=audio 9 UDP/TLS/RTP/SAVPF 111"])
    assert.ok(lines.includes(line), line);
});

test("picture and sound are one stream, or, where the page holds pictures, have nothing to do with each other", () => {
  const offer = page.readOffer(firefox);
  const msids = () => page.writeAnswer(offer, { ufrag: "u", pwd: "p" }, new Uint8Array(32)).match(/a=msid:.*/g);
  assert.deepEqual(msids(), ["a=msid:screen video", "a=msid:screen audio"]);
  offer.apart = true;
  assert.deepEqual(msids(), ["a=msid:screen video", "a=msid:sound audio"]);
});

test("what a browser does not offer is not answered", () => {
  const bare = chromium.replace(/a=extmap:[45].*\r\n/g, "").replace("a=fmtp:114 apt=109", "a=fmtp:114 apt=1090").replace("opus", "opera");
  const lines = answerTo(bare);
  assert.ok(lines.includes("m=video 9 UDP/TLS/RTP/SAVPF 109"));
  assert.ok(lines.includes("m=audio 0 UDP/TLS/RTP/SAVPF 0"));
  assert.ok(lines.includes("a=group:BUNDLE 0"));
  assert.ok(!lines.some((line) => /extmap|transport|rtx|FID|opus/.test(line)));
});

test("the browser's offer asks for sound from both sides", () => {
  assert.match(page.inStereo(chromium), /\r\na=fmtp:111 stereo=1;minptime=10;useinbandfec=1\r\n/);
  const asked = chromium.replace("useinbandfec=1", "stereo=1;useinbandfec=1");
  assert.equal(page.inStereo(asked), asked);
});

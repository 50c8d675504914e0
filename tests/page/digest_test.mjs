import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import test from "node:test";
import { hex, page, unhex } from "./the_page.mjs";

function bytesUpTo(count) {
  return Uint8Array.from({ length: count }, (_, i) => (i * 31 + count) & 255);
}

test("SHA-256 gives what its standard gives", () => {
  assert.equal(hex(page.sha256(page.ascii("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(hex(page.sha256(page.ascii(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("SHA-256 is right for every length around its blocks", () => {
  for (let length = 0; length < 200; length++) {
    const message = bytesUpTo(length);
    assert.equal(hex(page.sha256(message)), createHash("sha256").update(message).digest("hex"), `${length} bytes`);
  }
});

test("HMAC gives what RFC 4231 gives", () => {
  const key = page.ascii("Jefe");
  const expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  assert.equal(hex(page.hmac(key, page.ascii("what do ya want for nothing?"))), expected);
});

test("HMAC is right for keys shorter and longer than a block", () => {
  for (const length of [0, 16, 63, 64, 65, 131]) {
    const key = bytesUpTo(length);
    const message = bytesUpTo(90);
    assert.equal(hex(page.hmac(key, message)), createHmac("sha256", key).update(message).digest("hex"), `${length} bytes`);
  }
});

test("CRC-32C gives what RFC 9260 and iSCSI's vectors give", () => {
  assert.equal(page.crc32c(page.ascii("123456789")), 0xe3069283);
  assert.equal(page.crc32c(unhex("00".repeat(32))), 0x8a9136aa);
});

import assert from "node:assert/strict";
import test from "node:test";
import { contentOf, cspHash, html, page } from "./the_page.mjs";

test("the browser runs this script and this style alone", () => {
  for (const tag of ["script", "style"]) assert.ok(html.includes(`${tag}-src '${cspHash(contentOf(tag))}'`), `${tag}: ${cspHash(contentOf(tag))}`);
  assert.match(html, /content="default-src 'none'; /);
  assert.doesNotMatch(html, /unsafe-|\son\w+=|style="/);
});

test("a browser that cannot read the script shows a word of it, and no other does", () => {
  assert.match(html, /<p id="old">This browser is too old/);
  assert.match(contentOf("style"), /\[data-state\] #old \{ display: none; \}/);
});

test("the page asks for nothing from anywhere and keeps nothing", () => {
  assert.doesNotMatch(html, /\b(src|href)=|url\(|fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import\(/);
  assert.doesNotMatch(html, /localStorage|sessionStorage|indexedDB|cookie/);
});

test("what it was given is never parsed as HTML", () => {
  assert.doesNotMatch(html, /innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|eval\(|new Function/);
});

test("a first attempt comes at once, later ones ever more rarely, and never less than every four seconds", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map((failures) => page.retryDelayMs(failures)), [0, 500, 1000, 2000, 4000, 4000, 4000]);
});

test("the host is looked for as long as a minute", () => {
  assert.equal(page.afterFailure(1000, 60_999), "connecting");
  assert.equal(page.afterFailure(1000, 61_000), "error");
});

test("the median is not moved by one that is far off", () => {
  assert.equal(page.median([3, 900, 1]), 3);
  assert.ok(Number.isNaN(page.median([])));
});

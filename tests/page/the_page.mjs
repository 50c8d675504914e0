// The page's own functions, taken out of the file that browsers get and run without a document.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import vm from "node:vm";

export const html = readFileSync(process.env.PIXELPASS_PAGE, "utf8");

/** What is between a tag and its end; the page has one of each. */
export function contentOf(tag) {
  const parts = html.split(`<${tag}>`);
  if (parts.length !== 2) throw new Error(`${parts.length - 1} times <${tag}>`);
  return parts[1].split(`</${tag}>`)[0];
}

export const page = vm.createContext({ btoa, TextDecoder });
vm.runInContext(contentOf("script"), page, { filename: "page.html" });

export function hex(bytes) {
  return Buffer.from(bytes).toString("hex");
}

export function unhex(text) {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

export function cspHash(text) {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

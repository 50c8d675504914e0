// A browser that does what its test says: the page runs in it as a whole, with the test's clock.
import { webcrypto as crypto } from "node:crypto";  // Node 18 has no global one
import vm from "node:vm";
import { chromium } from "./some_offers.mjs";
import { small } from "./some_tickets.mjs";
import { contentOf } from "./the_page.mjs";

/** What was promised by now has been kept. */
export function settled() {
  return new Promise((done) => setImmediate(done));
}

class Clock {
  now = 1000;
  timers = new Map();
  last = 0;

  add(run, delay, again) {
    this.timers.set(++this.last, { run, at: this.now + delay, again: again ? delay : 0 });
    return this.last;
  }

  remove(id) { this.timers.delete(id); }

  /** Timers ring one after the other, and what each begins is waited for. */
  async advance(ms) {
    const end = this.now + ms;
    for (;;) {
      await settled();
      const [next] = [...this.timers].sort(([, a], [, b]) => a.at - b.at);
      if (!next || next[1].at > end) break;
      const [id, timer] = next;
      this.now = timer.at;
      if (timer.again) timer.at += timer.again;
      else this.timers.delete(id);
      timer.run();
    }
    this.now = end;
  }
}

class Element {
  constructor(id) {
    this.id = id;
    this.dataset = {};
    this.textContent = "";
    this.value = "";
    this.hidden = false;
    this.muted = true;
    this.shown = [];
    const classes = new Set();
    this.classList = {
      add: (name) => classes.add(name), remove: (name) => classes.delete(name), contains: (name) => classes.has(name),
      toggle: (name, on = !classes.has(name)) => (on ? classes.add(name) : classes.delete(name)),
    };
  }
  addEventListener() {}
  prepend() {}
  focus() {}
  transferControlToOffscreen() { return {}; }
  pause() { this.paused = true; }
  async play() { this.paused = false; }
  requestVideoFrameCallback(callback) { this.onFrame = callback; }
}

/** Its test says how it fares. */
class Connection {
  constructor(configuration, offer) {
    this.configuration = configuration;
    this.offer = offer;
    this.connectionState = "new";
    this.stats = new Map();
    this.candidates = [];
    this.receivers = {};
    this.transport = { state: "new", addEventListener: (_, listener) => { this.transport.changed = listener; } };
  }
  addTransceiver(kind) {
    const receiver = { transport: this.transport, jitterBufferTarget: null };
    this.receivers[kind === "video" ? "video" : "sound"] = receiver;
    return { receiver };
  }
  async createOffer() { return { type: "offer", sdp: this.offer }; }
  async setLocalDescription(description) { this.local = description; }
  async setRemoteDescription(description) { this.remote = description; }
  async addIceCandidate({ candidate }) { this.candidates.push(candidate); }
  async getStats() { return this.stats; }
  close() { this.closed = true; }

  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
    return settled();
  }
  /** Its own addresses, as servers have told them. */
  gather(...candidates) {
    for (const candidate of candidates) this.onicecandidate({ candidate });
    this.onicecandidate({ candidate: null });
    this.iceGatheringState = "complete";
    this.onicegatheringstatechange?.();
    return settled();
  }
  closeDtls() {
    this.transport.state = "closed";
    this.transport.changed?.();
    return settled();
  }
  /** A sender report has come. */
  report(packetsSent, bytesSent) {
    this.stats.set("report", { type: "remote-outbound-rtp", packetsSent, bytesSent });
  }
  sayGoodbye(number) { this.report(0x50580000 | number, 0x70697865); }
}

export class Browser {
  /** `decodes`: pages can decode H.264 in it, and hold what comes. */
  constructor({ offer = chromium, hash = `#${small}`, decodes = false, userAgent = "Chrome/156" } = {}) {
    this.userAgent = userAgent;
    this.clock = new Clock();
    this.connections = [];
    this.certificates = [];
    this.workers = [];
    this.elements = {};
    this.listeners = {};
    this.root = new Element("root");
    this.location = { hash, pathname: "/" };
    this.document = {
      hidden: false, documentElement: this.root, getElementById: (id) => this.element(id),
      execCommand: (what) => { if (what === "copy") this.copied = this.selected; return what === "copy"; },
    };
    vm.runInContext(contentOf("script"), vm.createContext({ ...this.globals(offer), ...(decodes ? this.decoding() : {}) }), { filename: "page.html" });
  }

  globals(offer) {
    const { clock } = this;
    const later = (again) => (run, delay) => clock.add(run, delay, again);
    const browser = this;
    class RTCPeerConnection extends Connection {
      constructor(configuration) {
        super(configuration, offer);
        browser.connections.push(this);
      }
      static async generateCertificate() {
        browser.certificates.push({ expires: Infinity });
        return browser.certificates.at(-1);
      }
    }
    return {
      RTCPeerConnection, MediaStream: class { addTrack() {} }, btoa, TextDecoder, crypto, location: this.location,
      document: this.document,
      getSelection: () => ({ selectAllChildren: (element) => { this.selected = element.textContent; } }),
      navigator: { userAgent: this.userAgent }, performance: { now: () => clock.now },
      addEventListener: (kind, listener) => { (this.listeners[kind] ??= []).push(listener); },
      setTimeout: later(false), setInterval: later(true),
      clearTimeout: (id) => clock.remove(id), clearInterval: (id) => clock.remove(id),
    };
  }

  decoding() {
    const { workers } = this;
    class Worker {
      said = [];
      constructor() { workers.push(this); }
      postMessage(message) { this.said.push(message); }
      terminate() { this.terminated = true; }
    }
    class RTCRtpScriptTransform {
      constructor(worker) { this.worker = worker; }
    }
    const VideoDecoder = { isConfigSupported: async () => ({ supported: true }) };
    return { Worker, RTCRtpScriptTransform, VideoDecoder, Blob, URL: { createObjectURL: () => "blob:" } };
  }

  element(id) { return (this.elements[id] ??= new Element(id)); }
  get state() { return this.root.dataset.state; }
  get words() { return this.element("words").textContent; }
  get connection() { return this.connections.at(-1); }

  /** A picture is shown that took `delay` milliseconds from its last packet. */
  showFrame(delay = 10, rtpTimestamp = undefined) {
    const { now } = this.clock;
    this.element("video").onFrame(now, { receiveTime: now - delay, expectedDisplayTime: now, rtpTimestamp });
  }

  async connect() {
    await settled();
    await this.connection.become("connected");
    this.connection.ontrack({ track: {} });
  }

  async play() {
    await this.connect();
    this.showFrame();
  }
}

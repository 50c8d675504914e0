// What browsers offer for a picture and a sound to receive, but for lines that the page does not look at.

const head = ["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0"];
const certificate = Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(":");
const transport = ["c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:uFr4", "a=ice-pwd:aPasswordOfTheBrowser123",
  `a=fingerprint:sha-256 ${certificate}`, "a=setup:actpass", "a=recvonly", "a=rtcp-mux"];

/** As Chromium 156 on Debian. */
export const chromium = [...head, "a=group:BUNDLE 0 1", "a=msid-semantic: WMS",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107 108 109 114", ...transport, "a=mid:0",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:toffset",
  "a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  "a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
  "a=rtpmap:103 H264/90000", "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
  "a=rtpmap:104 rtx/90000", "a=fmtp:104 apt=103",
  "a=rtpmap:107 H264/90000", "a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
  "a=rtpmap:108 rtx/90000", "a=fmtp:108 apt=107",
  "a=rtpmap:109 H264/90000", "a=rtcp-fb:109 transport-cc", "a=fmtp:109 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
  "a=rtpmap:114 rtx/90000", "a=fmtp:114 apt=109",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63", ...transport, "a=mid:1",
  "a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:63 red/48000/2", ""].join("\r\n");

/** As Firefox 153 with OpenH264: the session's own line has the fingerprint, and the extension a direction. */
export const firefox = [...head, `a=fingerprint:sha-256 ${certificate}`, "a=group:BUNDLE 0 1", "a=msid-semantic:WMS *",
  "m=video 9 UDP/TLS/RTP/SAVPF 120 124 126 127", "c=IN IP4 0.0.0.0", "a=recvonly", "a=mid:0",
  "a=extmap:6 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "a=extmap:7/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  "a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1",
  "a=fmtp:124 apt=120", "a=fmtp:127 apt=126",
  "a=rtpmap:120 VP8/90000", "a=rtpmap:124 rtx/90000", "a=rtpmap:126 H264/90000", "a=rtcp-fb:126 transport-cc", "a=rtpmap:127 rtx/90000",
  "m=audio 9 UDP/TLS/RTP/SAVPF 109 9", "c=IN IP4 0.0.0.0", "a=recvonly", "a=mid:1",
  "a=rtpmap:109 opus/48000/2", "a=rtpmap:9 G722/8000/1", ""].join("\r\n");

/** As Debian's Firefox, which has no OpenH264. */
export const withoutH264 = firefox.replace(" 126 127", "").split("\r\n").filter((line) => !/:12[67] |=127/.test(line)).join("\r\n");

#pragma once

#include "pixelpass/base/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pixelpass::publish {

enum class Protocol : std::uint8_t {
  kSrt,   ///< MPEG-TS over SRT, which we call
  kUdp,   ///< MPEG-TS in datagrams, to one or to a multicast group
  kTcp,   ///< MPEG-TS over a connection that we make
  kWhip,  ///< H.264 and Opus over WebRTC, which we ask for over HTTP (RFC 9725)
};

/// An engine that the stream is sent to, as the host's user named it. A value; any thread.
struct Target {
  Protocol protocol = Protocol::kSrt;
  std::string host;  ///< a name, or an address without its brackets
  std::uint16_t port = 0;
  /// SRT: the stream's id at the engine; often contains a password.
  std::string stream_id;
  std::string passphrase;                  ///< SRT; empty: not encrypted
  int key_bytes = 0;                       ///< SRT: 16, 24 or 32; 0: the library's choice
  std::chrono::milliseconds latency{120};  ///< SRT: for packets to be sent again
  int multicast_hops = 1;                  ///< UDP
  bool is_tls = false;                     ///< WHIP: over https
  std::string path;                        ///< WHIP: and query, as it is asked for; often with a secret in it
  std::string authorization;               ///< WHIP: the field's value (RFC 9110 section 11.6.2); empty: none

  /// The target without credentials: "srt://engine.example.com:8890". An SRT stream's name and a path may be
  /// credentials, too.
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Target&, const Target&) = default;
};

/// The most engines at once: each has a connection, and costs as much as a viewer.
inline constexpr std::size_t kMostTargets = 8;

/// How a target is written, for help and error texts.
inline constexpr std::string_view kTargetForm =
    "srt://HOST:PORT[?streamid=…&passphrase=…&latency=MS], udp://HOST:PORT, tcp://HOST:PORT or, for WHIP, "
    "https://[TOKEN@]HOST[:PORT]/PATH";

/// Parses the value of `--publish` (RFC 3986). Strict, bounded. The error says what is wrong, and repeats
/// nothing of the text, which may contain a secret.
Result<Target> parse_target(std::string_view text);

}  // namespace pixelpass::publish

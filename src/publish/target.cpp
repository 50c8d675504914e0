#include "pixelpass/publish/target.hpp"

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/percent_coding.hpp"

#include "publish/http_url.hpp"
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace pixelpass::publish {
namespace {

constexpr std::size_t kMaxTargetText = 2048;
constexpr std::size_t kMaxHostName = 253;   // RFC 1035 section 2.3.4, as text
constexpr std::size_t kMaxStreamId = 512;   // SRTO_STREAMID
constexpr std::size_t kMinPassphrase = 10;  // SRTO_PASSPHRASE
constexpr std::size_t kMaxPassphrase = 79;
constexpr int kMaxLatencyMs = 30'000;

/// What is wrong with a part of the text; empty: nothing.
using Complaint = std::string;

struct Scheme {
  std::string_view name;
  Protocol protocol;
  bool is_tls = false;
};
/// The first scheme of each protocol is its name. whip:// and whips:// are MediaMTX's spelling; whip+https://
/// names the transport, too.
constexpr std::array<Scheme, 9> kSchemes{{{"srt", Protocol::kSrt},
                                          {"udp", Protocol::kUdp},
                                          {"tcp", Protocol::kTcp},
                                          {"http", Protocol::kWhip},
                                          {"https", Protocol::kWhip, true},
                                          {"whip", Protocol::kWhip},
                                          {"whips", Protocol::kWhip, true},
                                          {"whip+http", Protocol::kWhip},
                                          {"whip+https", Protocol::kWhip, true}}};

bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

bool is_of_name(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Takes the text before `mark` off, with the mark; all of it if there is none.
std::string_view take_until(std::string_view& text, char mark) {
  const auto at = std::min(text.find(mark), text.size());
  const auto front = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return front;
}

std::optional<int> number_within(std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most)
    return std::nullopt;
  return number;
}

Complaint take_scheme(std::string_view& text, Target& target) {
  const auto end = text.find("://");
  const auto word = text.substr(0, std::min(end, text.size()));
  const auto* scheme =
      std::ranges::find_if(kSchemes, [&](const Scheme& known) { return same_word(word, known.name); });
  if (end == text.npos || scheme == kSchemes.end())
    return "it begins with none of srt://, udp://, tcp://, https:// and http://";
  text.remove_prefix(end + 3);
  target.protocol = scheme->protocol;
  target.is_tls = scheme->is_tls;
  return {};
}

Complaint take_address(std::string_view inside, Target& target) {
  const auto address = SocketAddress::parse("[" + std::string(inside) + "]");
  if (!address) return "what stands in brackets is no IPv6 address";
  target.host = inside;
  return address->is_unspecified() ? "the host is the unspecified address" : "";
}

Complaint take_name(std::string_view name, Target& target) {
  const bool numeric = std::ranges::all_of(name, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  target.host = name;
  if (name.empty()) return "the host is missing";
  const auto address = SocketAddress::parse(target.host);
  if (name.size() > kMaxHostName || name.front() == '.' || name.front() == '-' ||
      name.find("..") != name.npos || !std::ranges::all_of(name, is_of_name) || (numeric && !address))
    return "the host is neither a name nor an address (IPv6 stands in brackets)";
  return address && address->is_unspecified() ? "the host is the unspecified address" : "";
}

Complaint take_port(std::string_view text, Target& target) {
  if (text.empty()) return "the port is missing";
  const auto port = text.front() == ':' ? number_within(text.substr(1), 1, 65535) : std::nullopt;
  if (!port) return "the port is no number from 1 to 65535";
  target.port = static_cast<std::uint16_t>(*port);
  return {};
}

Complaint take_place(std::string_view place, Target& target) {
  if (place.find('@') != place.npos) return "a user does not stand in front of the host (SRT: ?streamid=)";
  Complaint wrong;
  if (place.starts_with('[')) {
    place.remove_prefix(1);
    if (place.find(']') == place.npos) return "what stands in brackets is no IPv6 address";
    wrong = take_address(take_until(place, ']'), target);
  } else {
    const auto end = std::min(place.find(':'), place.size());
    wrong = take_name(place.substr(0, end), target);
    place.remove_prefix(end);
  }
  return wrong.empty() ? take_port(place, target) : wrong;
}

Complaint take_srt_value(std::string_view key, const std::string& value, Target& target) {
  if (key == "mode") return value == "caller" ? "" : "SRT's mode can be caller alone: the engine listens";
  if (key == "streamid") {
    target.stream_id = value;
    return value.size() <= kMaxStreamId ? "" : "the streamid is longer than 512 bytes";
  }
  if (key == "passphrase") {
    target.passphrase = value;
    const bool fits = value.size() >= kMinPassphrase && value.size() <= kMaxPassphrase;
    return fits ? "" : "the passphrase has to have 10 to 79 characters";
  }
  if (key == "pbkeylen") {
    target.key_bytes = number_within(value, 16, 32).value_or(1);
    return target.key_bytes % 8 == 0 ? "" : "pbkeylen is 16, 24 or 32";
  }
  if (key != "latency") return "SRT's parameters here are streamid, passphrase, pbkeylen, latency and mode";
  const auto latency = number_within(value, 0, kMaxLatencyMs);
  target.latency = std::chrono::milliseconds(latency.value_or(0));
  return latency ? "" : "the latency is a number of milliseconds up to 30000";
}

Complaint take_udp_value(std::string_view key, const std::string& value, Target& target) {
  if (key == "pkt_size") return value == "1316" ? "" : "pkt_size is 1316 here";
  const auto hops = number_within(value, 1, 255);
  if (key != "ttl" || !hops) return "UDP's one parameter here is ttl, a number from 1 to 255";
  target.multicast_hops = *hops;
  return {};
}

Complaint take_value(std::string_view pair, Target& target) {
  const auto key = take_until(pair, '=');
  const auto value = traversal::percent_decoded(pair, "-._~!$'()*+,;=:@/?");
  if (!value) return "a character behind the ? has to be written as %XX (& is %26, # is %23, % is %25)";
  if (std::ranges::any_of(*value, is_control)) return "there is a control character behind the ?";
  if (target.protocol == Protocol::kSrt) return take_srt_value(key, *value, target);
  if (target.protocol == Protocol::kUdp) return take_udp_value(key, *value, target);
  return "tcp:// takes nothing behind the port";
}

Complaint take_rest(std::string_view path, std::string_view query, Target& target) {
  if (!path.empty()) return "there is nothing behind the port but ? (SRT names its stream with ?streamid=)";
  while (!query.empty())
    if (auto wrong = take_value(take_until(query, '&'), target); !wrong.empty()) return wrong;
  return {};
}

std::string in_base64(std::string_view text) {
  std::string coded(4 * (text.size() / 3 + 1) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  coded.resize(static_cast<std::size_t>(size));
  return coded;
}

/// Takes a token, or USER:PASSWORD (RFC 6750 section 2.1, RFC 7617).
Complaint take_credentials(std::string_view written, Target& target) {
  if (written.empty()) return {};
  const auto text = traversal::percent_decoded(written, "-._~!$&'()*+,;=:");
  if (!text || std::ranges::any_of(*text, is_control))
    return "a character in front of the @ has to be written as %XX (@ is %40, / is %2F, % is %25)";
  if (text->find(':') != text->npos) {
    target.authorization = "Basic " + in_base64(*text);
    return {};
  }
  if (!std::ranges::all_of(*text, [](char c) { return c > 0x20 && c < 0x7f; }))
    return "a token has letters, digits and -._~+/= alone";
  target.authorization = "Bearer " + *text;
  return {};
}

Complaint read_whip(std::string_view rest, Target& target) {
  const auto url = parse_http_url((target.is_tls ? "https://" : "http://") + std::string(rest));
  if (!url) return "that is no URL of a server (IPv6 stands in brackets, other characters are written %XX)";
  target.port = url->port;
  target.path = url->path;
  auto wrong =
      url->host.find(':') == url->host.npos ? take_name(url->host, target) : take_address(url->host, target);
  return wrong.empty() ? take_credentials(url->credentials, target) : wrong;
}

Complaint read(std::string_view text, Target& target) {
  if (text.size() > kMaxTargetText) return "it is longer than 2048 bytes";
  if (auto wrong = take_scheme(text, target); !wrong.empty()) return wrong;
  if (target.protocol == Protocol::kWhip) return read_whip(text, target);
  const auto query_at = std::min(text.find('?'), text.size());
  const auto query = text.substr(std::min(query_at + 1, text.size()));
  auto front = text.substr(0, query_at);
  if (auto wrong = take_place(take_until(front, '/'), target); !wrong.empty()) return wrong;
  return take_rest(front, query, target);
}

std::string_view scheme_of(const Target& target) {
  const auto is_of = [&](const Scheme& scheme) {
    return scheme.protocol == target.protocol && scheme.is_tls == target.is_tls;
  };
  return std::ranges::find_if(kSchemes, is_of)->name;
}

}  // namespace

std::string Target::to_string() const {
  const bool brackets = host.find(':') != host.npos;
  return std::string(scheme_of(*this)) + "://" + (brackets ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

Result<Target> parse_target(std::string_view text) {
  Target target;
  if (auto wrong = read(text, target); !wrong.empty())
    return Error{"that is no address to publish to: " + wrong, "it is written " + std::string(kTargetForm),
                 ExitCode::kUsage};
  return target;
}

}  // namespace pixelpass::publish

#include "pixelpass/traversal/relay_server.hpp"

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/percent_coding.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace pixelpass::traversal {
namespace {

constexpr std::size_t kMaxRelayText = 2048;
constexpr std::size_t kMaxUserName = 508;  // RFC 8489 section 14.3
constexpr std::size_t kMaxRelayPassword = 512;
constexpr std::size_t kMaxHostName = 253;  // RFC 1035 section 2.3.4, as text
constexpr std::uint16_t kTurnPort = 3478;
constexpr std::uint16_t kTurnsPort = 5349;
constexpr std::string_view kSecretMark = "secret=";

/// What is wrong with a part; empty: nothing.
using Complaint = std::string;

bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_of_name(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
}

bool is_of_v6(char c) {
  return is_digit(c) || c == ':' || c == '.' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Takes the text in front of `mark` off, and the mark; nothing where there is none.
std::optional<std::string_view> take_until(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  const auto front = text.substr(0, at);
  text.remove_prefix(at + 1);
  return front;
}

/// turn: or turns:
Complaint take_scheme(std::string_view& text, RelayServer& server) {
  const auto scheme = take_until(text, ':');
  const bool tls = scheme && same_word(*scheme, "turns");
  if (!tls && !(scheme && same_word(*scheme, "turn"))) return "it begins neither with turn: nor with turns:";
  if (text.starts_with("//")) return "there is no // behind turn:";
  server.transport = tls ? TurnTransport::kTls : TurnTransport::kUdp;
  server.port = tls ? kTurnsPort : kTurnPort;
  return {};
}

/// One of a user, a password and a secret.
Complaint take_credential(std::string_view coded, std::size_t most, std::string_view called,
                          std::string& into) {
  auto plain = percent_decoded(coded, "-._~!$&'()*+,;=:");
  const std::string name(called);
  if (!plain)
    return "a character of the " + name + " has to be written as %XX (@ is %40, / is %2F, % is %25)";
  if (plain->empty()) return "the " + name + " is empty";
  if (plain->size() > most) return "the " + name + " is longer than " + std::to_string(most) + " bytes";
  if (std::ranges::any_of(*plain, is_control)) return "the " + name + " has a control character";
  into = std::move(*plain);
  return {};
}

Complaint take_user(std::string_view user_info, RelayServer& server) {
  if (user_info.starts_with(kSecretMark))
    return take_credential(user_info.substr(kSecretMark.size()), kMaxRelayPassword, "secret",
                           server.shared_secret);
  const auto user = take_until(user_info, ':');
  if (!user) return "the user has no password";
  if (auto wrong = take_credential(*user, kMaxUserName, "user name", server.username); !wrong.empty())
    return wrong;
  return take_credential(user_info, kMaxRelayPassword, "password", server.password);
}

/// A name, or an IPv4 address; not what only looks like one.
Complaint check_host(const std::string& host) {
  if (host.empty()) return "the host is missing";
  const bool dots = host.front() == '.' || host.find("..") != host.npos;
  const bool numeric = std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; });
  const auto address = SocketAddress::parse(host);
  if (dots || host.front() == '-' || host.size() > kMaxHostName || !std::ranges::all_of(host, is_of_name) ||
      (numeric && !address))
    return "the host is neither a name nor an address (IPv6 stands in brackets)";
  return address && address->is_unspecified() ? "the host is the unspecified address" : "";
}

/// What is behind the closing bracket stays in `text`.
Complaint take_v6(std::string_view& text, RelayServer& server) {
  text.remove_prefix(1);
  const auto inside = take_until(text, ']');
  const bool plausible = inside && std::ranges::all_of(*inside, is_of_v6);
  const auto address = plausible ? SocketAddress::parse("[" + std::string(*inside) + "]") : std::nullopt;
  if (!address) return "what stands in brackets is no IPv6 address";
  if (address->is_unspecified()) return "the host is the unspecified address";
  server.host = *inside;
  return {};
}

/// A name or an IPv4 address: up to the colon in front of a port.
Complaint take_name(std::string_view& text, RelayServer& server) {
  const auto end = std::min(text.find(':'), text.size());
  const auto plain = percent_decoded(text.substr(0, end), "-._~!$&'()*+,;=");
  text.remove_prefix(end);
  if (!plain) return "the host is neither a name nor an address (IPv6 stands in brackets)";
  server.host = *plain;
  return check_host(server.host);
}

Complaint take_port(std::string_view text, RelayServer& server) {
  if (text.empty()) return {};
  Complaint wrong = "the port is no number from 1 to 65535";
  const auto digits = text.substr(1);
  if (text.front() != ':' || digits.empty() || !is_digit(digits.front())) return wrong;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), server.port);
  return error == std::errc{} && end == digits.data() + digits.size() && server.port != 0 ? Complaint{}
                                                                                          : wrong;
}

Complaint take_transport(std::string_view query, RelayServer& server) {
  constexpr std::string_view kKey = "transport=";
  const bool tcp =
      same_word(query.substr(0, kKey.size()), kKey) && same_word(query.substr(kKey.size()), "tcp");
  const bool udp =
      same_word(query.substr(0, kKey.size()), kKey) && same_word(query.substr(kKey.size()), "udp");
  const bool tls = server.transport == TurnTransport::kTls;
  if (udp && tls) return "TLS goes over TCP alone here (turns: with transport=udp would be DTLS)";
  if (!tcp && !udp) return "behind the ? only transport=udp and transport=tcp are known";
  if (tcp && !tls) server.transport = TurnTransport::kTcp;
  server.transport_named = true;
  return {};
}

/// HOST[:PORT][?transport=...]
Complaint take_place(std::string_view text, RelayServer& server) {
  const auto mark = text.find('?');
  auto place = text.substr(0, mark);
  auto wrong = place.starts_with('[') ? take_v6(place, server) : take_name(place, server);
  if (wrong.empty()) wrong = take_port(place, server);
  if (wrong.empty() && mark != text.npos) wrong = take_transport(text.substr(mark + 1), server);
  return wrong;
}

Complaint take_all(std::string_view text, RelayServer& server) {
  if (text.size() > kMaxRelayText)
    return "it is longer than " + std::to_string(kMaxRelayText) + " characters";
  if (auto wrong = take_scheme(text, server); !wrong.empty()) return wrong;
  const auto user_info = take_until(text, '@');
  if (!user_info) return "the user is missing in front of @HOST";
  if (text.find('@') != text.npos) return "there is more than one @: in a password it is written as %40";
  if (auto wrong = take_user(*user_info, server); !wrong.empty()) return wrong;
  return take_place(text, server);
}

}  // namespace

std::string RelayServer::to_string() const {
  const bool v6 = host.find(':') != host.npos;
  std::string text = transport == TurnTransport::kTls ? "turns:" : "turn:";
  text += (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  if (transport == TurnTransport::kTcp) text += "?transport=tcp";
  return text;
}

TurnCredentials RelayServer::credentials(std::string_view name, UnixTime expires) const {
  if (shared_secret.empty()) return {username, password};
  return timed_credentials(shared_secret, name, expires);
}

Result<RelayServer> parse_relay(std::string_view text) {
  RelayServer server;
  if (auto wrong = take_all(text, server); !wrong.empty())
    return Error{std::move(wrong), "it wants " + std::string(kRelayForm)};
  return server;
}

}  // namespace pixelpass::traversal

#include "publish/ice_servers.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace pixelpass::publish {
namespace {

constexpr std::size_t kMaxValue = 512;

struct Link {
  std::string uri{};
  std::string relation{}, username{}, credential{};
};

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

bool take(std::string_view& text, char mark) {
  skip_blanks(text);
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(1);
  return true;
}

std::string take_token(std::string_view& text) {
  skip_blanks(text);
  const auto end = std::min(text.find_first_of(" \t=;,"), text.size());
  std::string token(text.substr(0, end));
  text.remove_prefix(end);
  return token;
}

/// Takes a token or a quoted string (RFC 9110 section 5.6.4).
std::string take_link_value(std::string_view& text) {
  if (!take(text, '"')) return take_token(text);
  std::string value;
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  take(text, '"');
  return value;
}

void take_parameter(std::string_view& text, Link& link) {
  auto name = take_token(text);
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  const auto value = take(text, '=') ? take_link_value(text) : std::string();
  if (name == "rel") link.relation = value;
  if (name == "username") link.username = value;
  if (name == "credential") link.credential = value;
}

std::optional<Link> take_link(std::string_view& text) {
  if (!take(text, '<')) return std::nullopt;
  const auto end = text.find('>');
  if (end == text.npos) return std::nullopt;
  Link link{.uri = std::string(text.substr(0, end))};
  text.remove_prefix(end + 1);
  while (take(text, ';')) take_parameter(text, link);
  return link;
}

/// The text with everything but letters, digits and -._~ as %XX (RFC 3986 section 2.3).
std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

bool is_place(std::string_view place) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
  };
  return !place.empty() && place.size() <= 260 && std::ranges::all_of(place, fits);
}

bool has_port(std::string_view place) {
  return place.substr(std::min(place.rfind(']'), place.size() - 1)).find(':') != place.npos ||
         (place.find(']') == place.npos && place.find(':') != place.npos);
}

std::optional<IceServer> server_of(const Link& link) {
  std::string_view uri(link.uri);
  const auto colon = std::min(uri.find(':'), uri.size());
  const auto scheme = uri.substr(0, colon);
  uri.remove_prefix(std::min(colon + 1, uri.size()));
  const auto query = std::min(uri.find('?'), uri.size());
  std::string place(uri.substr(0, query));
  if (link.relation != "ice-server" || !is_place(place)) return std::nullopt;
  if (!has_port(place)) place += scheme == "turns" ? ":5349" : ":3478";
  if (scheme == "stun") return IceServer{false, "stun://" + place};
  if ((scheme != "turn" && scheme != "turns") || link.username.empty() || link.username.size() > kMaxValue ||
      link.credential.size() > kMaxValue)
    return std::nullopt;
  const auto transport = uri.substr(query);
  const bool over_tcp = scheme == "turns" || transport == "?transport=tcp";
  return IceServer{true, std::string(scheme) + "://" + encoded(link.username) + ":" +
                             encoded(link.credential) + "@" + place +
                             (over_tcp ? "?transport=tcp" : "?transport=udp")};
}

}  // namespace

void add_ice_servers(std::string_view link, std::vector<IceServer>& servers) {
  while (servers.size() < kMostIceServers) {
    const auto next = take_link(link);
    if (!next) return;
    if (auto server = server_of(*next)) servers.push_back(*std::move(server));
    if (!take(link, ',')) return;
  }
}

}  // namespace pixelpass::publish

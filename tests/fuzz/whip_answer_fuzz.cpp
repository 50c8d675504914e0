#include "fuzz.hpp"
#include "publish/http_url.hpp"
#include "publish/ice_servers.hpp"

/// Where an engine sends us is a place, never out of TLS, and what webrtcbin is told of has no characters
/// that nobody vouched for. The first line is a Location, the second a Link.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  const auto text = as_text(ByteView(data, size));
  const auto end = std::min(text.find('\n'), text.size());
  const publish::HttpUrl from{.is_tls = true, .host = "engine", .port = 443, .path = "/whip"};
  if (const auto url = publish::resolve_location(from, text.substr(0, end))) {
    fuzz::require(url->is_tls && url->port != 0 && !url->host.empty(), "it has a place");
    fuzz::require(url->path.starts_with('/') && url->path.find_first_of("\r\n ") == url->path.npos,
                  "it fits into a request's first line");
    fuzz::require(url->host.find_first_of("\r\n @/") == url->host.npos, "it fits into a Host field");
  }
  std::vector<publish::IceServer> servers;
  publish::add_ice_servers(text.substr(std::min(end + 1, text.size())), servers);
  fuzz::require(servers.size() <= publish::kMostIceServers, "there are a few");
  for (const auto& server : servers) {
    fuzz::require(server.uri.size() < 4096, "each is short");
    fuzz::require(server.uri.find_first_of(" \r\n\"<>") == server.uri.npos, "each is a URI");
  }
  return 0;
}

#include "pixelpass/traversal/relay_server.hpp"

#include "fuzz.hpp"

/// A relay that was read has a place, somebody to be there, and is shown without a secret; a complaint is
/// short.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  const auto server = traversal::parse_relay(as_text(ByteView(data, size)));
  if (!server) {
    fuzz::require(!server.error().what.empty() && server.error().what.size() < 200,
                  "a complaint is one line");
    return 0;
  }
  fuzz::require(server->port != 0 && !server->host.empty() && server->host.size() <= 253, "it has a place");
  const bool user = !server->username.empty() && !server->password.empty();
  fuzz::require(user != !server->shared_secret.empty(), "a user or a secret");
  const std::string shown = server->to_string();
  const auto scheme = server->transport == traversal::TurnTransport::kTls ? "turns:" : "turn:";
  fuzz::require(shown.starts_with(scheme) && shown.find('@') == shown.npos, "it is shown without a user");
  const auto transport = shown.find('?');
  auto again = std::string(scheme) + "a:b@" + shown.substr(shown.find(':') + 1);
  const auto back = traversal::parse_relay(again);
  fuzz::require(back && back->host == server->host && back->port == server->port,
                "a place can be read again");
  fuzz::require(back->transport == server->transport || transport != shown.npos, "and how it is reached");
  return 0;
}

#include "cli/server_options.hpp"

#include <optional>
#include <string>

namespace pixelpass::cli {
namespace {

/// The STUN servers; nullopt: the text names none.
std::optional<std::vector<traversal::StunServer>> parse_stun(const std::vector<std::string>& texts) {
  if (texts == std::vector<std::string>{"none"}) return std::vector<traversal::StunServer>{};
  std::vector<traversal::StunServer> servers;
  for (const auto& text : texts) {
    const auto server = traversal::parse_stun_server(text);
    if (!server || text == "none") return std::nullopt;
    servers.push_back(*server);
  }
  return servers;
}

}  // namespace

void add_relays(CLI::App& command, std::vector<traversal::RelayServer>& relays) {
  const auto take = [&relays](const std::vector<std::string>& texts) {
    relays.clear();
    if (texts.size() > traversal::kMostRelays)
      throw CLI::ValidationError("--relay", "is given more than 8 times");
    for (const auto& text : texts) {
      const auto relay = traversal::parse_relay(text);
      if (!relay) throw CLI::ValidationError("--relay", relay.error().what + "; " + relay.error().hint);
      relays.push_back(*relay);
    }
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--relay", take,
          "A TURN server for those whom nothing else reaches: turn:USER:PASS@HOST:PORT, "
          "turn:secret=SECRET@HOST, turns: for TLS; repeatable")
      ->type_name("URI")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

void add_stun(CLI::App& command, std::vector<traversal::StunServer>& servers) {
  const auto take = [&servers](const std::vector<std::string>& texts) {
    if (texts.size() > traversal::kMostStunServers)
      throw CLI::ValidationError("--stun", "is given more than 8 times");
    const auto parsed = parse_stun(texts);
    if (!parsed)
      throw CLI::ValidationError("--stun", "wants a server such as stun.example.net:3478, or none alone");
    servers = *parsed;
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--stun", take,
          "Who tells this machine's outer address; repeatable; none: nobody is asked [well-known ones]")
      ->type_name("HOST:PORT")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

void add_publish(CLI::App& command, std::vector<publish::Target>& targets) {
  const auto take = [&targets](const std::vector<std::string>& texts) {
    targets.clear();
    if (texts.size() > publish::kMostTargets)
      throw CLI::ValidationError("--publish", "is given more than 8 times");
    for (const auto& text : texts) {
      const auto target = publish::parse_target(text);
      if (!target) throw CLI::ValidationError("--publish", target.error().what + "; " + target.error().hint);
      targets.push_back(*target);
    }
  };
  command
      .add_option_function<std::vector<std::string>>("--publish", take,
                                                     "Also send the stream to an engine, for large "
                                                     "audiences: https://HOST/PATH (WHIP), srt://HOST:PORT, "
                                                     "udp:// or tcp://; "
                                                     "repeatable")
      ->type_name("URL")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

}  // namespace pixelpass::cli

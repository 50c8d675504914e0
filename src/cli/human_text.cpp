#include "pixelpass/cli/event_sinks.hpp"
#include "pixelpass/playback/player.hpp"

#include "cli/answer_text.hpp"
#include "cli/quantities.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace pixelpass::cli {
namespace {

std::string number(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string in_ms(Duration duration) {
  return number(to_ms(duration), to_ms(duration) < 10 ? 1 : 0) + " ms";
}

std::string with_hint(const std::string& what, const std::string& hint) {
  return hint.empty() ? what : what + "\n  " + hint;
}

std::string picture(const StreamDescription& stream) {
  std::string text = stream.source;
  if (stream.width > 0) text += ", " + std::to_string(stream.width) + "x" + std::to_string(stream.height);
  if (stream.shown > 0)
    text += " (number " + std::to_string(stream.shown) + " alone of " + std::to_string(stream.sources) + ")";
  if (stream.fps > 0) text += " at " + std::to_string(stream.fps) + " pictures/s";
  text += ", " + stream.encoder;
  if (stream.bitrate_bps > 0) text += ", " + bitrate_text(stream.bitrate_bps);
  return text;
}

std::string named(std::uint32_t viewer, const std::string& name) {
  return "viewer " + std::to_string(viewer) + (name.empty() ? "" : " (" + name + ")");
}

std::string text(const app::TicketReady& event) {
  const std::string verdict = event.verdict.empty() ? "" : "\n" + with_hint(event.verdict, event.hint) + "\n";
  return "\nSend this line to your friend; whoever has it may watch:\n\n  pixelpass " + event.ticket + "\n" +
         verdict;
}
/// The first link of each kind: not every router lets those in its own network reach it from outside.
std::string text(const app::LinkReady& event) {
  using Link = app::LinkReady::Link;
  const auto anywhere = std::ranges::find(event.links, false, &Link::is_for_own_network);
  const auto near = std::ranges::find(event.links, true, &Link::is_for_own_network);
  std::string text;
  if (anywhere != event.links.end())
    text += "Or open this in a browser, with nothing installed:\n\n  " + anywhere->url + "\n";
  if (near != event.links.end())
    text += std::string(text.empty() ? "" : "\n") +
            "Or, in the same network, open this in a browser, with nothing installed:\n\n  " + near->url +
            "\n";
  return text;
}
std::string text(const app::Sharing& event) {
  return "sharing " + picture(event.stream);
}
std::string text(const app::Paused& event) {
  return "paused: " + event.reason;
}
std::string text(const app::ViewerJoined& event) {
  return named(event.viewer, event.name) + " joined from " + event.path.remote.unmapped().to_string();
}
std::string text(const app::ViewerLeft& event) {
  return named(event.viewer, event.name) + " left: " + event.reason;
}
std::string text(const app::PathChanged& event) {
  const std::string who = event.viewer ? "viewer " + std::to_string(*event.viewer) + ": " : "";
  return who + (event.to.is_relayed() ? "goes over the relay now, " : "goes directly now, ") +
         event.to.remote.unmapped().to_string();
}
std::string list(const std::vector<SocketAddress>& addresses) {
  std::string texts;
  for (const auto& address : addresses) {
    if (!texts.empty()) texts += ", ";
    texts += address.to_string();
  }
  return texts;
}
std::string text(const app::Connecting& event) {
  return "connecting to " + list(event.addresses);
}
std::string text(const app::ReplyCodeReady& event) {
  return "\nNo answer yet: both of you seem to be behind routers that let nobody in unasked.\n"
         "Send this line back to your friend, who pastes it where pixelpass shares; then both try for two "
         "minutes:\n\n  pixelpass reply " +
         event.code + "\n";
}
std::string text(const app::ReplyCodeTaken& event) {
  return "reply code taken; trying to get through to " + list(event.addresses);
}
std::string text(const app::Publishing& event) {
  return "publishing to " + event.target;
}
std::string text(const app::PublishFailed& event) {
  return with_hint(event.what, event.hint);
}
std::string text(const app::Connected& event) {
  return "connected to " + event.host + " at " + event.path.remote.unmapped().to_string() + " in " +
         in_ms(event.took);
}
std::string text(const app::EndpointReady& event) {
  return "\nWatch at " + event.url + "\n\n  " + playback::to_shell(event.mpv) + "\n\n  " +
         playback::to_shell(event.vlc) + "\n";
}
std::string text(const app::FirstFrame& event) {
  return "first picture after " + in_ms(event.took);
}
std::string text(const app::Reconnecting& event) {
  return "reconnecting (attempt " + std::to_string(event.attempt) + "): " + event.reason;
}
std::string text(const app::Ended& event) {
  return "ended: " + event.reason;
}
std::string text(const app::Notice& event) {
  return with_hint(event.what, event.hint);
}
std::string text(const app::Failed& event) {
  return with_hint("pixelpass: " + event.error.what, event.error.hint);
}
std::string text(const app::DemoProgress& event) {
  return std::to_string(event.second) + " of " + std::to_string(event.of_seconds) +
         " s: " + number(event.fps, 1) + " pictures/s, " + bitrate_text(event.bitrate_bps) + ", lag " +
         in_ms(event.lag_p50) +
         (event.decoded_pictures > 0 ? ", " + std::to_string(event.decoded_pictures) + " decoded" : "");
}
std::string text(const app::DemoResult&) {
  return "done";
}
std::string leftover(const app::Leftover& what) {
  const std::string id = what.kind == "folder" ? "" : " " + std::to_string(what.id);
  return what.kind + id + " " + what.name + " (of process " + what.owner.substr(0, what.owner.find('-')) +
         ")";
}
std::string text(const app::Removed& event) {
  return "removed " + leftover(event.what);
}
std::string text(const app::Left& event) {
  if (event.reason == "dry run") return "would remove " + leftover(event.what);
  return "left " + leftover(event.what) + ": " + event.reason;
}
std::string text(const app::RepairResult& event) {
  if (event.failed > 0) return {};  // an error says so
  if (event.dry_run && event.left > 0) return "nothing was removed: dry run";
  return event.removed == 0 ? "nothing to remove" : "removed " + std::to_string(event.removed) + " in all";
}
/// Columns for status, name and what was found; below the last one the description of a problem. A missing
/// thing that makes no difference is not shown as a problem.
std::string text(const app::Check& event) {
  constexpr std::size_t kName = 9;
  constexpr std::size_t kFound = 26;
  constexpr std::array<const char*, 3> kStatus{"ok", "warning", "missing"};
  const bool unimportant = event.status == app::CheckStatus::kWarning && event.means.empty();
  std::string text = unimportant ? "-" : kStatus.at(static_cast<std::size_t>(event.status));
  text.resize(kName, ' ');
  text += event.name;
  text.resize(std::max(kFound, text.size() + 1), ' ');
  text += event.found;
  for (const std::string& below : {event.means, event.hint})
    if (!below.empty() && !unimportant && event.status != app::CheckStatus::kOk)
      text += "\n" + std::string(kFound, ' ') + below;
  return text;
}
std::string ready_or_not(const char* what, const std::vector<std::string>& lacks) {
  if (lacks.empty()) return std::string("ready to ") + what;
  std::string names;
  for (const std::string& name : lacks) names += (names.empty() ? "" : ", ") + name;
  return std::string("cannot ") + what + " (" + names + ")";
}
std::string text(const app::DoctorResult& event) {
  if (event.can_host() && event.can_view()) return "\nready to host and to view";
  const bool records = !event.can_view() && event.can_view_without_player;
  return "\n" + ready_or_not("host", event.host_lacks) + "; " +
         ready_or_not(records ? "view in a player" : "view", event.view_lacks) +
         (records ? "; ready to view with --record or --stdout" : "");
}
std::string text(const app::Answer& event) {
  return answer_text(event.fields);
}
/// Statistics are for scripts.
std::string text(const app::PictureTarget&) {
  return {};
}
std::string text(const app::HostStats&) {
  return {};
}
std::string text(const app::ReceiveStats&) {
  return {};
}

std::string decoded(const app::DemoResult& result) {
  if (result.decoder.empty()) return "nothing here could decode the picture";
  if (result.decoder == "player") return "opened in a player, not counted";
  return std::to_string(result.decoded_pictures) + " pictures by " + result.decoder + ", " +
         std::to_string(result.decode_errors) + " errors";
}

}  // namespace

std::string human_text(const app::Event& event) {
  return std::visit([](const auto& what) { return text(what); }, event);
}

std::string table_text(const app::DemoResult& result) {
  const auto& stream = result.stream;
  const std::array<std::pair<const char*, std::string>, 10> rows = {{
      {"resolution", std::to_string(stream.width) + "x" + std::to_string(stream.height)},
      {"encoder", stream.encoder},
      {"pictures/s", number(result.fps, 1)},
      {"bitrate", bitrate_text(result.bitrate_bps)},
      {"connect", in_ms(result.connect)},
      {"first picture", in_ms(result.first_picture)},
      {"lag p50 / p95", in_ms(result.lag_p50) + " / " + in_ms(result.lag_p95)},
      {"CPU host / viewer", number(result.host_cpu_percent, 1) + " % / " +
                                number(result.viewer_cpu_percent, 1) + " % of one core"},
      {"skipped groups", std::to_string(result.skipped_groups)},
      {"decoded", decoded(result)},
  }};
  constexpr std::size_t kColumn = 20;
  std::string table;
  for (const auto& [label, value] : rows) {
    std::string line = label;
    line.resize(kColumn, ' ');
    table += line + value + "\n";
  }
  return table;
}

}  // namespace pixelpass::cli

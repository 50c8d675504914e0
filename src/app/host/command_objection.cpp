#include "app/host/command_objection.hpp"

#include <algorithm>
#include <string>
#include <variant>

namespace pixelpass::app {
namespace {

/// Who could have been meant.
std::string here(const std::vector<std::uint32_t>& viewers) {
  std::string numbers;
  for (const auto viewer : viewers) numbers += (numbers.empty() ? "" : ", ") + std::to_string(viewer);
  return numbers.empty() ? "nobody watches" : "these are: " + numbers;
}

Error encoded_elsewhere(const char* what, const char* hint) {
  return {std::string("the stream is passed through as it comes: ") + what + " cannot be changed here", hint,
          ExitCode::kUsage};
}

Error not_shared_yet() {
  return {"the host does not share yet", "try again once it does"};
}

/// Of the commands that are not here nothing stands in the way of.
template <class Command>
std::optional<Error> judge(const Command&, const CommandedHost&) {
  return std::nullopt;
}

std::optional<Error> judge(const command::Kick& kick, const CommandedHost& host) {
  if (std::ranges::count(host.viewers, kick.viewer) > 0) return std::nullopt;
  return Error{"viewer " + std::to_string(kick.viewer) + " is not here", here(host.viewers),
               ExitCode::kUsage};
}

std::optional<Error> judge(const command::Mute&, const CommandedHost& host) {
  if (host.is_encoded_here) return std::nullopt;
  return encoded_elsewhere(
      "its sound",
      "change it where the stream is made; what holds back sound and picture at once: pixelpass pause");
}

std::optional<Error> judge(const command::Show& show, const CommandedHost& host) {
  if (!host.shares) return not_shared_yet();
  if (host.sources < 2 && !host.shows_one_alone)
    return Error{"there is one thing shared, and nothing to choose from",
                 "where your desktop's sharing dialog allows it, choose several monitors or windows there",
                 ExitCode::kUsage};
  if (show.source >= 0 && show.source <= host.sources) return std::nullopt;
  return Error{"there is no number " + std::to_string(show.source),
               "1 to " + std::to_string(host.sources) + ", or all of them: pixelpass show all",
               ExitCode::kUsage};
}

std::optional<Error> judge(const command::SetBitrate&, const CommandedHost& host) {
  if (!host.is_encoded_here) return encoded_elsewhere("its bitrate", "change it where the stream is made");
  return host.shares ? std::nullopt : std::optional(not_shared_yet());
}

}  // namespace

std::optional<Error> objection_to(const HostCommand& command, const CommandedHost& host) {
  return std::visit([&](const auto& what) { return judge(what, host); }, command);
}

}  // namespace pixelpass::app

#include "pixelpass/app/control/control.hpp"

#include "app/control/control_client.hpp"
#include "app/control/control_folder.hpp"

#include <algorithm>
#include <vector>

namespace pixelpass::app {
namespace {

constexpr Duration kAnswerTime = 5s;
/// How long `stop` waits: a host says goodbye within two seconds, and leaves behind what hangs after three.
constexpr Duration kStopTime = 10s;
/// How long each host is asked for its name when hosts are only listed; a stopped process gives none.
constexpr Duration kNameTime = 1s;

using Sockets = std::vector<ControlSocket>;

std::string name_at(const ControlSocket& socket) {
  const auto answer = ControlClient(socket.path).ask({ControlCommand::kStatus, 0, ""}, kNameTime);
  return answer ? host_in(*answer).name : std::string();
}

std::string listed(const Sockets& sockets) {
  std::string text;
  for (const auto& socket : sockets) {
    const auto name = name_at(socket);
    text += (text.empty() ? "" : ", ") + std::to_string(socket.process);
    if (!name.empty()) text += " (" + name + ")";
  }
  return text;
}

/// The hosts that a number or a name means.
Sockets called(const std::string& name, const Sockets& sockets) {
  Sockets found;
  std::ranges::copy_if(sockets, std::back_inserter(found),
                       [&](const ControlSocket& socket) { return std::to_string(socket.process) == name; });
  if (!found.empty()) return found;
  std::ranges::copy_if(sockets, std::back_inserter(found),
                       [&](const ControlSocket& socket) { return name_at(socket) == name; });
  return found;
}

ControlSocket chosen_host(const ControlOptions& options) {
  const Sockets all = running_hosts(control_folder());
  if (all.empty())
    throw StartupError("no pixelpass host of yours runs here", "start one: pixelpass host",
                       ExitCode::kNotReachable);
  const Sockets meant = options.host ? called(*options.host, all) : all;
  if (meant.empty())
    throw StartupError("no host called \"" + *options.host + "\" runs here; these do: " + listed(all),
                       "--host wants one of those names or numbers", ExitCode::kNotReachable);
  if (meant.size() > 1)
    throw StartupError("several hosts run here: " + listed(meant),
                       "choose one: --host with its name or, where that is the same, its number",
                       ExitCode::kUsage);
  return meant.front();
}

Error still_runs(pid_t process) {
  const auto number = std::to_string(process);
  return {"the host " + number + " was told to stop and still runs, where one that stops is gone within " +
              std::to_string(kStopTime / 1s) + " seconds",
          "wait for it, or end it at once (kill -9 " + number + ") and tidy up behind it: pixelpass repair",
          ExitCode::kNotReachable};
}

}  // namespace

ExitCode run_control(const ControlOptions& options, EventSink& events) {
  const ControlSocket host = chosen_host(options);
  ControlClient client(host.path);
  const auto answer = client.ask(options.request, kAnswerTime);
  if (!answer)
    throw StartupError("the host " + std::to_string(host.process) + " does not answer",
                       "it may be stopped, or have ended just now", ExitCode::kNotReachable);
  if (const auto error = error_in(*answer)) throw StartupError(*error);
  if (options.request.command == ControlCommand::kStop && !client.wait_for_end(kStopTime))
    throw StartupError(still_runs(host.process));
  events.on(Answer{*answer});
  return ExitCode::kDone;
}

}  // namespace pixelpass::app

#include "pixelpass/app/repair/repair.hpp"

#include "pixelpass/app/repair/leftovers.hpp"
#include "pixelpass/base/private_folder.hpp"
#include "pixelpass/base/temporary_folder.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

namespace pixelpass::app {
namespace {

constexpr Duration kTimeout = 2s;

/// One repair: classifies what there is, removes leftovers, and reports all of it.
class Repair {
 public:
  Repair(const RepairOptions& options, EventSink& events) : options_(options), events_(events) {
    result_.dry_run = options.dry_run;
  }
  ExitCode run();

 private:
  void folders();
  void objects();
  /// Whether the leftover is to be removed; reports why it stays. `in_use`: whether it is visibly in use,
  /// without knowing its owner's process.
  bool is_to_go(const Leftover& leftover, const std::function<bool()>& in_use);
  void report(const Leftover& leftover, bool gone);
  void leave(const Leftover& leftover, const char* reason);

  const RepairOptions options_;
  EventSink& events_;
  RepairResult result_;
};

ExitCode Repair::run() {
  folders();  // first: they do not need PipeWire
  objects();
  events_.on(result_);
  if (result_.failed > 0)
    throw StartupError(std::to_string(result_.failed) + " of these could not be removed",
                       "start PipeWire again, with which they go: systemctl --user restart pipewire");
  return ExitCode::kDone;
}

void Repair::folders() {
  auto found = tagged_folders(runtime_folder());
  std::ranges::move(temporary_leftovers(temporary_folder()), std::back_inserter(found));
  for (const Leftover& folder : found) {
    std::optional<Descriptor> claim;  // held until it has gone
    const auto in_use = [&] {
      if (auto claimed = claim_folder(folder.name)) claim.emplace(std::move(*claimed));
      return !claim;
    };
    if (!is_to_go(folder, in_use)) continue;
    std::error_code error;
    std::filesystem::remove_all(folder.name, error);
    report(folder, !error);
  }
}

void Repair::objects() {
  capture::PipeWireObjects pipewire(kTimeout);
  const auto all = pipewire.list();
  const auto owners = connected_owners(all);
  auto leftovers = tagged_objects(all);
  std::erase_if(leftovers, [&](const Leftover& object) {
    return !is_to_go(object, [&] { return owners.contains(object.owner); });
  });
  std::vector<std::uint32_t> ids;
  ids.reserve(leftovers.size());
  for (const Leftover& object : leftovers) ids.push_back(object.id);
  const auto left = pipewire.remove(ids);
  for (const Leftover& object : leftovers) report(object, std::ranges::find(left, object.id) == left.end());
}

bool Repair::is_to_go(const Leftover& leftover, const std::function<bool()>& in_use) {
  const Fate fate = fate_of(leftover, [&](const Owner& of) { return is_running(of) || in_use(); });
  if (fate == Fate::kOwnerRuns) leave(leftover, "its pixelpass runs");
  if (fate == Fate::kUnreadable) leave(leftover, "its tag cannot be read");
  if (fate != Fate::kRemove) return false;
  if (options_.dry_run) leave(leftover, "dry run");
  return !options_.dry_run;
}

void Repair::report(const Leftover& leftover, bool gone) {
  if (!gone) {
    ++result_.failed;
    return leave(leftover, "could not be removed");
  }
  ++result_.removed;
  events_.on(Removed{leftover});
}

void Repair::leave(const Leftover& leftover, const char* reason) {
  ++result_.left;
  events_.on(Left{leftover, reason});
}

}  // namespace

ExitCode run_repair(const RepairOptions& options, EventSink& events) {
  return Repair(options, events).run();
}

}  // namespace pixelpass::app

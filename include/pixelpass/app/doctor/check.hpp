#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pixelpass::app {

enum class CheckStatus : std::uint8_t {
  kOk,
  kWarning,  ///< works without it, but less well
  kMissing,  ///< hosting or viewing does not work without it
};

/// What is not possible while a check says "missing".
struct Blocks {
  bool host = false;
  bool view = false;
};
inline constexpr Blocks kBlocksHost{true, false};
inline constexpr Blocks kBlocksView{false, true};

/// One thing that `doctor` has checked.
struct Check {
  std::string area;  ///< "screen", "sound", "encoding", "viewing", "network"
  std::string name;
  CheckStatus status = CheckStatus::kOk;
  std::string found;       ///< what there is: versions, names; or what went wrong
  std::string means = {};  ///< for the user; empty when all is well
  std::string hint = {};   ///< what to type; empty: nothing, or nothing is needed
  Blocks blocks = {};      ///< only when it is missing
};

/// The outcome of all checks.
struct DoctorResult {
  std::vector<std::string> host_lacks;  ///< names of the checks that say so; empty: it can work
  std::vector<std::string> view_lacks;
  std::size_t ok = 0, warnings = 0, missing = 0;  ///< checks
  bool can_view_without_player = true;            ///< view --record and --stdout, and players elsewhere

  [[nodiscard]] bool can_host() const { return host_lacks.empty(); }
  [[nodiscard]] bool can_view() const { return view_lacks.empty(); }
};

}  // namespace pixelpass::app

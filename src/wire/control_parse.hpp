#pragma once

#include "pixelpass/wire/control.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace pixelpass::wire {

inline constexpr std::size_t kMaxNameBytes = 64;
inline constexpr std::size_t kMaxReasonBytes = 128;

/// In the enum's order.
inline constexpr std::array<const char*, 7> kRefusedReasons = {"full",    "locked", "expired", "kicked",
                                                               "version", "proof",  "unknown"};

/// In the enum's order.
inline constexpr std::array<const char*, 3> kCandidateKinds = {"host", "reflexive", "mapped"};

/// Those of a list that a message has, in its order.
std::vector<Candidate> usable(const std::vector<Candidate>& candidates);

/// One message without its length. Appends nothing when its type is not known.
ControlReader::Status parse_message(std::string_view json, std::vector<ControlMessage>& out);

}  // namespace pixelpass::wire

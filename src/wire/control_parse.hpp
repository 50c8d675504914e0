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

/// The candidates that a message may contain, in their order.
std::vector<Candidate> usable(const std::vector<Candidate>& candidates);

/// Parses one message without its length. Appends nothing when its type is unknown.
ControlReader::Status parse_message(std::string_view json, std::vector<ControlMessage>& out);

}  // namespace pixelpass::wire

#pragma once

#include "pixelpass/tunnel/admission.hpp"

#include <map>

namespace pixelpass {

/// So many may watch, whoever they are: for tests of what is below the program's own rules.
class Places final : public tunnel::Admission {
 public:
  explicit Places(std::size_t count) : count_(count) {}

  Result<std::uint32_t, wire::RefusedReason> admit(const wire::SessionId& session) override {
    const auto known = here_.find(session);
    if (known != here_.end()) return known->second;
    if (here_.size() >= count_) return wire::RefusedReason::kFull;
    here_[session] = ++last_;
    return last_;
  }
  void release(std::uint32_t viewer) override {
    std::erase_if(here_, [&](const auto& entry) { return entry.second == viewer; });
  }

 private:
  std::size_t count_;
  std::map<wire::SessionId, std::uint32_t> here_;
  std::uint32_t last_ = 0;
};

}  // namespace pixelpass

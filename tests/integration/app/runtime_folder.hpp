#pragma once

#include "pixelpass/base/private_folder.hpp"

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace pixelpass::test {

/// A folder in place of this process's XDG_RUNTIME_DIR, which comes back at the end.
class RuntimeFolder {
 public:
  RuntimeFolder() {
    if (const char* before = std::getenv("XDG_RUNTIME_DIR")) before_ = before;
    ::setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1);
  }
  ~RuntimeFolder() {
    if (before_)
      ::setenv("XDG_RUNTIME_DIR", before_->c_str(), 1);
    else
      ::unsetenv("XDG_RUNTIME_DIR");
  }
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;

  [[nodiscard]] std::filesystem::path path() const { return folder_.path(); }

 private:
  std::optional<std::string> before_;
  const PrivateFolder folder_;
};

}  // namespace pixelpass::test

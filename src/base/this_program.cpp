#include "pixelpass/base/this_program.hpp"

#include <filesystem>
#include <system_error>

namespace pixelpass {

std::string this_program() {
  constexpr const char* kSelf = "/proc/self/exe";
  std::error_code error;
  const auto file = std::filesystem::read_symlink(kSelf, error);
  return !error && std::filesystem::exists(file, error) ? file.string() : kSelf;
}

}  // namespace pixelpass

#include "pixelpass/base/temporary_folder.hpp"

#include <system_error>

namespace pixelpass {

std::filesystem::path temporary_folder() {
  std::error_code error;
  auto folder = std::filesystem::temp_directory_path(error);
  return error ? std::filesystem::path("/tmp") : folder;
}

}  // namespace pixelpass

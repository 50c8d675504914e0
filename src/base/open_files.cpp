#include "pixelpass/base/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <string>

namespace pixelpass {

std::uint64_t allow_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMostOpenFiles;
  rlimit raised = limit;
  raised.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, kMostOpenFiles));
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

std::optional<Error> too_few_open_files(std::uint64_t limit) {
  if (limit >= kFewestOpenFiles) return std::nullopt;
  const std::string fewest = std::to_string(kFewestOpenFiles);
  return Error{"no more than " + std::to_string(limit) + " files may be open at once here, and at least " +
                   fewest + " have to be",
               "start it where `ulimit -Hn` says " + fewest +
                   " or more: in a new terminal, or raise nofile in "
                   "/etc/security/limits.conf"};
}

}  // namespace pixelpass

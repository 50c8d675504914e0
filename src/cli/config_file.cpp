#include "cli/config_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pixelpass::cli {
namespace {

/// CLI11 marks the begin and the end of a section with items of these names.
bool is_marker(const CLI::ConfigItem& item) {
  return item.name == "++" || item.name == "--";
}

bool has_option(const CLI::App& app, const std::string& key) {
  return app.get_option_no_throw("--" + key) != nullptr;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  const auto found =
      std::ranges::find_if(commands, [&](const CLI::App* command) { return command->check_name(name); });
  return found == commands.end() ? nullptr : *found;
}

bool any_command_has(const CLI::App& app, const std::string& key) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  return std::ranges::any_of(commands, [&](const CLI::App* command) { return has_option(*command, key); });
}

/// `section`: the command that the item is for, or null for all.
void check(const CLI::App& app, const CLI::ConfigItem& item, const CLI::App* section) {
  const bool known = section != nullptr ? has_option(*section, item.name)
                                        : has_option(app, item.name) || any_command_has(app, item.name);
  if (!known || item.parents.size() > 1)
    throw CLI::ConfigError("the configuration file has an unknown key: " + item.fullname());
}

constexpr off_t kMostBytes = 1 << 20;

/// Empty: it can be read. `error`: errno of the attempt to open it.
std::string complaint(int fd, int error) {
  struct stat status {};
  if (fd < 0) return std::string("cannot be read: ") + std::strerror(error);
  if (fstat(fd, &status) != 0) return std::string("cannot be read: ") + std::strerror(errno);
  if (S_ISDIR(status.st_mode)) return "cannot be read: it is a folder";
  struct stat null {};
  const bool is_null =
      S_ISCHR(status.st_mode) && stat("/dev/null", &null) == 0 && null.st_rdev == status.st_rdev;
  if (!S_ISREG(status.st_mode) && !is_null) return "cannot be read: it is no regular file";
  if (status.st_size > kMostBytes) return "is larger than 1 MiB: it is no configuration file of pixelpass";
  return {};
}

/// A link to nothing is there.
bool is_there(const std::string& file) {
  struct stat status {};
  return lstat(file.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

}  // namespace

std::optional<Error> check_config_file(const std::string& file, bool given) {
  if (file.empty() || (!given && !is_there(file))) return std::nullopt;
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const std::string what = complaint(fd, errno);
  if (fd >= 0) close(fd);
  if (what.empty()) return std::nullopt;
  return Error{"the configuration file " + file + " " + what,
               "mend it or its permissions, or name another with --config FILE (/dev/null: none)",
               ExitCode::kUsage};
}

std::vector<CLI::ConfigItem> CommandConfig::from_config(std::istream& input) const {
  const auto at_hand = app_->get_subcommands();
  const CLI::App* command = at_hand.empty() ? nullptr : at_hand.front();
  std::vector<CLI::ConfigItem> kept;
  for (auto& item : CLI::ConfigTOML::from_config(input)) {
    if (is_marker(item)) continue;
    const CLI::App* section = item.parents.empty() ? nullptr : find_command(*app_, item.parents.front());
    if (!item.parents.empty() && section == nullptr)
      throw CLI::ConfigError("the configuration file has an unknown section: [" + item.parents.front() + "]");
    check(*app_, item, section);
    if (section == nullptr && has_option(*app_, item.name)) {
      kept.push_back(std::move(item));
    } else if (command != nullptr && (section == nullptr || section == command) &&
               has_option(*command, item.name)) {
      item.parents = {command->get_name()};
      kept.push_back(std::move(item));
    }
  }
  return kept;
}

}  // namespace pixelpass::cli

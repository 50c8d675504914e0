#include "cli/config_file.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/base/own_file.hpp"

#include "cli/did_you_mean.hpp"
#include "cli/hide_relays.hpp"
#include "cli/option_table.hpp"
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace pixelpass::cli {
namespace {

/// No limit, since a path is of use only in one piece.
constexpr auto kWhole = std::numeric_limits<std::size_t>::max();

/// Why the file cannot be read; empty: it can. `error`: errno of the attempt to open it.
std::string complaint(int fd, int error) {
  struct stat status {};
  if (fd < 0) return std::string("cannot be read: ") + std::strerror(error);
  if (fstat(fd, &status) != 0) return std::string("cannot be read: ") + std::strerror(errno);
  if (S_ISDIR(status.st_mode)) return "cannot be read: it is a folder";
  struct stat null {};
  const bool is_null =
      S_ISCHR(status.st_mode) && stat("/dev/null", &null) == 0 && null.st_rdev == status.st_rdev;
  if (!S_ISREG(status.st_mode) && !is_null) return "cannot be read: it is no regular file";
  return {};
}

/// Reads up to one byte more than a configuration may have, so that a longer file is noticed. False: errno
/// says why.
bool read_all(int fd, std::string& text) {
  constexpr std::size_t kPiece = 64 << 10;
  while (text.size() <= kMostConfigBytes) {
    const auto before = text.size();
    text.resize(before + kPiece);
    const ssize_t got = ::read(fd, text.data() + before, kPiece);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) return false;
  }
  return true;
}

/// Checks one file's settings against the options of `app`, which it uses up.
class ConfigCheck {
 public:
  ConfigCheck(CLI::App& app, const std::string& file, const std::string& command)
      : app_(app), file_(file), command_(command) {}

  std::optional<Error> operator()(const ConfigText& text);
  [[nodiscard]] Error error(std::size_t line, const std::string& what, const std::string& hint) const;

 private:
  std::optional<Error> check(const ConfigSection& section);
  std::optional<Error> check(const ConfigEntry& entry);
  std::vector<CLI::Option*> options_for(const ConfigEntry& entry);
  [[nodiscard]] Error unknown(const ConfigEntry& entry);
  [[nodiscard]] std::string example(const std::string& key, const std::string& section) const;

  CLI::App& app_;
  const std::string& file_;
  const std::string& command_;
};

Error ConfigCheck::error(std::size_t line, const std::string& what, const std::string& hint) const {
  return {clean_text(file_, kWhole) + ", line " + std::to_string(line) + ": " + what, hint, ExitCode::kUsage};
}

/// The options that take the key's value. A key outside all sections is for the present command if that has
/// it.
std::vector<CLI::Option*> ConfigCheck::options_for(const ConfigEntry& entry) {
  std::vector<CLI::Option*> options;
  const auto add = [&](CLI::App* app) {
    CLI::Option* option = app == nullptr ? nullptr : find_key(*app, entry.key);
    if (option != nullptr) options.push_back(option);
    return option != nullptr;
  };
  if (!entry.section.empty()) {
    add(find_command(app_, entry.section));
  } else if (!add(&app_) && !add(find_command(app_, command_))) {
    for (CLI::App* command : commands_of(app_)) add(command);
  }
  return options;
}

/// Why the option refuses the value; nullopt: it takes it.
std::optional<std::string> refusal(CLI::Option& option, const ConfigEntry& entry) {
  const auto& values = entry.values;
  if (values.size() > 1 && !takes_list(option)) return entry.key + ": wants one value, not a list";
  const auto& value = values.front();
  if (is_flag(option) && value != "true" && value != "false")
    return entry.key + ": wants true or false, not \"" + value + "\"";
  try {
    option.clear();
    if (option.get_expected_min() == 0)
      option.add_result(option.get_flag_value(entry.key, value));
    else
      option.add_result(values);
    option.run_callback();
  } catch (const CLI::Error& error) {
    const std::string what = error.what();
    return what.starts_with("--") ? what.substr(2) : what;
  }
  return std::nullopt;
}

/// The complaint as it is shown: relays' and engines' complaints repeat no secrets, so they stay whole.
std::string shown(const std::string& refusal) {
  const bool repeats_nothing = refusal.starts_with("relay: ") || refusal.starts_with("publish: ");
  return clean_text(repeats_nothing ? refusal : hide_relays(refusal), 2 * kMaxShownBytes);
}

std::string ConfigCheck::example(const std::string& key, const std::string& section) const {
  const auto rows = option_table(app_);
  const auto row = std::ranges::find_if(rows, [&](const OptionRow& any) {
    return any.name == key && (section.empty() || any.command == section);
  });
  if (row == rows.end()) return key + " = VALUE";
  const std::string value = row->value.empty() ? "true" : "\"" + row->value + "\"";
  return key + " = " + (row->list ? "[" + value + "]" : value) + "  (" + row->help + ")";
}

std::optional<Error> ConfigCheck::check(const ConfigEntry& entry) {
  if (!entry.section.empty())
    if (auto wrong = check(ConfigSection{entry.section, entry.line})) return wrong;
  const auto options = options_for(entry);
  if (options.empty()) return unknown(entry);
  std::optional<std::string> first;
  for (CLI::Option* option : options) {
    auto refused = refusal(*option, entry);
    if (!refused) return std::nullopt;
    if (!first) first = std::move(refused);
  }
  return error(entry.line, shown(*first), "write it as " + example(entry.key, entry.section));
}

Error ConfigCheck::unknown(const ConfigEntry& entry) {
  const std::string key = clean_text(hide_relays(entry.key));
  const std::string place = entry.section.empty() ? "" : " in [" + entry.section + "]";
  const std::string what = "there is no key \"" + key + "\"" + place;
  if (find_key(app_, entry.key) != nullptr)
    return error(entry.line, what + ": every command takes it", "put the line above the first [section]");
  std::vector<std::string> keys;
  for (const auto& row : option_table(app_)) {
    if (row.name == entry.key)
      return error(entry.line, what + ", but in [" + row.command + "]",
                   "put the line under [" + row.command + "], or above the first section");
    if (entry.section.empty() || row.command == entry.section) keys.push_back(row.name);
  }
  const std::string near = did_you_mean(entry.key, keys);
  if (near.empty()) return error(entry.line, what, "pixelpass config lists the keys that there are");
  return error(entry.line, what + "; did you mean " + near + "?", "type " + example(near, entry.section));
}

std::optional<Error> ConfigCheck::check(const ConfigSection& section) {
  if (find_command(app_, section.name) != nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app_)) names.push_back(command->get_name());
  const std::string near = did_you_mean(section.name, names);
  const std::string what =
      "there is no command \"" + clean_text(hide_relays(section.name)) + "\" that a section could be for";
  return error(section.line, near.empty() ? what : what + "; did you mean " + near + "?",
               near.empty() ? "name it after a command, such as [host] or [view]" : "type [" + near + "]");
}

std::optional<Error> ConfigCheck::operator()(const ConfigText& text) {
  if (text.mistake) return error(text.mistake->line, text.mistake->what, text.mistake->hint);
  for (const auto& section : text.sections)
    if (auto wrong = check(section)) return wrong;
  for (const auto& entry : text.entries)
    if (auto wrong = check(entry)) return wrong;
  return std::nullopt;
}

/// Whether something typed for the present command takes precedence.
bool is_outranked(const std::string& key, const CLI::App* command) {
  if (command == nullptr) return false;
  const auto options = command->get_options();
  return std::ranges::any_of(options, [&key](const CLI::Option* option) {
    if (option->count() == 0 || option->get_lnames().empty()) return false;
    return outranks(option->get_lnames().front(), option->results().back(), key);
  });
}

}  // namespace

bool outranks(const std::string& typed, const std::string& value, const std::string& key) {
  constexpr std::array<std::string_view, 3> kScreens{"monitor", "window", "virtual"};
  const auto is_screen = [&](const std::string& name) {
    return std::ranges::find(kScreens, name) != kScreens.end();
  };
  if (is_screen(typed)) return is_screen(key) && key != typed;
  if (typed == "audio") return value != "auto" && (key == "app" || key == "exclude-app");
  return typed == "stdout" && value == "true" && key == "json";
}

bool is_there(const ConfigFile& file) {
  struct stat status {};
  if (file.file.empty()) return false;
  return lstat(file.file.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

Result<ConfigText> load_config(const ConfigFile& file) {
  if (file.file.empty() || (!file.given && !is_there(file))) return ConfigText{};
  const Descriptor opened = open_to_read(file.file, Links::kFollow);
  std::string what = complaint(opened.get(), errno);
  std::string text;
  if (what.empty() && !read_all(opened.get(), text))
    what = std::string("cannot be read: ") + std::strerror(errno);
  if (what.empty() && text.size() > kMostConfigBytes)
    what = "is larger than 1 MiB: it is no configuration file of pixelpass";
  if (what.empty()) return read_config(text);
  return Error{"the configuration file " + clean_lines(file.file) + " " + what,
               "mend it or its permissions, or name another with --config FILE (/dev/null: none)",
               ExitCode::kUsage};
}

std::optional<Error> check_config(CLI::App& app, const ConfigText& text, const std::string& file,
                                  const std::string& command) {
  return ConfigCheck(app, file, command)(text);
}

std::vector<CLI::ConfigItem> CommandConfig::from_config(std::istream&) const {
  const auto at_hand = app_->get_subcommands();
  CLI::App* command = at_hand.empty() ? nullptr : at_hand.front();
  std::vector<CLI::ConfigItem> own;
  std::vector<CLI::ConfigItem> shared;
  for (const auto& entry : text_->entries) {
    if (is_outranked(entry.key, command)) continue;
    CLI::ConfigItem item;
    item.name = entry.key;
    item.inputs = entry.values;
    const bool for_all = entry.section.empty() && find_key(*app_, entry.key) != nullptr;
    const bool for_command = command != nullptr && find_key(*command, entry.key) != nullptr;
    if (for_command && !for_all) item.parents = {command->get_name()};
    if (for_all || (for_command && entry.section.empty()))
      shared.push_back(std::move(item));
    else if (for_command && entry.section == command->get_name())
      own.push_back(std::move(item));
  }
  // CLI11 keeps the first value that it is given.
  own.insert(own.end(), std::make_move_iterator(shared.begin()), std::make_move_iterator(shared.end()));
  // CLI11 takes values in order, and named figures take precedence over a quality's.
  std::stable_partition(own.begin(), own.end(),
                        [](const CLI::ConfigItem& item) { return item.name == "quality"; });
  return own;
}

}  // namespace pixelpass::cli

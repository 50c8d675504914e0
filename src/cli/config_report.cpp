#include "cli/config_report.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "cli/config_file.hpp"
#include "cli/hide_relays.hpp"
#include "cli/source_options.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace pixelpass::cli {
namespace {

/// An option of this many commands is told once, above all sections.
constexpr auto kManyCommands = 4;

bool is_same(const OptionRow& one, const OptionRow& other) {
  return one.name == other.name && one.help == other.help;
}

/// Rows under one heading, or above all of them.
struct RowGroup {
  std::string command;  ///< empty: above all sections
  std::vector<OptionRow> rows;
};

std::vector<RowGroup> grouped(const std::vector<OptionRow>& rows) {
  std::vector<RowGroup> groups{{}};
  for (const auto& row : rows) {
    auto& all = groups.front().rows;
    const auto same = [&row](const OptionRow& other) { return is_same(row, other); };
    if (row.command.empty() || std::ranges::count_if(rows, same) >= kManyCommands) {
      if (std::ranges::none_of(all, same)) all.push_back(row);
      continue;
    }
    if (groups.back().command != row.command) groups.push_back({row.command, {}});
    groups.back().rows.push_back(row);
  }
  return groups;
}

std::string commands_with(const OptionRow& row, const std::vector<OptionRow>& rows) {
  std::string names;
  for (const auto& other : rows)
    if (is_same(row, other)) names += (names.empty() ? "" : ", ") + other.command;
  return names;
}

const ConfigEntry* find_entry(const std::vector<ConfigEntry>& entries, const std::string& section,
                              const std::string& key) {
  const auto found = std::ranges::find_if(
      entries, [&](const ConfigEntry& entry) { return entry.section == section && entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

/// The value in full: a shortened path is of no use.
std::string shown_value(const std::string& value) {
  return clean_text(hide_relays(value), std::numeric_limits<std::size_t>::max());
}

std::string written(const ConfigEntry& entry, bool list) {
  std::string text;
  for (const auto& value : entry.values)
    text += (text.empty() ? "" : ", ") + config_value(shown_value(value));
  return list ? "[" + text + "]" : text;
}

/// Whether the text is one word, which can be typed; anything longer is a description.
bool is_word(const std::string& text) {
  return !text.empty() && text.find_first_of(" ;") == std::string::npos;
}

std::string default_text(const OptionRow& row) {
  if (row.value.empty()) return "false";
  if (row.fallback.empty()) return "(none)";
  return is_word(row.fallback) ? config_value(row.fallback) : "(" + row.fallback + ")";
}

std::string with_source(std::string line, const std::string& source) {
  constexpr std::size_t kSourceColumn = 40;
  const auto characters = static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
  if (characters < kSourceColumn) line.append(kSourceColumn - characters, ' ');
  return line + "  # " + source + "\n";
}

/// The file's entry for the option `name` of `command`; null: none.
const ConfigEntry* find_in_file(const std::string& name, const std::string& command,
                                const ConfigSources& sources) {
  const auto is_over = [&name](const ConfigEntry& typed) {
    return outranks(typed.key, typed.values.empty() ? std::string() : typed.values.back(), name);
  };
  if (std::ranges::any_of(sources.given, is_over)) return nullptr;
  const auto* entry = find_entry(sources.text.entries, command, name);
  return entry != nullptr ? entry : find_entry(sources.text.entries, "", name);
}

/// The value of a figure that is not set itself, but by the picture's quality.
struct OfQuality {
  std::string figure;
  std::string word;
};
std::optional<OfQuality> of_quality(const OptionRow& row, const ConfigEntry* quality) {
  if (quality == nullptr || quality->values.empty()) return std::nullopt;
  auto figure = quality_figure(quality->values.front(), row.name);
  if (!figure) return std::nullopt;
  return OfQuality{*std::move(figure), quality->values.front()};
}

/// As on the command line: a quality that is typed takes precedence over figures in the file.
std::optional<OfQuality> of_typed_quality(const OptionRow& row, const std::string& command,
                                          const ConfigSources& sources) {
  return of_quality(row, find_entry(sources.given, command, "quality"));
}

const ConfigEntry* quality_in_file(const std::string& command, const ConfigSources& sources) {
  return find_in_file("quality", command, sources);
}

std::string quality_line(const OptionRow& row, const OfQuality& quality, const std::string& source) {
  return with_source("# " + row.name + " = " + config_value(quality.figure),
                     "quality " + quality.word + ", " + source);
}

/// `row` with its effective value for `command`.
std::string report_line(const OptionRow& row, const std::string& command, const ConfigSources& sources) {
  const auto line = [&row](const ConfigEntry& entry) { return row.name + " = " + written(entry, row.list); };
  if (const auto* given = find_entry(sources.given, command, row.name))
    return with_source(line(*given), "command line");
  if (const auto typed = of_typed_quality(row, command, sources))
    return quality_line(row, *typed, "command line");
  if (const auto* entry = find_in_file(row.name, command, sources))
    return with_source(line(*entry), "file, line " + std::to_string(entry->line));
  const auto* quality = quality_in_file(command, sources);
  if (const auto figure = of_quality(row, quality))
    return quality_line(row, *figure, "file, line " + std::to_string(quality->line));
  return with_source("# " + row.name + " = " + default_text(row), "default");
}

/// A command's own value, where it differs from the one above all sections.
std::string exceptions(const std::vector<OptionRow>& rows, const std::vector<OptionRow>& told,
                       const ConfigSources& sources) {
  std::string text;
  for (const auto& row : rows) {
    if (row.command.empty()) continue;
    const bool above = std::ranges::any_of(told, [&](const OptionRow& one) { return is_same(one, row); });
    const bool own = find_entry(sources.text.entries, row.command, row.name) != nullptr ||
                     find_entry(sources.given, row.command, row.name) != nullptr;
    if (above && own) text += "\n[" + row.command + "]\n" + report_line(row, row.command, sources);
  }
  return text;
}

boost::json::value json_value(const OptionRow& row, const ConfigEntry& entry) {
  if (row.value.empty()) return entry.values.front() == "true";
  if (!row.list) return boost::json::value(shown_value(entry.values.front()));
  boost::json::array values;
  for (const auto& value : entry.values) values.emplace_back(shown_value(value));
  return values;
}

void add_default(const OptionRow& row, boost::json::object& object) {
  if (row.value.empty())
    object["value"] = false;
  else if (is_word(row.fallback))
    object["value"] = row.fallback;
  else if (!row.fallback.empty())
    object["default"] = row.fallback;
}

void add_from_file(const ConfigEntry& entry, const ConfigSources& sources, boost::json::object& object) {
  object["source"] = "file";
  object["file"] = shown_value(sources.file);
  object["line"] = entry.line;
}

void add_quality(const OfQuality& quality, boost::json::object& object) {
  object["value"] = quality.figure;
  object["quality"] = quality.word;
}

boost::json::object json_row(const OptionRow& row, const ConfigSources& sources) {
  boost::json::object object{{"key", row.name}};
  if (!row.command.empty()) object["command"] = row.command;
  object["value"] = nullptr;
  if (const auto* given = find_entry(sources.given, row.command, row.name)) {
    object["value"] = json_value(row, *given);
    object["source"] = "command line";
  } else if (const auto typed = of_typed_quality(row, row.command, sources)) {
    add_quality(*typed, object);
    object["source"] = "command line";
  } else if (const auto* entry = find_in_file(row.name, row.command, sources)) {
    object["value"] = json_value(row, *entry);
    add_from_file(*entry, sources, object);
  } else if (const auto* quality = quality_in_file(row.command, sources); of_quality(row, quality)) {
    add_quality(*of_quality(row, quality), object);
    add_from_file(*quality, sources, object);
  } else {
    add_default(row, object);
    object["source"] = "default";
  }
  return object;
}

std::string template_entry(const OptionRow& row, const std::string& commands) {
  const bool told = row.value.empty() || is_word(row.fallback) || row.fallback.empty();
  std::string text = "\n# " + row.help;
  if (!told) text += " (default: " + row.fallback + ")";
  if (!commands.empty()) text += "; for " + commands;
  std::string value = row.value.empty()       ? "false"
                      : is_word(row.fallback) ? config_value(row.fallback)
                                              : config_value(row.value);
  if (row.list) value = "[" + value + "]";
  return text + "\n# " + row.name + " = " + value + "\n";
}

}  // namespace

std::string config_report(const std::vector<OptionRow>& rows, const ConfigSources& sources) {
  std::string text =
      sources.file.empty() ? "# There is no configuration file: HOME is not set.\n"
      : sources.file_is_there
          ? "# The configuration file is " + clean_lines(sources.file) + "\n"
          : "# There is no " + clean_lines(sources.file) + "; write one: pixelpass config --init\n";
  const auto groups = grouped(rows);
  for (const auto& group : groups) {
    if (!group.command.empty()) text += "\n[" + group.command + "]\n";
    if (group.command == "view" && sources.ticket_in_environment)
      text += with_source("# TICKET = (not shown)", "environment, PIXELPASS_TICKET");
    for (const auto& row : group.rows) text += report_line(row, group.command, sources);
  }
  return text + exceptions(rows, groups.front().rows, sources);
}

std::string config_json(const std::vector<OptionRow>& rows, const ConfigSources& sources) {
  std::string text;
  if (sources.ticket_in_environment) {
    const boost::json::object ticket{{"key", "TICKET"},
                                     {"command", "view"},
                                     {"value", nullptr},
                                     {"source", "environment"},
                                     {"variable", "PIXELPASS_TICKET"}};
    text += boost::json::serialize(ticket) + "\n";
  }
  for (const auto& row : rows) text += boost::json::serialize(json_row(row, sources)) + "\n";
  return text;
}

std::string config_template(const std::vector<OptionRow>& rows) {
  std::string text =
      "# The configuration of pixelpass, in TOML. A line counts once the # before its key is gone.\n"
      "# Every long option of the command line is a key. A key above the first [section] counts for each\n"
      "# command that has such an option; under [COMMAND] it counts for that command alone, and goes before\n"
      "# the one above. The command line goes before both. `pixelpass config` shows what counts, and why.\n"
      "# An option that may be repeated is a list. A relay's password is in here: keep the file to "
      "yourself.\n";
  for (const auto& group : grouped(rows)) {
    if (!group.command.empty()) text += "\n[" + group.command + "]\n";
    for (const auto& row : group.rows)
      text +=
          template_entry(row, row.command.empty() || !group.command.empty() ? "" : commands_with(row, rows));
  }
  return text;
}

}  // namespace pixelpass::cli

#include "cli/config_text.hpp"

#include "pixelpass/base/clean_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

namespace pixelpass::cli {
namespace {

constexpr std::string_view kQuoteValue = "put the value in quotes: KEY = \"VALUE\"";
constexpr std::string_view kWriteList = "write a list as KEY = [\"ONE\", \"TWO\"]";
constexpr std::string_view kWriteSection = "write a section as [host], with a command's name";

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// The character in UTF-8 (RFC 3629); nullopt: no character has this number.
std::optional<std::string> utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
  const auto tail = [&](std::uint32_t bits) { return byte(0x80 | (bits & 0x3f)); };
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return std::nullopt;
  if (code < 0x80) return std::string{byte(code)};
  if (code < 0x800) return std::string{byte(0xc0 | code >> 6), tail(code)};
  if (code < 0x10000) return std::string{byte(0xe0 | code >> 12), tail(code >> 6), tail(code)};
  return std::string{byte(0xf0 | code >> 18), tail(code >> 12), tail(code >> 6), tail(code)};
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

std::optional<std::uint32_t> hex(std::string_view digits) {
  std::uint32_t number = 0;
  for (const char c : digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto digit = kDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = number << 4 | static_cast<std::uint32_t>(digit);
  }
  return number;
}

class ConfigReader {
 public:
  explicit ConfigReader(std::string_view text) : rest_(text) {}
  ConfigText read();

 private:
  bool check_encoding();
  bool read_line();
  bool read_section();
  bool read_setting();
  bool read_name(std::string& name);
  bool read_list(std::vector<std::string>& values);
  bool read_value(std::string& value);
  bool read_string(std::string& value);
  bool read_escape(std::string& value);
  bool read_word(std::string& value);
  bool end_line();
  bool add(ConfigEntry entry);

  [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool take(char c);
  void skip_blanks();
  /// Skips line breaks and comments, too: everything that may stand between a list's values.
  void skip_all();
  void next();
  bool fail(std::string what, std::string_view hint);

  std::string_view rest_;
  std::size_t line_ = 1;
  std::string section_;
  std::set<std::pair<std::string, std::string>> seen_;  ///< section, key
  ConfigText read_;
};

bool ConfigReader::fail(std::string what, std::string_view hint) {
  if (!read_.mistake) read_.mistake = ConfigMistake{line_, std::move(what), std::string(hint)};
  return false;
}

void ConfigReader::next() {
  if (rest_.front() == '\n') ++line_;
  rest_.remove_prefix(1);
}

bool ConfigReader::take(char c) {
  if (!at(c)) return false;
  next();
  return true;
}

void ConfigReader::skip_blanks() {
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

void ConfigReader::skip_all() {
  for (skip_blanks(); at('#') || at('\n'); skip_blanks()) {
    if (at('#')) rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    if (at('\n')) next();
  }
}

ConfigText ConfigReader::read() {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  if (rest_.size() > kMostConfigBytes) {
    fail("is larger than 1 MiB: it is no configuration file of pixelpass", "name another with --config FILE");
    return std::move(read_);
  }
  if (!check_encoding()) return std::move(read_);
  for (skip_all(); !rest_.empty(); skip_all())
    if (!read_line()) break;
  return std::move(read_);
}

/// Checks for UTF-8, which TOML requires, also in comments: letters in another encoding would mean another
/// setting, and a file with such comments has such values as well. UTF-16 of plain letters is valid UTF-8,
/// except for its NULs, which no text has.
bool ConfigReader::check_encoding() {
  const std::string_view good = rest_.substr(0, std::min(utf8_bytes(rest_), rest_.find('\0')));
  if (good.size() == rest_.size()) return true;
  line_ += static_cast<std::size_t>(std::ranges::count(good, '\n'));
  return fail("is not UTF-8 text", "save the file as UTF-8, in any text editor");
}

bool ConfigReader::read_line() {
  return (take('[') ? read_section() : read_setting()) && end_line();
}

bool ConfigReader::end_line() {
  skip_blanks();
  if (rest_.empty() || at('\n') || at('#')) return true;
  return fail("has something after the value", kQuoteValue);
}

bool ConfigReader::read_section() {
  std::string name;
  skip_blanks();
  if (!read_name(name)) return fail("has a section without a name", kWriteSection);
  skip_blanks();
  if (!take(']')) return fail("has a section that is not closed, or has a section inside", kWriteSection);
  section_ = name;
  read_.sections.push_back({std::move(name), line_});
  return true;
}

bool ConfigReader::read_setting() {
  ConfigEntry entry{section_, {}, {}, line_};
  constexpr std::string_view kWriteKey = "write KEY = VALUE, where KEY is a long option without its dashes";
  if (!read_name(entry.key)) return fail("has no key", kWriteKey);
  skip_blanks();
  if (section_.empty() && take('.')) {
    skip_blanks();
    entry.section = std::exchange(entry.key, {});
    if (!read_name(entry.key)) return fail("has no key after the dot", kWriteKey);
    skip_blanks();
  }
  if (!take('=')) return fail("is no setting", kWriteKey);
  skip_blanks();
  const bool good = take('[') ? read_list(entry.values) : read_value(entry.values.emplace_back());
  return good && add(std::move(entry));
}

bool ConfigReader::add(ConfigEntry entry) {
  if (!seen_.emplace(entry.section, entry.key).second) {
    line_ = entry.line;
    return fail("sets \"" + entry.key + "\" a second time",
                "leave one of the two lines out; a list is KEY = [\"A\", \"B\"]");
  }
  read_.entries.push_back(std::move(entry));
  return true;
}

bool ConfigReader::read_name(std::string& name) {
  if (at('"') || at('\'')) return read_string(name) && !name.empty();
  const auto length = std::ranges::find_if_not(rest_, is_bare) - rest_.begin();
  name = rest_.substr(0, static_cast<std::size_t>(length));
  rest_.remove_prefix(name.size());
  return !name.empty();
}

bool ConfigReader::read_list(std::vector<std::string>& values) {
  for (skip_all(); !take(']'); skip_all()) {
    if (at('[')) return fail("has a list in a list", kWriteList);
    if (!read_value(values.emplace_back())) return false;
    skip_all();
    if (!take(',') && !at(']')) return fail("has a list that is not closed, or lacks a comma", kWriteList);
  }
  return !values.empty() || fail("has an empty list", "leave the line out");
}

bool ConfigReader::read_value(std::string& value) {
  return at('"') || at('\'') ? read_string(value) : read_word(value);
}

bool ConfigReader::read_word(std::string& value) {
  const std::size_t length = std::min(rest_.find_first_of(" \t\r\n,#[]\"'="), rest_.size());
  value = rest_.substr(0, length);
  rest_.remove_prefix(length);
  if (std::ranges::any_of(value, is_control)) return fail("has a control character", kQuoteValue);
  return length > 0 || fail("has no value", "write KEY = VALUE, or leave the line out");
}

/// Reads a string of either kind, on one line; only within "…" is a backslash an escape.
bool ConfigReader::read_string(std::string& value) {
  const char quote = rest_.front();
  next();
  while (!rest_.empty() && !at(quote)) {
    if (at('\n')) break;
    if (is_control(rest_.front())) return fail("has a control character in a string", kQuoteValue);
    if (quote == '"' && take('\\')) {
      if (!read_escape(value)) return false;
      continue;
    }
    value += rest_.front();
    next();
  }
  return take(quote) || fail("has a string whose quotes are not closed", kQuoteValue);
}

bool ConfigReader::read_escape(std::string& value) {
  constexpr std::array<std::pair<char, char>, 7> kEscapes{
      {{'"', '"'}, {'\\', '\\'}, {'b', '\b'}, {'t', '\t'}, {'n', '\n'}, {'f', '\f'}, {'r', '\r'}}};
  constexpr std::string_view kHint = "write a backslash as \\\\, or the value in '…'";
  const char kind = rest_.empty() ? '\0' : rest_.front();
  const auto* const known = std::ranges::find(kEscapes, kind, &std::pair<char, char>::first);
  if (known != kEscapes.end()) {
    value += known->second;
    next();
    return true;
  }
  const std::size_t digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  if (digits == 0 || rest_.size() < 1 + digits) return fail("has a backslash that means nothing", kHint);
  const auto code = hex(rest_.substr(1, digits));
  const auto character = code ? utf8(*code) : std::nullopt;
  if (!character) return fail("has a backslash that means nothing", kHint);
  value += *character;
  rest_.remove_prefix(1 + digits);
  return true;
}

bool is_number(std::string_view value) {
  return !value.empty() && value.size() < 16 && (value.front() != '0' || value.size() == 1) &&
         std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

ConfigText read_config(std::string_view text) {
  return ConfigReader(text).read();
}

std::string config_value(std::string_view value) {
  if (value == "true" || value == "false" || is_number(value)) return std::string(value);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string written = "\"";
  for (const char c : value) {
    if (is_control(c)) {
      const auto byte = static_cast<unsigned char>(c);
      written += "\\u00";
      written += kHex[byte >> 4];
      written += kHex[byte & 0xf];
      continue;
    }
    if (c == '"' || c == '\\') written += '\\';
    written += c;
  }
  return written + '"';
}

}  // namespace pixelpass::cli

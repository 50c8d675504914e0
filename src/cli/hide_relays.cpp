#include "cli/hide_relays.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace pixelpass::cli {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool begins_with(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text.substr(0, lower.size()), lower, {},
                            [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

std::size_t word_length(std::string_view text) {
  return std::min(text.find_first_of(" \t\r\n\"'"), text.size());
}

/// The length of the scheme at the beginning of `text`, with its colon; 0: there is none.
std::size_t scheme_length(std::string_view text) {
  constexpr std::array<std::string_view, 3> kSchemes{"turn:", "turns:", "srt:"};
  for (const auto scheme : kSchemes)
    if (begins_with(text, scheme)) return scheme.size();
  return 0;
}

}  // namespace

std::string hide_relays(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const bool word_begins = shown.empty() || !is_word(shown.back());
    const auto scheme = word_begins ? scheme_length(text) : 0;
    shown += text.substr(0, std::max<std::size_t>(scheme, 1));
    text.remove_prefix(std::max<std::size_t>(scheme, 1));
    if (scheme == 0) continue;
    shown += "…";
    text.remove_prefix(word_length(text));
  }
  return shown;
}

}  // namespace pixelpass::cli

#include "pixelpass/base/clean_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace pixelpass {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< 0: what is there is not UTF-8
};

std::uint8_t byte_at(std::string_view text, std::size_t index) {
  return index < text.size() ? static_cast<std::uint8_t>(text[index]) : std::uint8_t{0};
}

/// The length of a code point with the first byte `lead`; 0: none begins with it.
std::size_t sequence_bytes(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/// Whether the value is valid by RFC 3629: not overlong, no surrogate, not beyond U+10FFFF.
bool is_scalar(char32_t value, std::size_t bytes) {
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return value >= kSmallest[bytes] && value <= 0x10ffff && !surrogate;
}

CodePoint first_code_point(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  const std::size_t bytes = sequence_bytes(lead);
  if (bytes == 0) return {};
  char32_t value = bytes == 1 ? lead : lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const std::uint8_t next = byte_at(text, i);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3fU);
  }
  if (!is_scalar(value, bytes)) return {};
  return {value, bytes};
}

struct Range {
  char32_t first;
  char32_t last;
};

/// Code points that are removed, in ascending order: controls and separators, Default_Ignorable_Code_Point of
/// Unicode 15 (DerivedCoreProperties.txt), and annotation characters (U+FFF9 to U+FFFB).
constexpr std::array<Range, 21> kNotShown = {{
    {0x00, 0x1f},         {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
    {0x115f, 0x1160},     {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},     {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},     {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    {0x10fffe, 0x10ffff},
}};

bool is_shown(char32_t value) {
  const auto* range = std::ranges::lower_bound(kNotShown, value, {}, &Range::last);
  return range == kNotShown.end() || value < range->first;
}

/// Marks that are drawn over, under and through the letter before them: the blocks of combining diacritical
/// marks, and of the scripts that write vowels so the ones that stack.
constexpr std::array<Range, 13> kMarks = {{
    {0x300, 0x36f},
    {0x483, 0x489},
    {0x591, 0x5bd},
    {0x610, 0x61a},
    {0x64b, 0x65f},
    {0xe31, 0xe31},
    {0xe34, 0xe3a},
    {0xe47, 0xe4e},
    {0xf71, 0xf84},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe20, 0xfe2f},
}};
/// The most combining marks on one letter: no language needs more, and more are drawn over the lines above
/// and below.
constexpr int kMostMarks = 4;

bool is_mark(char32_t value) {
  const auto* range = std::ranges::lower_bound(kMarks, value, {}, &Range::last);
  return range != kMarks.end() && value >= range->first;
}

std::string clean(std::string_view text, std::size_t max_bytes, bool keeps_lines) {
  std::string clean;
  int marks = 0;
  while (!text.empty()) {
    const auto [value, bytes] = first_code_point(text);
    bool keep = bytes > 0 && (is_shown(value) || (keeps_lines && value == '\n'));
    if (keep) marks = is_mark(value) ? marks + 1 : 0;
    keep = keep && marks <= kMostMarks;
    if (keep && clean.size() + bytes > max_bytes) break;
    if (keep) clean += text.substr(0, bytes);
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return clean;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  return clean(text, max_bytes, false);
}

std::string clean_lines(std::string_view text) {
  return clean(text, std::numeric_limits<std::size_t>::max(), true);
}

std::size_t utf8_bytes(std::string_view text) {
  std::size_t all = 0;
  while (all < text.size()) {
    const std::size_t bytes = first_code_point(text.substr(all)).bytes;
    if (bytes == 0) break;
    all += bytes;
  }
  return all;
}

}  // namespace pixelpass

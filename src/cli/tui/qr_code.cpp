#include "cli/tui/qr_code.hpp"

#include <qrencode.h>

#include <cctype>
#include <memory>
#include <utility>

namespace pixelpass::cli {
namespace {

/// The blank margin in modules. The standard requires four; readers need fewer, and a window has 24 lines.
constexpr int kQuiet = 2;

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

/// The link in capitals, which need half the room; a ticket's case does not matter.
std::string link_to(const std::string& ticket) {
  std::string link = "PIXELPASS://";
  for (const char c : ticket) link += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return link;
}

std::string with_ticket_in_capitals(std::string url) {
  for (auto at = url.find('#'); at < url.size(); ++at)
    url[at] = static_cast<char>(std::toupper(static_cast<unsigned char>(url[at])));
  return url;
}

bool is_dark(const QrModules& modules, int x, int y) {
  const int size = static_cast<int>(modules.size());
  if (x < 0 || y < 0 || x >= size || y >= size) return false;
  return modules[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
}

/// A row of characters, each of two modules, one above the other; bright modules are drawn.
std::string row_of(const QrModules& modules, int y) {
  const int end = static_cast<int>(modules.size()) + kQuiet;
  std::string row;
  for (int x = -kQuiet; x < end; ++x) {
    const bool upper = !is_dark(modules, x, y);
    const bool lower = !is_dark(modules, x, y + 1);
    row += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
  }
  return row;
}

int across(const QrModules& modules) {
  return static_cast<int>(modules.size()) + 2 * kQuiet;
}

int lines_of(const QrModules& modules) {
  return (across(modules) + 1) / 2;
}

/// Whether the code fits with a line of text below.
bool fits(const QrModules& modules, ScreenSize size) {
  return !modules.empty() && size.width >= across(modules) && size.height > lines_of(modules);
}

ftxui::Element drawn(const QrModules& modules, bool in_colour, const std::string& words) {
  ftxui::Elements rows;
  for (int y = -kQuiet; y < across(modules) - kQuiet; y += 2) rows.push_back(ftxui::text(row_of(modules, y)));
  auto code = ftxui::vbox(std::move(rows));
  if (in_colour) code = code | ftxui::color(ftxui::Color::White) | ftxui::bgcolor(ftxui::Color::Black);
  return ftxui::vbox({ftxui::hcenter(code), ftxui::filler(), ftxui::text(words) | ftxui::dim});
}

}  // namespace

QrModules qr_modules(const std::string& text) {
  constexpr int kAnyVersion = 0;
  constexpr int kCaseSensitive = 1;
  const std::unique_ptr<QRcode, FreeCode> code(
      QRcode_encodeString(text.c_str(), kAnyVersion, QR_ECLEVEL_L, QR_MODE_8, kCaseSensitive));
  QrModules modules;
  if (!code) return modules;
  const auto width = static_cast<std::size_t>(code->width);
  for (std::size_t y = 0; y < width; ++y) {
    auto& row = modules.emplace_back();
    for (std::size_t x = 0; x < width; ++x) row.push_back((code->data[y * width + x] & 1U) != 0);
  }
  return modules;
}

ftxui::Element ticket_as_qr_code(const std::string& ticket, ScreenSize size, bool in_colour) {
  const QrModules modules = qr_modules(link_to(ticket));
  if (fits(modules, size)) return drawn(modules, in_colour, "any key goes back");
  return ftxui::paragraph("the QR code needs a window of " + std::to_string(across(modules)) + " by " +
                          std::to_string(lines_of(modules) + 1) + "; any key goes back");
}

std::optional<ftxui::Element> page_link_as_qr_code(const std::string& url, ScreenSize size, bool in_colour) {
  const QrModules modules = qr_modules(with_ticket_in_capitals(url));
  if (!fits(modules, size)) return std::nullopt;
  return drawn(modules, in_colour, "a phone's camera opens it in a browser; any key goes back");
}

}  // namespace pixelpass::cli

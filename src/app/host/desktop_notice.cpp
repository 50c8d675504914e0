#include "app/host/desktop_notice.hpp"

#include "pixelpass/base/clean_text.hpp"

namespace pixelpass::app {
namespace {

/// A notification has little room.
constexpr std::size_t kMaxNameBytes = 64;

std::string who(std::uint32_t viewer, const std::string& name) {
  const auto cleaned = clean_text(name, kMaxNameBytes);
  return cleaned.empty() ? "Viewer " + std::to_string(viewer) : cleaned;
}

std::string how_many(std::size_t watching, std::size_t max_viewers) {
  if (watching == 0) return "Nobody watches now.";
  return std::to_string(watching) + " of " + std::to_string(max_viewers) + " watch now.";
}

}  // namespace

DesktopNotice desktop_notice(const ViewerJoined& event, std::size_t watching, std::size_t max_viewers) {
  return {"Somebody watches your screen", who(event.viewer, event.name) + " (" +
                                              event.path.remote.unmapped().to_string() + ") has joined. " +
                                              how_many(watching, max_viewers)};
}

DesktopNotice desktop_notice(const ViewerLeft& event, std::size_t watching, std::size_t max_viewers) {
  return {"Somebody has stopped watching",
          who(event.viewer, event.name) + " has left. " + how_many(watching, max_viewers)};
}

std::string without_markup(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    switch (c) {
      case '&':
        plain += "&amp;";
        break;
      case '<':
        plain += "&lt;";
        break;
      case '>':
        plain += "&gt;";
        break;
      default:
        plain += c;
    }
  }
  return plain;
}

}  // namespace pixelpass::app

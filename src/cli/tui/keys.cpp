#include "cli/tui/keys.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace pixelpass::cli {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::string_view kPasteBegin = "\x1b[200~";
constexpr std::string_view kPasteEnd = "\x1b[201~";
/// The longest sequence of a key.
constexpr std::size_t kMaxSequence = 32;
/// The beginning of a mouse report in the old format, which we do not ask for: three more bytes follow.
constexpr std::string_view kOldMouse = "\x1b[M";
constexpr std::size_t kOldMouseBytes = kOldMouse.size() + 3;
/// The beginning of a report in the format that we ask for (xterm's SGR 1006): button; column; row; M
/// pressed, m released.
constexpr std::string_view kMouse = "\x1b[<";

bool is_printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f;
}

bool looks_pasted(std::string_view bytes) {
  const auto is_text = [](char c) { return is_printable(c) || c == '\n' || c == '\r' || c == '\t'; };
  return bytes.size() >= KeyParser::kPasteBytes && std::ranges::all_of(bytes, is_text);
}

/// The bytes of a character with this first byte (RFC 3629); 0: no character begins so.
std::size_t character_bytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

}  // namespace

void KeyParser::feed(std::string_view bytes) {
  if (!paste_ && pending_.empty() && looks_pasted(bytes)) {
    keys_.push_back({Key::Kind::kPaste, std::string(bytes.substr(0, kMaxPasteBytes))});
    return;
  }
  pending_ += bytes;
  while (!pending_.empty() && take()) {
  }
}

void KeyParser::give_up_paste() {
  if (!paste_) return;
  paste_->append(pending_, 0, kMaxPasteBytes - paste_->size());
  pending_.clear();
  keys_.push_back({Key::Kind::kPaste, std::exchange(paste_, std::nullopt).value()});
}

void KeyParser::pause() {
  if (paste_ || pending_.empty()) return;
  if (pending_ == std::string(1, kEscape)) keys_.push_back({Key::Kind::kEscape});
  pending_.clear();
}

std::optional<Key> KeyParser::next() {
  if (keys_.empty()) return std::nullopt;
  Key key = std::move(keys_.front());
  keys_.pop_front();
  return key;
}

/// Takes one key off the front. False: more bytes are needed.
bool KeyParser::take() {
  if (paste_) return take_paste();
  switch (pending_.front()) {
    case kEscape:
      return take_escape();
    case '\r':
    case '\n':
      keys_.push_back({Key::Kind::kEnter});
      drop(1);
      return true;
    case '\x7f':
    case '\b':
      keys_.push_back({Key::Kind::kBackspace});
      drop(1);
      return true;
    default:
      return take_text();
  }
}

bool KeyParser::take_paste() {
  const auto end = pending_.find(kPasteEnd);
  // A part of the end marker may have come.
  const std::size_t ready =
      end != std::string::npos ? end : pending_.size() - std::min(pending_.size(), kPasteEnd.size() - 1);
  paste_->append(pending_, 0, std::min(ready, kMaxPasteBytes - paste_->size()));
  drop(ready);
  if (end == std::string::npos) return false;
  drop(kPasteEnd.size());
  keys_.push_back({Key::Kind::kPaste, std::exchange(paste_, std::nullopt).value()});
  return true;
}

bool KeyParser::take_escape() {
  if (pending_.size() < 2) return false;
  if (pending_[1] == '[' || pending_[1] == 'O') return take_sequence();
  drop(pending_[1] == kEscape ? 1 : 2);  // a key together with Alt
  return true;
}

/// Takes CSI parameters final, or SS3 final (ECMA-48, 5.4).
bool KeyParser::take_sequence() {
  if (pending_.starts_with(kOldMouse)) {
    if (pending_.size() < kOldMouseBytes) return false;
    drop(kOldMouseBytes);
    return true;
  }
  const auto is_final = [](char c) { return c >= '@' && c <= '~'; };
  const auto end = std::find_if(pending_.begin() + 2, pending_.end(), is_final);
  const auto size = static_cast<std::size_t>(end - pending_.begin());
  if (size >= kMaxSequence) {
    pending_.clear();
    return true;
  }
  if (end == pending_.end()) return false;
  if (*end == 'A') keys_.push_back({Key::Kind::kUp});
  if (*end == 'B') keys_.push_back({Key::Kind::kDown});
  if (pending_.starts_with(kPasteBegin)) paste_.emplace();
  if (pending_.starts_with(kMouse)) take_click(std::string_view(pending_).substr(0, size + 1));
  drop(size + 1);
  return true;
}

/// Takes a release of the left button as the click, since nothing more of it follows.
void KeyParser::take_click(std::string_view report) {
  constexpr std::string_view kLeftButton = "0;";
  const std::string_view fields = report.substr(kMouse.size());
  const auto row_at = fields.rfind(';') + 1;
  int row = 0;
  const auto parsed = std::from_chars(fields.data() + row_at, fields.data() + fields.size() - 1, row);
  if (!fields.starts_with(kLeftButton) || !fields.ends_with('m') || parsed.ec != std::errc() || row < 1)
    return;
  keys_.push_back({Key::Kind::kClick, "", row - 1});
}

bool KeyParser::take_text() {
  const std::size_t bytes = character_bytes(pending_.front());
  if (bytes > pending_.size() && std::all_of(pending_.begin() + 1, pending_.end(), is_continuation))
    return false;
  const bool whole = bytes > 0 && bytes <= pending_.size() && is_printable(pending_.front()) &&
                     std::all_of(pending_.begin() + 1, pending_.begin() + static_cast<std::ptrdiff_t>(bytes),
                                 is_continuation);
  if (whole) keys_.push_back({Key::Kind::kText, pending_.substr(0, bytes)});
  drop(whole ? bytes : 1);
  return true;
}

}  // namespace pixelpass::cli

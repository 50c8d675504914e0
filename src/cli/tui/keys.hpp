#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::cli {

/// A key, a click, or a pasted text.
struct Key {
  enum class Kind : std::uint8_t { kText, kEnter, kEscape, kBackspace, kUp, kDown, kPaste, kClick };
  Kind kind = Kind::kText;
  std::string text = {};  ///< kText: one character, UTF-8; kPaste: all of it, as it came
  int row = 0;            ///< kClick: of the screen, from 0
  friend bool operator==(const Key&, const Key&) = default;
};

/// Parses a terminal's input (ECMA-48 with xterm's bracketed paste and its mouse). Unknown keys are left out.
/// Sans-IO; its memory is bounded.
class KeyParser {
 public:
  static constexpr std::size_t kMaxPasteBytes = 16 << 10;
  /// This many printable bytes at once were pasted in a terminal without bracketed paste, not typed.
  static constexpr std::size_t kPasteBytes = 12;

  /// `bytes`: the result of one read.
  void feed(std::string_view bytes);
  /// No input has come for a while: a pending escape character is the Escape key.
  void pause();
  /// Whether a sequence is incomplete.
  [[nodiscard]] bool is_waiting() const { return !paste_ && !pending_.empty(); }
  /// Whether a paste is incomplete.
  [[nodiscard]] bool is_pasting() const { return paste_.has_value(); }
  /// Ends a paste whose end will not come: Ctrl-C and Ctrl-Z discard the terminal's input.
  void give_up_paste();
  std::optional<Key> next();

 private:
  bool take();
  bool take_paste();
  bool take_escape();
  bool take_sequence();
  void take_click(std::string_view report);
  bool take_text();
  void drop(std::size_t bytes) { pending_.erase(0, bytes); }

  std::string pending_;               ///< not taken yet
  std::optional<std::string> paste_;  ///< within brackets
  std::deque<Key> keys_;
};

}  // namespace pixelpass::cli

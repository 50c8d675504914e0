#include "cli/tui/shown_menu.hpp"

#include "pixelpass/app/interrupts.hpp"

#include "cli/tui/clipboard_read.hpp"
#include "cli/tui/live_view.hpp"
#include "cli/tui/menu_screen.hpp"
#include "cli/tui/terminal.hpp"
#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace pixelpass::cli {
namespace {

/// The menu on the terminal, once. Thread: network.
class ShownMenu {
 public:
  explicit ShownMenu(MenuState& state) : state_(state) {}

  /// Opens the terminal. False: it cannot be used.
  bool open() {
    terminal_ =
        Terminal::open([this](const Key& key) { boost::asio::post(io_, [this, key] { on_key(key); }); }, -1);
    return terminal_ != nullptr;
  }

  MenuOutcome run() {
    show();
    clipboard_.emplace(io_, clipboard_readers(clipboard_place()), [this](const std::string& text) {
      offer_clipboard(state_, text, system_wall_time());
      show();
      return state_.clipboard.has_value();
    });
    io_.run();
    return std::move(outcome_);
  }

 private:
  void on_key(const Key& key) {
    outcome_ = key.kind == Key::Kind::kClick ? on_click(key.row) : press(state_, key, system_wall_time());
    show();
    if (outcome_) io_.stop();  // keys behind it are not for the menu
  }

  MenuOutcome on_click(int row) {
    const auto choice = choice_in_row(state_, *drawn_size_, row);
    return choice ? click(state_, *choice, system_wall_time()) : std::nullopt;
  }

  /// Shows the page and sets the mouse mode that belongs to it: both have to be restored after a stop.
  void show() {
    terminal_->show([state = state_, drawn = drawn_size_, in_colour = wants_colour()](ScreenSize size) {
      *drawn = size;
      return std::string(mouse_sequence(state)) + painted(menu_screen(state, size, in_colour), size);
    });
  }

  MenuState& state_;
  std::shared_ptr<std::atomic<ScreenSize>> drawn_size_ = std::make_shared<std::atomic<ScreenSize>>();
  MenuOutcome outcome_;
  boost::asio::io_context io_{1};
  app::Interrupts interrupts_{io_, [this] { io_.stop(); }};
  std::optional<ClipboardRead> clipboard_;
  std::unique_ptr<Terminal> terminal_;  // last: calls back
};

}  // namespace

bool show_menu(MenuState& state, MenuOutcome& outcome) {
  ShownMenu shown(state);
  if (!shown.open()) return false;
  outcome = shown.run();
  return true;
}

}  // namespace pixelpass::cli

#include "cli/tui/shown_menu.hpp"

#include "pixelpass/app/interrupts.hpp"

#include "cli/tui/clipboard_read.hpp"
#include "cli/tui/live_view.hpp"
#include "cli/tui/menu_screen.hpp"
#include "cli/tui/terminal.hpp"
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace pixelpass::cli {
namespace {

/// The menu on the terminal, once. Thread: network.
class ShownMenu {
 public:
  explicit ShownMenu(MenuState& state) : state_(state) {}

  /// False: the terminal cannot be had.
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
    outcome_ = press(state_, key, system_wall_time());
    show();
    if (outcome_) io_.stop();  // keys behind it are not for the menu
  }

  void show() {
    terminal_->show([state = state_, in_colour = wants_colour()](ScreenSize size) {
      return painted(menu_screen(state, size, in_colour), size);
    });
  }

  MenuState& state_;
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

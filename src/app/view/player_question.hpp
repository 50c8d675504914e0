#pragma once

#include "pixelpass/app/events.hpp"

#include "app/control/terminal_input.hpp"
#include "app/view/viewer_session.hpp"
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace pixelpass::app {

/// Asks the user at the terminal what to do when the player has ended. Thread: network.
class PlayerQuestion {
 public:
  /// `told` comes with each answer, of which the session has been told. `session` and `events` outlive it.
  PlayerQuestion(boost::asio::io_context& io, ViewerSession& session, EventSink& events,
                 std::function<void()> told);

  /// The session's question. Lines are answers from now on; where no more can come, that is one, too.
  void ask();
  /// Withdraws the question: input is ignored from now on.
  void withdraw() { answers_.reset(); }

 private:
  void answer(const std::string& line);

  boost::asio::io_context& io_;
  ViewerSession& session_;
  EventSink& events_;
  const std::function<void()> told_;
  std::unique_ptr<TerminalInput> answers_;  ///< while the user is asked
};

}  // namespace pixelpass::app

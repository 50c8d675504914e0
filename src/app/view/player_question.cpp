#include "app/view/player_question.hpp"

#include <termios.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace pixelpass::app {
namespace {

/// Discards input that was typed before the question.
void forget_what_was_typed() {
  if (::tcgetpgrp(STDIN_FILENO) == ::getpgrp()) ::tcflush(STDIN_FILENO, TCIFLUSH);
}

}  // namespace

PlayerQuestion::PlayerQuestion(boost::asio::io_context& io, ViewerSession& session, EventSink& events,
                               std::function<void()> told)
    : io_(io), session_(session), events_(events), told_(std::move(told)) {}

void PlayerQuestion::ask() {
  forget_what_was_typed();
  answers_ = std::make_unique<TerminalInput>(
      io_, STDIN_FILENO, [this](const std::string& line) { answer(line); },
      [this] { answer(ViewerSession::kNoMore); });
  events_.on(session_.question());
}

void PlayerQuestion::answer(const std::string& line) {
  session_.on_answer(line);
  told_();
}

}  // namespace pixelpass::app

#include "app/host/host_orders.hpp"

namespace pixelpass::app {

HostOrders::HostOrders(boost::asio::io_context& io, const HostControl::Settings& settings, const Parts& parts)
    : parts_(parts),
      renewal_(io, parts.terms),
      control_(io, settings, parts.terms, parts.news.journal(), handlers()) {}

HostControl::Handlers HostOrders::handlers() {
  return {
      .on_command = [this](const HostCommand& command) { return on_command(command); },
      .on_new_ticket = [this](bool kicks_all, const auto& done) { on_new_ticket(kicks_all, done); },
      .on_choose_screen = [this](const ScreenOptions& wanted) { return parts_.input.choose_screen(wanted); },
      .on_keep_screen = [this] { return parts_.input.keep_screen(); },
      .is_choosing_screen = [this] { return parts_.input.is_choosing_screen(); },
      .on_reply_code = [this](const ReplyCode& code) { on_reply_code(code); }};
}

std::optional<Error> HostOrders::on_command(const HostCommand& command) {
  auto objection = parts_.session.on_command(command, Clock::now());
  parts_.reach.wake();
  return objection;
}

void HostOrders::on_new_ticket(bool kicks_all, const TicketRenewal::Done& done) {
  renewal_.begin([this, kicks_all, done](const std::optional<Error>& objection) {
    done(objection ? objection : on_new_terms(kicks_all));
  });
}

std::optional<Error> HostOrders::on_new_terms(bool kicks_all) {
  const auto& terms = parts_.terms;
  auto objection = on_command(command::NewTicket{terms.identity().secret(), terms.lifetime(), kicks_all});
  if (!objection) parts_.reach.ways().on_new_terms();
  return objection;
}

void HostOrders::on_reply_code(const ReplyCode& code) {
  parts_.news.on(ReplyCodeTaken{code.addresses});
  parts_.reach.ways().on_reply_code(code);
}

}  // namespace pixelpass::app

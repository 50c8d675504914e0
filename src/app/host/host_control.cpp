#include "app/host/host_control.hpp"

#include "app/control/control_folder.hpp"
#include <boost/json/array.hpp>
#include <unistd.h>

#include <utility>

namespace pixelpass::app {

HostControl::HostControl(boost::asio::io_context& io, const Settings& settings, const TicketTerms& terms,
                         HostJournal& journal, Handlers handlers)
    : terms_(terms),
      journal_(journal),
      handlers_(std::move(handlers)),
      console_(settings.console),
      has_card_(settings.has_card) {
  try {
    server_ = std::make_unique<ControlServer>(io, control_folder(), HostName{settings.name, ::getpid()},
                                              answerer());
  } catch (const StartupError& error) {
    journal_.on(Notice{error.error().what, error.error().hint});
  }
  if (settings.reads_terminal)
    terminal_ =
        std::make_unique<TerminalInput>(io, STDIN_FILENO, [this](const std::string& line) { on_line(line); });
  if (console_ != nullptr) console_->attach(answerer());
}

HostControl::~HostControl() {
  if (console_ != nullptr) console_->attach({});
}

ControlServer::Answerer HostControl::answerer() {
  return [this](const ControlRequest& request, const ControlReply& reply) { answer(request, reply); };
}

void HostControl::answer(const ControlRequest& request, const ControlReply& reply) {
  if (request.command == ControlCommand::kTicket && request.renew) return renew_ticket(request.kick, reply);
  reply(answer_now(request));
}

Result<boost::json::object> HostControl::answer_now(const ControlRequest& request) {
  switch (request.command) {
    case ControlCommand::kStatus: {
      auto status = journal_.status();
      status["locked"] = locked_;
      status["muted"] = muted_;
      status["choosing_screen"] = handlers_.is_choosing_screen();
      return status;
    }
    case ControlCommand::kTicket:
      return ticket();
    case ControlCommand::kReply:
      return take_reply(request.code);
    case ControlCommand::kKick:
      return apply(command::Kick{request.viewer});
    case ControlCommand::kLock:
      return apply(command::Lock{});
    case ControlCommand::kUnlock:
      return apply(command::Unlock{});
    case ControlCommand::kPause:
      return pause();
    case ControlCommand::kResume:
      return apply(command::Resume{});
    case ControlCommand::kMute:
      return apply(command::Mute{true});
    case ControlCommand::kUnmute:
      return apply(command::Mute{false});
    case ControlCommand::kShow:
      return apply(command::Show{request.source});
    case ControlCommand::kBitrate: {
      auto answer = apply(command::SetBitrate{request.bitrate_bps, request.fixed});
      if (answer) (*answer)["fixed"] = request.fixed;
      return answer;
    }
    case ControlCommand::kScreen:
      return choose_screen(request);
    case ControlCommand::kStop:
      return apply(command::Stop{"the host has ended it"});
  }
  return Error{"this host does not know that", "pixelpass --help has what there is", ExitCode::kUsage};
}

Result<boost::json::object> HostControl::pause() {
  auto answer = apply(command::Pause{});
  if (answer) (*answer)["card"] = has_card_;
  return answer;
}

Result<boost::json::object> HostControl::choose_screen(const ControlRequest& request) {
  if (request.cancel) {
    if (auto objection = handlers_.on_keep_screen()) return *std::move(objection);
    return boost::json::object{{"cancelled", true}};
  }
  ScreenOptions wanted;
  wanted.monitor = request.monitor;
  if (auto objection = handlers_.on_choose_screen(wanted)) return *std::move(objection);
  return boost::json::object{};
}

Result<boost::json::object> HostControl::ticket() const {
  if (!journal_.ticket())
    return Error{"the host has no ticket yet", "ask again once it shares", ExitCode::kCouldNotStart};
  return *journal_.ticket();
}

void HostControl::renew_ticket(bool kicks_all, const ControlReply& reply) {
  if (!journal_.ticket()) return reply(ticket());
  handlers_.on_new_ticket(kicks_all, [this, reply](const std::optional<Error>& objection) {
    reply(objection ? Result<boost::json::object>(*objection) : ticket());
  });
}

Result<boost::json::object> HostControl::apply(const HostCommand& command) {
  if (auto objection = handlers_.on_command(command)) return *std::move(objection);
  if (std::holds_alternative<command::Lock>(command)) locked_ = true;
  if (std::holds_alternative<command::Unlock>(command)) locked_ = false;
  if (const auto* mute = std::get_if<command::Mute>(&command)) muted_ = mute->muted;
  return boost::json::object{};
}

Result<boost::json::object> HostControl::take_reply(std::string_view text) {
  const auto code = decode_reply_code(text, terms_.identity().secret());
  if (!code) return describe(code.error());
  handlers_.on_reply_code(*code);
  boost::json::array addresses;
  for (const auto& address : code->addresses) addresses.emplace_back(address.to_string());
  return boost::json::object{{"accepted", true}, {"addresses", std::move(addresses)}};
}

void HostControl::on_line(const std::string& line) {
  if (line.empty()) return;
  if (!looks_like_reply_code(line)) {
    if (!std::exchange(has_hinted_, true))
      journal_.on(Notice{"what is typed here is not read, but for reply codes (ppr1…)",
                         "other commands go into another terminal, such as: pixelpass status"});
    return;
  }
  if (const auto answer = take_reply(line); !answer)
    journal_.on(Notice{answer.error().what, answer.error().hint});
}

}  // namespace pixelpass::app

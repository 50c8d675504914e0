#pragma once

#include "pixelpass/app/host/host_console.hpp"
#include "pixelpass/app/host/source_options.hpp"
#include "pixelpass/ticket/reply_code.hpp"

#include "app/control/control_server.hpp"
#include "app/control/terminal_input.hpp"
#include "app/host/host_command.hpp"
#include "app/host/host_journal.hpp"
#include "app/host/ticket_renewal.hpp"
#include "app/host/ticket_terms.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::app {

/// Takes commands for a running host from its control socket, its console or its terminal, and answers them.
/// The host works without any of them. Thread: network.
class HostControl {
 public:
  struct Settings {
    std::string name;  ///< the host's
    bool reads_terminal = false;
    bool has_card = true;            ///< what viewers see of a pause
    HostConsole* console = nullptr;  ///< outlives this
  };
  struct Handlers {
    /// Returns an error if the command is not possible.
    std::function<std::optional<Error>(const HostCommand&)> on_command;
    /// Makes a new ticket, and then calls back with an error, or when its event has come; viewers stay, or
    /// are kicked.
    std::function<void(bool kicks_all, TicketRenewal::Done)> on_new_ticket;
    /// Shares another screen. Returns likewise.
    std::function<std::optional<Error>(const ScreenOptions&)> on_choose_screen;
    /// Keeps the present screen. Returns likewise.
    std::function<std::optional<Error>()> on_keep_screen;
    std::function<bool()> is_choosing_screen;
    /// The code is of this host's ticket.
    std::function<void(const ReplyCode&)> on_reply_code;
  };

  /// `terms`: tells whether a reply code is meant for this host.
  HostControl(boost::asio::io_context& io, const Settings& settings, const TicketTerms& terms,
              HostJournal& journal, Handlers handlers);
  ~HostControl();
  HostControl(const HostControl&) = delete;
  HostControl& operator=(const HostControl&) = delete;

 private:
  ControlServer::Answerer answerer();
  void answer(const ControlRequest& request, const ControlReply& reply);
  Result<boost::json::object> answer_now(const ControlRequest& request);
  Result<boost::json::object> apply(const HostCommand& command);
  Result<boost::json::object> pause();
  Result<boost::json::object> choose_screen(const ControlRequest& request);
  [[nodiscard]] Result<boost::json::object> ticket() const;
  void renew_ticket(bool kicks_all, const ControlReply& reply);
  Result<boost::json::object> take_reply(std::string_view text);
  void on_line(const std::string& line);

  const TicketTerms& terms_;
  HostJournal& journal_;
  const Handlers handlers_;
  HostConsole* const console_;
  const bool has_card_;
  bool locked_ = false;
  bool muted_ = false;
  bool has_hinted_ = false;
  std::unique_ptr<ControlServer> server_;  // last: call back into the above
  std::unique_ptr<TerminalInput> terminal_;
};

}  // namespace pixelpass::app

#include "pixelpass/app/host/host.hpp"

#include "pixelpass/traversal/gather.hpp"

#include "event_reader.hpp"
#include "runtime_folder.hpp"
#include "sharing_session.hpp"
#include "stdin_pipe.hpp"
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace pixelpass::app {
namespace {

using testing::HasSubstr;

/// Reads the events, and stops the host at its ticket.
class Guest final : public EventSink, public HostConsole {
 public:
  void on(const Event& event) override {
    events.on(event);
    if (std::holds_alternative<TicketReady>(event)) wants_end_ = true;
  }
  void attach(Ask to) override { ask = std::move(to); }
  void on_audio_level(const std::optional<AudioLevel>&) override {}
  [[nodiscard]] Result<boost::json::object> order(ControlCommand command) const {
    ControlRequest request;
    request.command = command;
    Result<boost::json::object> answered = Error{"it waits for something", ""};
    ask(request, [&](const auto& answer) { answered = answer; });
    return answered;
  }
  [[nodiscard]] bool wants_end() const { return wants_end_; }

  EventReader events;
  Ask ask;

 private:
  bool wants_end_ = false;
};

/// A whole host, but for the command line, whose standard input a test writes.
class HostTest : public testing::Test {
 protected:
  HostTest() {
    options_.source = SourceKind::kStdin;
    options_.port_mapping = false;
    options_.duration = 20s;
  }
  /// Once its ways are known, at the latest: what may be told of them by then has been.
  void when_gathered(std::function<void()> action) {
    timer_.expires_after(2 * traversal::Gatherer::kLimit);
    timer_.async_wait([action = std::move(action)](const auto&) { action(); });
  }
  /// At the first look that finds it so.
  void stop_at_its_ticket() {
    look_.expires_after(10ms);
    look_.async_wait([this](const auto&) {
      if (!guest_.wants_end()) return stop_at_its_ticket();
      EXPECT_TRUE(guest_.order(ControlCommand::kTicket).has_value());
      EXPECT_TRUE(guest_.order(ControlCommand::kStop).has_value());
    });
  }

  const test::RuntimeFolder folder_;
  test::StdinPipe stdin_;
  boost::asio::io_context io_;
  boost::asio::steady_timer timer_{io_};
  boost::asio::steady_timer look_{io_};
  HostOptions options_ = local_options();
  Guest guest_;
};

TEST_F(HostTest, TellsItsTicketToNobodyBeforeItsSourceIsThere) {
  Result<boost::json::object> early = boost::json::object{};
  boost::json::object status;
  when_gathered([&] {
    early = guest_.order(ControlCommand::kTicket);
    status = guest_.order(ControlCommand::kStatus).value();
    EXPECT_EQ(guest_.events.count<TicketReady>(), 0U);
    EXPECT_TRUE(stdin_.give_stream());
  });
  stop_at_its_ticket();
  EXPECT_EQ(run_host(io_, options_, guest_, &guest_), ExitCode::kDone);
  EXPECT_EQ(guest_.events.count<TicketReady>(), 1U);
  ASSERT_FALSE(early.has_value());
  EXPECT_THAT(boost::json::serialize(status), testing::Not(HasSubstr("pp1")));
}

}  // namespace
}  // namespace pixelpass::app

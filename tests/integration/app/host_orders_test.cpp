#include "app/host/host_orders.hpp"

#include "pixelpass/base/random.hpp"
#include "pixelpass/ticket/reply_code.hpp"

#include "app/host/host_settings.hpp"
#include "app/host/identity_file.hpp"
#include "event_reader.hpp"
#include "run_until.hpp"
#include "runtime_folder.hpp"
#include "stdin_pipe.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::app {
namespace {

using testing::HasSubstr;

class Console final : public HostConsole {
 public:
  void attach(Ask to) override { ask = std::move(to); }
  void on_audio_level(const std::optional<AudioLevel>&) override {}
  Ask ask;
};

/// A host on this machine alone, at whose console a test sits. What it shares does not matter: nothing comes.
class HostOrdersTest : public testing::Test {
 protected:
  HostOrdersTest() {
    options_.source = SourceKind::kStdin;
    options_.bind = *SocketAddress::parse("127.0.0.1:0");
    options_.web = false;
    options_.stun_servers.clear();
    options_.identity = folder_.path() / "keys" / "identity";
    std::filesystem::create_directory(options_.identity->parent_path());
  }

  void begin() {
    host_ = std::make_unique<Host>(*this);
    host_->reach.start([this](Instant now) {
      while (host_->session.poll_command()) continue;
      host_->reach.look(now);
      while (host_->session.poll_event()) continue;
    });
  }
  /// The host shares, and has told its ticket.
  void open() {
    begin();
    host_->reach.open();
    ASSERT_TRUE(run_until([this] { return events_.last<TicketReady>() != nullptr; }));
  }

  bool run_until(const auto& reached) { return test::run_until(io_, reached); }

  Result<boost::json::object> order(ControlCommand command) { return order(request(command)); }
  Result<boost::json::object> order(const ControlRequest& request) {
    std::optional<Result<boost::json::object>> answered;
    console_.ask(request, [&](const auto& answer) { answered = answer; });
    EXPECT_TRUE(run_until([&] { return answered.has_value(); }));
    return answered.value_or(Error{"no answer", ""});
  }
  Result<boost::json::object> order_new_ticket() {
    auto wanted = request(ControlCommand::kTicket);
    wanted.renew = true;
    return order(wanted);
  }
  Result<boost::json::object> hand_in(const ReplyCode& code) {
    auto wanted = request(ControlCommand::kReply);
    wanted.code = encode_reply_code(code);
    return order(wanted);
  }
  static ControlRequest request(ControlCommand command) {
    ControlRequest request;
    request.command = command;
    return request;
  }
  [[nodiscard]] std::string ticket() const { return events_.last<TicketReady>()->ticket; }

  struct Host {
    explicit Host(HostOrdersTest& test)
        : news(test.events_, 2, {}),
          terms(test.options_),
          session(session_settings(test.options_, terms), system_random, Clock::now(), system_wall_time),
          reach(test.io_, test.options_, terms, session, news),
          input(test.io_.get_executor(), test.options_,
                {[](const auto&) {}, [](const auto&) {}, [](const auto&) {}, [](const auto&) {},
                 [](const auto&) {}, [](const auto&) {}, [](const auto&) {}}),
          orders(test.io_, {.name = "test", .console = &test.console_},
                 {terms, session, reach, input, news}) {}
    HostNews news;
    TicketTerms terms;
    HostSession session;
    HostReach reach;
    HostInput input;
    HostOrders orders;
  };

  const test::RuntimeFolder folder_;
  test::StdinPipe stdin_;
  boost::asio::io_context io_;
  HostOptions options_;
  EventReader events_;
  Console console_;
  std::unique_ptr<Host> host_;
};

TEST_F(HostOrdersTest, ATicketIsToldOnceTheHostShares) {
  begin();
  EXPECT_FALSE(order(ControlCommand::kTicket).has_value());
  host_->reach.open();
  ASSERT_TRUE(run_until([this] { return events_.last<TicketReady>() != nullptr; }));
  const auto answer = order(ControlCommand::kTicket);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->at("ticket").as_string(), ticket());
}

TEST_F(HostOrdersTest, ANewTicketIsToldAtOnceWithANewSecret) {
  open();
  const auto before = ticket();
  const auto answer = order_new_ticket();
  ASSERT_TRUE(answer.has_value());
  EXPECT_NE(ticket(), before);
  EXPECT_EQ(answer->at("ticket").as_string(), ticket());
  EXPECT_NE(decode_ticket(ticket(), system_wall_time())->secret,
            decode_ticket(before, system_wall_time())->secret);
}

TEST_F(HostOrdersTest, ATicketThatCannotBeKeptStaysTheOneItWas) {
  open();
  const auto before = ticket();
  std::filesystem::remove_all(options_.identity->parent_path());
  const auto answer = order_new_ticket();
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().what, HasSubstr("identity"));
  EXPECT_EQ(ticket(), before);
  EXPECT_EQ(host_->terms.identity().secret(), decode_ticket(before, system_wall_time())->secret);
}

TEST_F(HostOrdersTest, ASecondNewTicketIsRefusedWhileTheDiskIsAwaitedForTheFirst) {
  open();
  auto wanted = request(ControlCommand::kTicket);
  wanted.renew = true;
  std::vector<Result<boost::json::object>> answers;
  for (int i = 0; i < 2; ++i) console_.ask(wanted, [&](const auto& answer) { answers.push_back(answer); });
  ASSERT_EQ(answers.size(), 1U) << "the disk was not awaited";
  ASSERT_FALSE(answers[0]);
  EXPECT_THAT(answers[0].error().what, HasSubstr("already"));
  EXPECT_TRUE(order(ControlCommand::kStatus)) << "all else goes on";
  ASSERT_TRUE(run_until([&] { return answers.size() == 2; }));
  EXPECT_TRUE(answers[1]);
  EXPECT_TRUE(order_new_ticket());
}

TEST_F(HostOrdersTest, AHostThatEndsWhileTheDiskIsAwaitedAnswersNobody) {
  open();
  auto wanted = request(ControlCommand::kTicket);
  wanted.renew = true;
  console_.ask(wanted, [](const auto&) { FAIL() << "its host is gone"; });
  const auto identity = host_->terms.identity().with_new_secret(system_random);
  host_.reset();
  // Behind that one, which may be under way.
  std::optional<std::optional<Error>> outcome;
  const IdentityReplacement next(io_, *options_.identity, identity, 20s,
                                 [&](const auto& error) { outcome = error; });
  ASSERT_TRUE(run_until([&] { return outcome.has_value(); }));
  EXPECT_FALSE(*outcome);
}

TEST_F(HostOrdersTest, AReplyCodeOfThisHostsTicketIsTriedAndAnotherIsRefused) {
  open();
  const std::vector addresses{*SocketAddress::parse("203.0.113.5:4433")};
  auto secret = host_->terms.identity().secret();
  EXPECT_TRUE(hand_in(make_reply_code(addresses, secret)).has_value());
  ASSERT_NE(events_.last<ReplyCodeTaken>(), nullptr);
  EXPECT_EQ(events_.last<ReplyCodeTaken>()->addresses, addresses);
  events_.read.clear();
  secret[0] ^= 1;  // another host's
  EXPECT_FALSE(hand_in(make_reply_code(addresses, secret)).has_value());
  EXPECT_EQ(events_.last<ReplyCodeTaken>(), nullptr);
}

TEST_F(HostOrdersTest, WhatTheSessionObjectsToIsAnswered) {
  begin();
  auto kick = request(ControlCommand::kKick);
  kick.viewer = 3;
  const auto answer = order(kick);
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().what, HasSubstr("viewer 3"));
  EXPECT_TRUE(order(ControlCommand::kLock).has_value());
  EXPECT_TRUE(order(ControlCommand::kStatus)->at("locked").as_bool());
}

TEST_F(HostOrdersTest, TheConsoleIsLetGoAtTheEnd) {
  begin();
  ASSERT_TRUE(console_.ask);
  host_.reset();
  EXPECT_FALSE(console_.ask);
}

}  // namespace
}  // namespace pixelpass::app

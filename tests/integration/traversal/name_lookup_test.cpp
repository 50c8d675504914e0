#include "pixelpass/traversal/name_lookup.hpp"

#include "pixelpass/base/clock.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <thread>

namespace pixelpass::traversal {
namespace {

using Addresses = NameLookup::Addresses;

/// Only ever waited for in full when something is broken.
constexpr auto kDeadline = 20s;

/// A name server that is dead until it is let go.
struct DeadServer {
  std::promise<void> let_go;
  std::shared_future<void> dead{let_go.get_future()};
};

TEST(NameLookupTest, an_address_is_what_it_is_and_a_name_is_asked_for) {
  boost::asio::io_context io;
  const auto goes_on = boost::asio::make_work_guard(io);
  NameLookup names(io);
  std::optional<Addresses> address, name;
  names.look_up("192.0.2.1", 5, [&](const Addresses& found) { address = found; });
  names.look_up("localhost", 6, [&](const Addresses& found) { name = found; });
  EXPECT_FALSE(address) << "never from within";
  const auto deadline = Clock::now() + kDeadline;
  while (!(address && name) && Clock::now() < deadline) io.run_one_for(10ms);
  ASSERT_TRUE(address && name);
  EXPECT_EQ(*address, Addresses{SocketAddress::parse("192.0.2.1:5").value()});
  EXPECT_NE(std::find(name->begin(), name->end(), SocketAddress::loopback(6)), name->end());
}

/// Asio's resolver joins its thread: the end of the program would wait for the name server.
TEST(NameLookupTest, nobody_waits_for_a_name_server_that_is_dead) {
  const auto server = std::make_shared<DeadServer>();
  bool called = false;
  {
    boost::asio::io_context io;
    {
      NameLookup names(io, [server](const std::string&, std::uint16_t) {
        server->dead.wait();
        return Addresses{};
      });
      names.look_up("stun.example", 1, [&, server](const Addresses&) { called = true; });
    }
    io.run();
  }
  EXPECT_FALSE(called);
  server->let_go.set_value();
}

/// A lookup that was made and has ended before its answer comes, or before its answer is looked at.
class EndedLookup : public testing::Test {
 protected:
  void look_up() {
    names_.emplace(io_, [server = server_, in_use = in_use_](const std::string&, std::uint16_t) {
      server->dead.wait();
      return Addresses{};
    });
    names_->look_up("stun.example", 1, [this](const Addresses&) { called_ = true; });
  }
  /// Waits until the thread has passed its answer on, and uses nothing any more.
  void answer() {
    const auto without_thread = in_use_.use_count() - 1;
    server_->let_go.set_value();
    const auto deadline = Clock::now() + kDeadline;
    while (in_use_.use_count() > without_thread && Clock::now() < deadline) std::this_thread::yield();
    ASSERT_EQ(in_use_.use_count(), without_thread);
  }
  void end() { names_.reset(); }
  [[nodiscard]] bool is_called() {
    io_.run();
    return called_;
  }

 private:
  boost::asio::io_context io_;
  const std::shared_ptr<DeadServer> server_ = std::make_shared<DeadServer>();
  const std::shared_ptr<int> in_use_ = std::make_shared<int>();  ///< counts who has the resolving function
  std::optional<NameLookup> names_;
  bool called_ = false;
};

TEST_F(EndedLookup, is_not_told_of_an_answer_that_comes_afterwards) {
  look_up();
  end();
  answer();
  EXPECT_FALSE(is_called());
}

TEST_F(EndedLookup, is_not_told_of_an_answer_that_was_waiting) {
  look_up();
  answer();
  end();
  EXPECT_FALSE(is_called());
}

TEST_F(EndedLookup, would_have_been_told) {
  look_up();
  answer();
  EXPECT_TRUE(is_called());
}

}  // namespace
}  // namespace pixelpass::traversal

#include "pixelpass/traversal/name_lookup.hpp"

#include "pixelpass/base/clock.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <optional>

namespace pixelpass::traversal {
namespace {

using Addresses = NameLookup::Addresses;

/// Only ever waited for in full when something is broken.
constexpr auto kDeadline = 20s;

/// A name server that is dead until it is let go.
struct DeadServer {
  std::promise<void> let_go;
  std::shared_future<void> dead{let_go.get_future()};
  std::promise<void> answered;
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

TEST(NameLookupTest, an_answer_that_comes_after_the_end_goes_nowhere) {
  const auto server = std::make_shared<DeadServer>();
  bool called = false;
  boost::asio::io_context io;
  {
    NameLookup names(io, [server](const std::string&, std::uint16_t) {
      server->answered.set_value();
      return Addresses{};
    });
    names.look_up("stun.example", 1, [&](const Addresses&) { called = true; });
    server->answered.get_future().wait();
  }
  io.run();
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace pixelpass::traversal

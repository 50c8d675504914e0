#include "app/host/publishers.hpp"

#include "engine_socket.hpp"
#include "event_reader.hpp"
#include "run_until.hpp"
#include "sharing_session.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace pixelpass::app {
namespace {

class PublishersTest : public testing::Test {
 protected:
  void make(const std::vector<publish::Target>& targets) {
    options_.publish = targets;
    publishers_.emplace(io_, options_, sharing_.session, events_, [this] { ++wakes_; });
    publishers_->start();
  }
  bool run_until(const auto& reached) {
    return test::run_until(io_, [&] {
      sharing_.drain();
      return reached();
    });
  }
  HostStats stats() {
    HostStats stats;
    publishers_->add_to(stats, Clock::now());
    return stats;
  }

  boost::asio::io_context io_;
  HostOptions options_ = local_options();
  SharingSession sharing_{options_};
  EventReader events_;
  test::EngineSocket engine_{io_};
  int wakes_ = 0;
  std::optional<Publishers> publishers_;
};

TEST_F(PublishersTest, AnEngineThatTakesTheStreamHasTheSourcePlay) {
  EXPECT_TRUE(sharing_.wants<source_command::Pause>());
  make({engine_.target()});
  ASSERT_TRUE(run_until([&] { return events_.last<Publishing>() != nullptr; }));
  EXPECT_EQ(events_.last<Publishing>()->target, engine_.target().to_string());
  ASSERT_TRUE(run_until([&] { return wakes_ > 0; }));
  EXPECT_THAT(sharing_.commands, testing::Contains(testing::VariantWith<source_command::Play>(testing::_)));
  EXPECT_EQ(stats().publishes.at(0).state, "publishing");
}

TEST_F(PublishersTest, AnEngineThatIsNotThereIsToldAndHasNothingPlay) {
  const auto target = engine_.target();
  engine_.close();
  make({target});
  ASSERT_TRUE(run_until([&] { return events_.last<PublishFailed>() != nullptr; }));
  EXPECT_EQ(events_.last<PublishFailed>()->target, target.to_string());
  EXPECT_FALSE(events_.last<PublishFailed>()->what.empty());
  EXPECT_TRUE(sharing_.wants<source_command::Pause>());
  EXPECT_EQ(stats().publishes.at(0).state, "waiting");
}

TEST_F(PublishersTest, AnEngineThatGoesAwayIsCountedNoMore) {
  make({engine_.target()});
  ASSERT_TRUE(run_until([&] { return wakes_ > 0; }));
  engine_.close();
  ASSERT_TRUE(run_until([&] { return events_.last<PublishFailed>() != nullptr && wakes_ > 1; }));
  ASSERT_TRUE(sharing_.session.next_timeout()) << "it rests soon";
  EXPECT_LE(*sharing_.session.next_timeout(), Clock::now() + HostSession::kIdleGrace);
}

TEST_F(PublishersTest, StatisticsHaveALineForEachEngineInTheirOrder) {
  test::EngineSocket other(io_);
  make({other.target(), engine_.target()});
  const auto publishes = stats().publishes;
  ASSERT_EQ(publishes.size(), 2U);
  EXPECT_EQ(publishes[0].target, other.target().to_string());
  EXPECT_EQ(publishes[1].target, engine_.target().to_string());
  EXPECT_EQ(publishes[0].state, "connecting");
}

TEST_F(PublishersTest, AllHaveStoppedBeforeItIsSaidOnce) {
  int done = 0;
  make({});
  publishers_->stop([&] { ++done; });
  EXPECT_EQ(done, 1) << "there is nobody to wait for";
  make({engine_.target(), engine_.target()});
  ASSERT_TRUE(run_until([&] { return wakes_ > 0; }));
  publishers_->stop([&] { ++done; });
  ASSERT_TRUE(run_until([&] { return done > 1; }));
  io_.restart();
  io_.poll();
  EXPECT_EQ(done, 2);
}

}  // namespace
}  // namespace pixelpass::app

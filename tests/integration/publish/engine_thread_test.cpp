#include "publish/engine_thread.hpp"

#include "../base/no_threads.hpp"
#include "test_stream.hpp"
#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <latch>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

namespace pixelpass::publish {
namespace {

/// Nothing here takes this long unless it hangs.
constexpr std::chrono::milliseconds kForEver = 60s;
/// For what hangs until the test lets it end.
constexpr Duration kNotLong = 1ms;

/// Expires with the thread.
std::weak_ptr<int> life_of(const gst::MediaThread& thread) {
  auto held = std::make_unique<std::shared_ptr<int>>(std::make_shared<int>());
  const std::weak_ptr<int> life = *held;
  auto* const source = g_timeout_source_new_seconds(3600);
  g_source_set_callback(
      source, [](gpointer) -> gboolean { return G_SOURCE_CONTINUE; }, held.release(),
      [](gpointer data) { delete static_cast<std::shared_ptr<int>*>(data); });
  g_source_attach(source, thread.context());
  g_source_unref(source);
  return life;
}

class EngineThreadTest : public testing::Test {
 protected:
  void make(Duration end_within) {
    thread_.emplace(
        io_,
        EngineThread::Handlers{.on_hung = [this](bool is_last) { hung_.push_back(is_last); },
                               .on_none = [this](const std::system_error& why) { none_.push_back(why); }},
        end_within);
  }
  void TearDown() override {
    for (std::size_t which = 0; which < ends_.size(); ++which) let_end(which);
    const auto is_over = [](const auto& life) { return life.expired(); };
    wait_for([&] { return std::ranges::count_if(lives_, is_over) >= std::ssize(hung_); });
  }
  void when_free() {
    thread_->when_free([this] { ++free_; });
  }
  /// A connection's end hangs on the thread until let_end() is called with its number.
  void hang() {
    auto& thread = thread_->get();
    lives_.push_back(life_of(thread));
    thread.post([&end = ends_.at(lives_.size() - 1)] { end.wait(); });
  }
  void let_end(std::size_t which) {
    if (!ends_.at(which).try_wait()) ends_.at(which).count_down();
  }
  void wait_for(const auto& condition) { run_until(io_, condition); }
  /// A connection hangs in its end for so long that it is left behind.
  void leave_one_behind() {
    const auto before = hung_.size();
    hang();
    when_free();
    wait_for([&] { return hung_.size() > before; });
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = make_work_guard(io_);
  std::array<std::latch, EngineThread::kMostHanging> ends_{std::latch(1), std::latch(1), std::latch(1)};
  std::vector<std::weak_ptr<int>> lives_;  ///< of the threads that hang, or have hung
  std::vector<bool> hung_;
  std::vector<std::system_error> none_;
  int free_ = 0;
  std::optional<EngineThread> thread_;
};

TEST_F(EngineThreadTest, is_free_when_it_has_done_what_it_was_given) {
  make(kForEver);
  when_free();
  EXPECT_EQ(free_, 1) << "a new one";
  auto* const first = &thread_->get();
  hang();
  when_free();
  io_.poll();
  EXPECT_EQ(free_, 1) << "it is at work";
  let_end(0);
  wait_for([&] { return free_ == 2; });
  EXPECT_EQ(&thread_->get(), first);
  EXPECT_TRUE(hung_.empty());
}

TEST_F(EngineThreadTest, is_another_one_where_it_hangs) {
  make(kNotLong);
  when_free();
  auto* const first = &thread_->get();
  leave_one_behind();
  EXPECT_EQ(free_, 2);
  EXPECT_EQ(hung_, std::vector{false});
  ASSERT_NE(&thread_->get(), first);
  EXPECT_TRUE(thread_->get().answers(kForEver));
}

TEST_F(EngineThreadTest, that_has_hung_goes_when_it_is_back_and_the_present_one_stays) {
  make(kNotLong);
  when_free();
  leave_one_behind();
  auto* const present = &thread_->get();
  EXPECT_FALSE(lives_[0].expired());
  let_end(0);
  wait_for([&] { return lives_[0].expired(); });
  EXPECT_EQ(&thread_->get(), present);
  EXPECT_EQ(free_, 2) << "nobody waits";
}

TEST_F(EngineThreadTest, is_made_no_more_when_too_many_hang_until_one_of_them_is_back) {
  make(kNotLong);
  when_free();
  for (std::size_t i = 0; i < EngineThread::kMostHanging; ++i) leave_one_behind();
  EXPECT_EQ(hung_, (std::vector{false, false, true}));
  EXPECT_EQ(free_, 3);
  when_free();
  EXPECT_EQ(free_, 3) << "there is none";
  let_end(1);
  wait_for([&] { return free_ == 4; });
  EXPECT_TRUE(lives_[1].expired());
  EXPECT_FALSE(lives_[0].expired());
  EXPECT_TRUE(thread_->get().answers(kForEver));
}

TEST_F(EngineThreadTest, is_not_waited_for_at_the_end_where_it_hangs_and_no_other_is_made) {
  make(kNotLong);
  when_free();
  leave_one_behind();
  leave_one_behind();
  hang();
  int done = 0;
  thread_->when_over([&] { ++done; });
  wait_for([&] { return done == 1; });
  EXPECT_EQ(hung_, (std::vector{false, false, false})) << "none is to come anyway";
  let_end(2);
  wait_for([&] { return lives_[2].expired(); });
  thread_->when_over([&] { ++done; });
  EXPECT_EQ(done, 2) << "there is none to wait for";
}

TEST_F(EngineThreadTest, that_cannot_be_started_is_said_and_tried_again_when_asked) {
  make(kForEver);
  {
    const NoThreads no_threads;
    when_free();
    EXPECT_TRUE(none_.empty()) << "never from within a call";
    wait_for([&] { return !none_.empty(); });
  }
  EXPECT_EQ(none_.size(), 1U);
  EXPECT_EQ(free_, 0);
  when_free();
  EXPECT_EQ(free_, 1);
}

TEST_F(EngineThreadTest, that_cannot_be_had_in_place_of_one_that_hangs_is_said) {
  make(kNotLong);
  when_free();
  {
    const NoThreads no_threads;
    leave_one_behind();
    wait_for([&] { return !none_.empty(); });
  }
  EXPECT_EQ(free_, 1);
  let_end(0);
  wait_for([&] { return lives_[0].expired(); });
  EXPECT_EQ(free_, 1) << "nothing is waited for";
  when_free();
  EXPECT_EQ(free_, 2);
}

}  // namespace
}  // namespace pixelpass::publish
